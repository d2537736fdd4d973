"""An order that may only reduce cannot turn the position or the leg, whatever else fills."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_REDUCE_ONLY
from tickpath.core.records cimport tp_risk_input
from tickpath.hot.risk.values cimport reduces_only


cdef inline int32_t reduce_only_check(const tp_risk_input* x) noexcept nogil:
    if reduces_only(x.intent) and x.worst_lots > 0:
        return TP_RISK_REDUCE_ONLY
    return TP_OK
