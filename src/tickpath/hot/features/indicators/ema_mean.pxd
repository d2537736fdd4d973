"""ema_mean: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_copy, seeded_rows, tp_across
from tickpath.hot.features.averages cimport seeded
from tickpath.hot.features.passes cimport INPUT_MAX, all_within
from tickpath.hot.features.scans cimport scan


cdef inline void ema_mean_step(tp_indicator* s, const double* x) noexcept nogil:
    s.f[0] = seeded(s.f[0], s.count, s.period, s.p[0], x[0])
    if s.count >= s.period:
        s.value = s.f[0]


cdef inline bint ema_mean_blocks(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    cdef const double* price = x[0]
    cdef Py_ssize_t k = first
    while k < last and k < s.period:
        s.count += 1
        ema_mean_step(s, &price[k])
        out[k] = s.value
        k += 1
    s.f[0] = scan(s.f[0], s.p[0], price + k, last - k, out + k)
    return all_within(price + first, INPUT_MAX, last - first)


cdef inline void ema_mean_row(const tp_across* a) noexcept nogil:
    seeded_rows(a, a.f[0], a.count, a.s.period, a.s.p[0], a.x[0])
    if a.count >= a.s.period:
        row_copy(a.out, a.f[0], a.symbols)
