"""Exposure to the order's base currency is within a part of equity."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_CONCENTRATION
from tickpath.core.records cimport TP_CONCENTRATION_PPM_MAX, tp_risk_input
from tickpath.hot.risk.values cimport past_part


cdef inline int32_t concentration_check(const tp_risk_input* x) noexcept nogil:
    if past_part(x, x.group_units, x.limits.concentration_ppm, TP_CONCENTRATION_PPM_MAX):
        return TP_RISK_CONCENTRATION
    return TP_OK
