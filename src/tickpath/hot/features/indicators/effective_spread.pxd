"""effective_spread: native step."""

from libc.math cimport fabs
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport total_push


cdef inline void effective_spread_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double gap = x[0] - (x[1] + x[2]) * 0.5
    cdef double total = total_push(&s.windows[0], fabs(2.0 * gap))
    if s.count >= s.period:
        s.value = total / <double>s.period
