"""Notional is within the configured maximum and the compiled part of equity."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_NOTIONAL_MAX
from tickpath.core.records cimport TP_ORDER_NOTIONAL_CEILING_PPM, tp_risk_input
from tickpath.hot.risk.values cimport OVER, notional_over, part_of_equity, worst_lots


cdef inline int32_t notional_max_check(const tp_risk_input* x) noexcept nogil:
    cdef int32_t code
    code = notional_over(x, x.intent.quantity_lots, x.limits.order_notional_units_max)
    if code == TP_OK and worst_lots(x) > 0:
        code = notional_over(
            x, x.intent.quantity_lots, part_of_equity(x, TP_ORDER_NOTIONAL_CEILING_PPM))
    return TP_RISK_NOTIONAL_MAX if code == OVER else code
