"""Past the first level of loss only orders that reduce the position pass."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_DRAWDOWN_REDUCE
from tickpath.core.records cimport TP_REDUCE_ONLY_ALL, tp_risk_input


cdef inline int32_t drawdown_check(const tp_risk_input* x) noexcept nogil:
    if x.flags & TP_REDUCE_ONLY_ALL and x.worst_lots > 0:
        return TP_RISK_DRAWDOWN_REDUCE
    return TP_OK
