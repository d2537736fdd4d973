"""ema: native step."""

from libc.math cimport NAN
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_average, row_copy, tp_across
from tickpath.hot.features.passes cimport INPUT_MAX, all_within
from tickpath.hot.features.scans cimport scan


cdef inline void ema_step(tp_indicator* s, const double* x) noexcept nogil:
    if s.count == 1:
        s.f[0] = x[0]
    else:
        s.f[0] += s.p[0] * (x[0] - s.f[0])
    if s.count >= s.period:
        s.value = s.f[0]


cdef inline bint ema_blocks(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    cdef Py_ssize_t k
    if first == 0:
        s.f[0] = x[0][0]
    s.f[0] = scan(s.f[0], s.p[0], x[0] + first, last - first, out + first)
    for k in range(first, last if last < s.period - 1 else s.period - 1):
        out[k] = NAN
    return all_within(x[0] + first, INPUT_MAX, last - first)


cdef inline void ema_row(const tp_across* a) noexcept nogil:
    if a.count == 1:
        row_copy(a.f[0], a.x[0], a.symbols)
    else:
        row_average(a.f[0], a.x[0], a.s.p[0], a.symbols)
    if a.count >= a.s.period:
        row_copy(a.out, a.f[0], a.symbols)
