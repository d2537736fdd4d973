"""std: native step."""

from libc.math cimport NAN
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport moments_rows, row_times, spread_rows, tp_across
from tickpath.hot.features.passes cimport INPUT_MAX, all_within, band, moments_over
from tickpath.hot.features.windows cimport moments_push, moments_spread


cdef inline void std_step(tp_indicator* s, const double* x) noexcept nogil:
    moments_push(&s.windows[0], x[0])
    if s.count >= s.period:
        s.value = moments_spread(&s.windows[0]) * s.p[0]


cdef inline bint std_batch(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    cdef double whole[2048]
    cdef double total[2048]
    cdef double squares[2048]
    cdef Py_ssize_t k
    moments_over(&s.windows[0], x[0], first, last, whole, total, squares)
    for k in range(first, last):
        out[k] = 0.0
    band(out + first, total, squares, <double>s.period, 1.0, s.p[0], last - first)
    for k in range(first, last if last < s.period - 1 else s.period - 1):
        out[k] = NAN
    return all_within(x[0] + first, INPUT_MAX, last - first)


cdef inline void std_row(const tp_across* a) noexcept nogil:
    moments_rows(a, a.s.period)
    if a.count >= a.s.period:
        spread_rows(a)
        row_times(a.out, a.s.p[0], a.symbols)
