"""All instruments of the settle currency, filled in the order's direction, are within a limit."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_NET
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t net_check(const tp_risk_input* x) noexcept nogil:
    if x.net_units > x.limits.net_units_max and x.worst_lots > 0:
        return TP_RISK_NET
    return TP_OK
