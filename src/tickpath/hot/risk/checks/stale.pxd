"""The newest market event of the instrument is younger than the limit."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_STALE
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t stale_check(const tp_risk_input* x) noexcept nogil:
    if x.last_market_ns <= 0 or x.now_ns - x.last_market_ns > x.limits.stale_ns:
        return TP_RISK_STALE
    return TP_OK
