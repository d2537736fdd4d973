"""Exposure to the order's base currency is within a part of equity."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_CONCENTRATION
from tickpath.core.records cimport TP_CONCENTRATION_PPM_MAX, int128, tp_risk_input
from tickpath.hot.risk.values cimport PPM


cdef inline int32_t concentration_check(const tp_risk_input* x) noexcept nogil:
    cdef int64_t ppm = x.limits.concentration_ppm
    if ppm > TP_CONCENTRATION_PPM_MAX:
        ppm = TP_CONCENTRATION_PPM_MAX
    if <int128>x.group_units * PPM > <int128>x.equity_units * ppm and x.worst_lots > 0:
        return TP_RISK_CONCENTRATION
    return TP_OK
