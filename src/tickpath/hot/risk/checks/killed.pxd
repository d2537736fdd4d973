"""Kill switch: while it is set nothing but cancels leaves."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_KILLED
from tickpath.core.records cimport TP_KILLED, tp_risk_input


cdef inline int32_t killed_check(const tp_risk_input* x) noexcept nogil:
    if x.flags & TP_KILLED:
        return TP_RISK_KILLED
    return TP_OK
