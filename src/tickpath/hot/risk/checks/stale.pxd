"""The newest market event of the instrument is young enough."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_STALE
from tickpath.core.records cimport TP_STALE_NS_MAX, tp_risk_input


cdef inline int32_t stale_check(const tp_risk_input* x) noexcept nogil:
    cdef int64_t age_ns_max = x.limits.stale_ns
    if age_ns_max > TP_STALE_NS_MAX:
        age_ns_max = TP_STALE_NS_MAX
    if x.last_market_ns <= 0 or x.last_market_ns > x.now_ns:
        return TP_RISK_STALE
    if x.now_ns - x.last_market_ns > age_ns_max:
        return TP_RISK_STALE
    return TP_OK
