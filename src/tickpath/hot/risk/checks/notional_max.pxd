"""Notional is within the configured maximum and the compiled part of equity."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_RISK_NOTIONAL_MAX
from tickpath.core.records cimport TP_ORDER_NOTIONAL_CEILING_PPM, tp_risk_input
from tickpath.hot.risk.values cimport OVER, notional_over, part_of_equity


cdef inline int32_t notional_max_check(const tp_risk_input* x) noexcept nogil:
    cdef int64_t most = x.limits.order_notional_units_max
    cdef int64_t ceiling
    cdef int32_t code
    if x.worst_lots > 0:
        ceiling = part_of_equity(x, TP_ORDER_NOTIONAL_CEILING_PPM)
        most = ceiling if ceiling < most else most
    code = notional_over(x, x.intent.quantity_lots, most)
    return TP_RISK_NOTIONAL_MAX if code == OVER else code
