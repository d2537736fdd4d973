"""Gross exposure is within a multiple of equity."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_LEVERAGE
from tickpath.core.records cimport TP_LEVERAGE_PPM_MAX, tp_risk_input
from tickpath.hot.risk.values cimport past_part


cdef inline int32_t leverage_check(const tp_risk_input* x) noexcept nogil:
    if past_part(x, x.gross_units, x.limits.leverage_ppm, TP_LEVERAGE_PPM_MAX):
        return TP_RISK_LEVERAGE
    return TP_OK
