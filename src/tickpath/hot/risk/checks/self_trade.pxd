"""The order does not meet an own order of any strategy on any venue."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_SELF_TRADE
from tickpath.core.records cimport TP_BUY, TP_POST_ONLY, tp_risk_input


cdef inline int32_t self_trade_check(const tp_risk_input* x) noexcept nogil:
    cdef int64_t own = x.own_opposite_ticks
    cdef int64_t ticks = x.own_ticks
    if own == 0 or x.intent.type == TP_POST_ONLY:
        return TP_OK
    if ticks >= own if x.intent.side == TP_BUY else ticks <= own:
        return TP_RISK_SELF_TRADE
    return TP_OK
