"""Worst cases of all instruments of the settle currency, added, are within a limit."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_GROSS
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t gross_check(const tp_risk_input* x) noexcept nogil:
    if x.gross_units > x.limits.gross_units_max and x.worst_lots > 0:
        return TP_RISK_GROSS
    return TP_OK
