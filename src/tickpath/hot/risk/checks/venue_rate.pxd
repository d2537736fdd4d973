"""An order token of the order's venue is free."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_VENUE_RATE
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t venue_rate_check(const tp_risk_input* x) noexcept nogil:
    return TP_RISK_VENUE_RATE if x.venue_order_room_ns < 0 else TP_OK
