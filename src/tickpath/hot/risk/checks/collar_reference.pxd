"""The order's price is within the collar around the price that was set, when one was."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_COLLAR_REFERENCE
from tickpath.core.records cimport TP_PRICE_COLLAR_PPM_MAX, tp_risk_input
from tickpath.hot.risk.values cimport outside


cdef inline int32_t collar_reference_check(const tp_risk_input* x) noexcept nogil:
    cdef int64_t ppm = x.limits.reference_collar_ppm
    if ppm > TP_PRICE_COLLAR_PPM_MAX:
        ppm = TP_PRICE_COLLAR_PPM_MAX
    if x.reference_ticks > 0 and outside(x.own_ticks, x.reference_ticks, ppm):
        return TP_RISK_COLLAR_REFERENCE
    return TP_OK
