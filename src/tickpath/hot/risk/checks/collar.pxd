"""The order's price is within the collar around mid, or the last trade without a mid."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_COLLAR
from tickpath.core.records cimport int128, tp_risk_input
from tickpath.hot.risk.values cimport PPM, collar_ppm


cdef inline int32_t collar_check(const tp_risk_input* x) noexcept nogil:
    cdef uint64_t reference2 = x.reference2
    cdef int64_t ticks = x.own_ticks
    cdef uint64_t own2 = 2 * <uint64_t>ticks
    cdef uint64_t off2 = own2 - reference2 if own2 > reference2 else reference2 - own2
    if ticks <= 0 or <int128>off2 * PPM > <int128>reference2 * collar_ppm(x):
        return TP_RISK_COLLAR
    return TP_OK
