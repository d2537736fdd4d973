"""Quantity is at most the instrument's maximum and the configured one."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_QUANTITY_MAX
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t quantity_max_check(const tp_risk_input* x) noexcept nogil:
    cdef int64_t most = x.instrument.quantity_lots_max
    if x.limits.order_lots_max < most:
        most = x.limits.order_lots_max
    if x.intent.quantity_lots > most:
        return TP_RISK_QUANTITY_MAX
    return TP_OK
