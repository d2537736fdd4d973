"""momentum: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport ring_push


cdef inline void momentum_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double old = ring_push(&s.windows[0], x[0])
    if s.count > s.period:
        s.value = x[0] - old
