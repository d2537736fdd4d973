"""vwap: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport flow_push


cdef inline void vwap_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double over = flow_push(&s.windows[0], x[0] * x[1])
    cdef double under = flow_push(&s.windows[1], x[1])
    if s.count >= s.period and under > 0.0:
        s.value = over / under
