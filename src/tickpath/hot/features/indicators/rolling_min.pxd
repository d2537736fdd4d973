"""rolling_min: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport lowest_push


cdef inline void rolling_min_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double bottom = lowest_push(&s.windows[0], x[0])
    if s.count >= s.period:
        s.value = bottom
