"""An order token is left."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_RATE
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t rate_check(const tp_risk_input* x) noexcept nogil:
    if x.order_room_ns < 0:
        return TP_RISK_RATE
    return TP_OK
