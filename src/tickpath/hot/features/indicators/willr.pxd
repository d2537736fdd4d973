"""willr: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport highest_push, lowest_push


cdef inline void willr_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double top = highest_push(&s.windows[0], x[0])
    cdef double bottom = lowest_push(&s.windows[1], x[1])
    if s.count >= s.period:
        s.value = -100.0 * (top - x[2]) / (top - bottom) if top > bottom else 0.0
