"""A reduce-only order cannot turn the position, whatever else fills."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_REDUCE_ONLY
from tickpath.core.records cimport TP_REDUCE_ONLY, tp_risk_input


cdef inline int32_t reduce_only_check(const tp_risk_input* x) noexcept nogil:
    if (x.intent.flags & TP_REDUCE_ONLY) and x.worst_lots > 0:
        return TP_RISK_REDUCE_ONLY
    return TP_OK
