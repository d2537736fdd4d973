"""Value at risk of the portfolio is within its limits, or the order only reduces."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_VAR
from tickpath.core.records cimport TP_WATCH_VAR, tp_portfolio, tp_risk_input
from tickpath.hot.risk.figures cimport figure_over


cdef inline int32_t var_check(const tp_risk_input* x) noexcept nogil:
    cdef const tp_portfolio* p = x.portfolio
    cdef int32_t code
    if not p.watched & TP_WATCH_VAR or x.worst_lots <= 0:
        return TP_OK
    code = figure_over(&p.historical, p.historical.var_units, p.historical.var_units_max,
                       x.now_ns, TP_RISK_VAR)
    if code == TP_OK:
        code = figure_over(&p.parametric, p.parametric.var_units, p.parametric.var_units_max,
                           x.now_ns, TP_RISK_VAR)
    if code == TP_OK:
        code = figure_over(&p.monte_carlo, p.monte_carlo.var_units, p.monte_carlo.var_units_max,
                           x.now_ns, TP_RISK_VAR)
    return code
