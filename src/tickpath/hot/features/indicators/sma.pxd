"""sma: native step."""

from libc.math cimport NAN
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_quotient, total_rows, tp_across
from tickpath.hot.features.passes cimport INPUT_MAX, all_within, means_over
from tickpath.hot.features.windows cimport total_push


cdef inline void sma_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double total = total_push(&s.windows[0], x[0])
    if s.count >= s.period:
        s.value = total / <double>s.period


cdef inline bint sma_batch(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    cdef Py_ssize_t k
    means_over(&s.windows[0], x[0], first, last, out)
    for k in range(first, last if last < s.period - 1 else s.period - 1):
        out[k] = NAN
    return all_within(x[0] + first, INPUT_MAX, last - first)


cdef inline void sma_row(const tp_across* a) noexcept nogil:
    total_rows(a, a.s.period)
    if a.count >= a.s.period:
        row_quotient(a.out, a.f[0], <double>a.s.period, a.symbols)
