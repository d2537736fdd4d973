"""The order's price is within the collar around mid, or the last trade without a mid."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_COLLAR
from tickpath.core.records cimport int128, tp_risk_input
from tickpath.hot.risk.values cimport collar_ppm, order_ticks, reference_twice


cdef inline int32_t collar_check(const tp_risk_input* x) noexcept nogil:
    cdef int128 reference2 = reference_twice(x)
    cdef int128 off2 = <int128>2 * order_ticks(x) - reference2
    if off2 < 0:
        off2 = -off2
    if reference2 <= 0 or off2 * 1000000 > reference2 * collar_ppm(x):
        return TP_RISK_COLLAR
    return TP_OK
