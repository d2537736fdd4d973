"""Nothing new leaves while a circuit breaker, a pause or a loss has closed the order's scope."""

from libc.stdint cimport int32_t
from tickpath.core.records cimport TP_BLOCK_SHIFT, tp_risk_input


cdef inline int32_t breaker_check(const tp_risk_input* x) noexcept nogil:
    return x.flags >> TP_BLOCK_SHIFT
