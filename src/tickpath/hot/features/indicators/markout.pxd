"""markout: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport ring_push, total_push


cdef inline void markout_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef bint full = s.windows[0].held == s.windows[0].capacity
    cdef double sign = ring_push(&s.windows[0], x[0])
    cdef double price = ring_push(&s.windows[1], x[1])
    if full:
        price = total_push(&s.windows[2], sign * ((x[2] + x[3]) * 0.5 - price))
        if s.windows[2].held == s.windows[2].capacity:
            s.value = price / <double>s.period
