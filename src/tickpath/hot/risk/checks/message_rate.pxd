"""A message is free, over all venues and on the order's own."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_MESSAGE_RATE
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t message_rate_check(const tp_risk_input* x) noexcept nogil:
    if x.message_room_ns < 0 or x.venue_message_room_ns < 0:
        return TP_RISK_MESSAGE_RATE
    return TP_OK
