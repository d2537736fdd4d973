"""A limit price is positive; a market order has an opposite side to take."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_PRICE_GRID
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t price_check(const tp_risk_input* x) noexcept nogil:
    if x.own_ticks <= 0:
        return TP_RISK_PRICE_GRID
    return TP_OK
