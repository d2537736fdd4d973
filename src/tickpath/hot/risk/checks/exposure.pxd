"""The exposure of every instrument of the settle currency is known."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_EXPOSURE_UNKNOWN
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t exposure_check(const tp_risk_input* x) noexcept nogil:
    if x.exposure_unknown > 0 and x.worst_lots > 0:
        return TP_RISK_EXPOSURE_UNKNOWN
    return TP_OK
