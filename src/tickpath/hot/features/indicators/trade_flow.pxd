"""trade_flow: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport total_push


cdef inline void trade_flow_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double total = total_push(&s.windows[0], x[0] * x[1])
    if s.count >= s.period:
        s.value = total
