"""roc: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport ring_push


cdef inline void roc_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double old = ring_push(&s.windows[0], x[0])
    if s.count > s.period:
        s.value = 100.0 * (x[0] / old - 1.0) if old != 0.0 else 0.0
