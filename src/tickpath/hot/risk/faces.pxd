"""Python records of risk as the C structs that the walk would hand over."""

from tickpath.core.records cimport (
    tp_committed,
    tp_limits,
    tp_portfolio,
    tp_position,
    tp_risk_input,
)
from tickpath.hot.risk.state cimport RiskState

cdef int fill_limits(tp_limits* to, object limits) except -1
cdef int fill_position(tp_position* to, object position) except -1
cdef int fill_committed(tp_committed* to, object committed) except -1
cdef int fill_top(void* to, object top) except -1
cdef int fill_portfolio(tp_portfolio* to, object p) except -1
cdef int fill_input(tp_risk_input* to, object x) except -1
cdef int fill_accounts(RiskState* to, object config) except -1
