"""midprice: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport highest_push, lowest_push


cdef inline void midprice_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double top = highest_push(&s.windows[0], x[0])
    cdef double bottom = lowest_push(&s.windows[1], x[1])
    if s.count >= s.period:
        s.value = (top + bottom) * 0.5
