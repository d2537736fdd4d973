"""The order's price is within the collar around mid, or around the last trade without a mid."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_COLLAR
from tickpath.core.records cimport TP_PRICE_COLLAR_PPM_MAX, int128, tp_risk_input
from tickpath.hot.risk.values cimport order_ticks, reference_twice


cdef inline int32_t collar_check(const tp_risk_input* x) noexcept nogil:
    cdef int128 reference2 = reference_twice(x)
    cdef int128 off = <int128>2 * order_ticks(x) - reference2
    cdef int64_t ppm = x.limits.price_collar_ppm
    if ppm > TP_PRICE_COLLAR_PPM_MAX:
        ppm = TP_PRICE_COLLAR_PPM_MAX
    if off < 0:
        off = -off
    if reference2 <= 0 or off * 1000000 > reference2 * ppm:
        return TP_RISK_COLLAR
    return TP_OK
