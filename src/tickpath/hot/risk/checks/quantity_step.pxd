"""Quantity is a multiple of the instrument's order step, which may be coarser than its lot."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_QUANTITY_STEP
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t quantity_step_check(const tp_risk_input* x) noexcept nogil:
    if x.instrument.order_step_lots == 1:
        return TP_OK
    if x.intent.quantity_lots % x.instrument.order_step_lots != 0:
        return TP_RISK_QUANTITY_STEP
    return TP_OK
