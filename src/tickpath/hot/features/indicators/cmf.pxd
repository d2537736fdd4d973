"""cmf: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.oscillators cimport money
from tickpath.hot.features.windows cimport flow_push


cdef inline void cmf_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double over = flow_push(&s.windows[0], money(x))
    cdef double under = flow_push(&s.windows[1], x[3])
    if s.count >= s.period:
        s.value = over / under if under > 0.0 else 0.0
