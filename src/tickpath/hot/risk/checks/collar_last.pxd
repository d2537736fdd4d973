"""The order's price is within the collar around the last trade, when there was one."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_COLLAR_LAST
from tickpath.core.records cimport tp_risk_input
from tickpath.hot.risk.values cimport collar_ppm, outside


cdef inline int32_t collar_last_check(const tp_risk_input* x) noexcept nogil:
    if x.last_trade_ticks > 0 and outside(x.own_ticks, x.last_trade_ticks, collar_ppm(x)):
        return TP_RISK_COLLAR_LAST
    return TP_OK
