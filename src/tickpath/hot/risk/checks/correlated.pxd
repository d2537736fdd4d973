"""Exposure that moves with the instrument is within its limit, or the order only reduces."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_CORRELATED, TP_RISK_VAR_STALE
from tickpath.core.records cimport TP_BUY, TP_WATCH_CORRELATED, int128, tp_portfolio, tp_risk_input
from tickpath.hot.risk.figures cimport figure_stale
from tickpath.hot.risk.values cimport OVER, notional_over


cdef inline int32_t correlated_check(const tp_risk_input* x) noexcept nogil:
    cdef const tp_portfolio* p = x.portfolio
    cdef int128 worst = x.worst_lots
    cdef int64_t units
    cdef int32_t code
    if not p.watched & TP_WATCH_CORRELATED or worst <= 0:
        return TP_OK
    units = p.correlated_units[x.intent.instrument]
    if figure_stale(units, p.correlated_from_ns, p.correlated_age_ns_max, x.now_ns):
        return TP_RISK_VAR_STALE
    units = p.correlated_units_max - (units if x.intent.side == TP_BUY else -units)
    code = notional_over(x, worst, units)
    return TP_RISK_CORRELATED if code == OVER else code
