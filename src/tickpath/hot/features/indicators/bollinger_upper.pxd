"""bollinger_upper: native step."""

from libc.math cimport NAN
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport moments_rows, row_band, spread_rows, tp_across
from tickpath.hot.features.passes cimport INPUT_MAX, all_within, band, moments_over
from tickpath.hot.features.windows cimport moments_push, moments_spread, moments_whole


cdef inline void bollinger_upper_step(tp_indicator* s, const double* x) noexcept nogil:
    moments_push(&s.windows[0], x[0])
    if s.count >= s.period:
        s.value = (
            moments_whole(&s.windows[0]) + s.p[0] * moments_spread(&s.windows[0])
        ) * s.p[1]


cdef inline bint bollinger_upper_batch(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    cdef double total[2048]
    cdef double squares[2048]
    cdef Py_ssize_t k
    moments_over(&s.windows[0], x[0], first, last, out + first, total, squares)
    band(
        out + first, total, squares, <double>s.period, s.p[0], s.p[1], last - first
    )
    for k in range(first, last if last < s.period - 1 else s.period - 1):
        out[k] = NAN
    return all_within(x[0] + first, INPUT_MAX, last - first)


cdef inline void bollinger_upper_row(const tp_across* a) noexcept nogil:
    moments_rows(a, a.s.period)
    if a.count >= a.s.period:
        spread_rows(a)
        row_band(
            a.out, a.f[0], a.f[2], <double>a.s.period, a.s.p[0], a.s.p[1], a.symbols
        )
