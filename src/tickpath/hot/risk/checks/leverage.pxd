"""Gross exposure is within a multiple of equity."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_LEVERAGE
from tickpath.core.records cimport TP_LEVERAGE_PPM_MAX, int128, tp_risk_input
from tickpath.hot.risk.values cimport PPM


cdef inline int32_t leverage_check(const tp_risk_input* x) noexcept nogil:
    cdef int64_t ppm = x.limits.leverage_ppm
    if ppm > TP_LEVERAGE_PPM_MAX:
        ppm = TP_LEVERAGE_PPM_MAX
    if <int128>x.gross_units * PPM > <int128>x.equity_units * ppm and x.worst_lots > 0:
        return TP_RISK_LEVERAGE
    return TP_OK
