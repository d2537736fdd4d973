"""Kind, side, type, time in force, flags and strategy are known and can be combined."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_INTENT
from tickpath.core.records cimport (
    TP_BUY,
    TP_FOK,
    TP_GTC,
    TP_LIMIT,
    TP_POSITION_LONG,
    TP_POSITION_SHORT,
    TP_POST_ONLY,
    TP_REDUCE_ONLY,
    TP_REPLACE,
    TP_SELL,
    TP_STRATEGIES_MAX,
    TP_SUBMIT,
    tp_intent,
    tp_risk_input,
)


cdef inline int32_t intent_check(const tp_risk_input* x) noexcept nogil:
    cdef const tp_intent* i = x.intent
    if i.kind != TP_SUBMIT and i.kind != TP_REPLACE:
        return TP_RISK_INTENT
    if i.side != TP_BUY and i.side != TP_SELL:
        return TP_RISK_INTENT
    if i.type < TP_LIMIT or i.type > TP_POST_ONLY:
        return TP_RISK_INTENT
    if i.time_in_force < TP_GTC or i.time_in_force > TP_FOK:
        return TP_RISK_INTENT
    if i.flags & ~(TP_REDUCE_ONLY | TP_POSITION_LONG | TP_POSITION_SHORT):
        return TP_RISK_INTENT
    if i.strategy < 0 or i.strategy >= TP_STRATEGIES_MAX:
        return TP_RISK_INTENT
    if i.type == TP_POST_ONLY and i.time_in_force != TP_GTC:
        return TP_RISK_INTENT
    return TP_OK
