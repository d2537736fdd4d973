"""rsi: native step."""

from libc.math cimport NAN
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_strength, strength_rows, tp_across
from tickpath.hot.features.passes cimport INPUT_MAX, all_within
from tickpath.hot.features.scans cimport strength_over
from tickpath.hot.features.oscillators cimport strength_push


cdef inline void rsi_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double total
    strength_push(s, x[0])
    if s.count > s.period:
        total = s.f[3] + s.f[4]
        s.value = 100.0 * s.f[3] / total if total > 0.0 else 50.0


cdef inline bint rsi_blocks(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    cdef const double* price = x[0]
    cdef Py_ssize_t k = first
    while k < last and k <= s.period:
        s.count += 1
        rsi_step(s, &price[k])
        out[k] = s.value
        k += 1
    strength_over(&s.f[3], s.p[0], price + k, last - k, out + k)
    return all_within(x[0] + first, INPUT_MAX, last - first)


cdef inline void rsi_row(const tp_across* a) noexcept nogil:
    strength_rows(a)
    if a.count > a.s.period:
        row_strength(a.out, a.f[3], a.f[4], a.symbols)
