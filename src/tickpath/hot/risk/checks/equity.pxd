"""Without positive equity only orders that reduce the position pass."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_EQUITY
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t equity_check(const tp_risk_input* x) noexcept nogil:
    if x.equity_units <= 0 and x.worst_lots > 0:
        return TP_RISK_EQUITY
    return TP_OK
