"""Quantity is at least the instrument's minimum."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_QUANTITY_MIN
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t quantity_min_check(const tp_risk_input* x) noexcept nogil:
    if x.intent.quantity_lots < x.instrument.quantity_lots_min:
        return TP_RISK_QUANTITY_MIN
    return TP_OK
