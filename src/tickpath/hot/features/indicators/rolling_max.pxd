"""rolling_max: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport highest_push


cdef inline void rolling_max_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double top = highest_push(&s.windows[0], x[0])
    if s.count >= s.period:
        s.value = top
