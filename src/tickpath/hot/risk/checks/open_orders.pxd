"""The instrument has fewer open orders than the limit."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_OPEN_ORDERS
from tickpath.core.records cimport TP_OPEN_ORDERS_MAX, tp_risk_input


cdef inline int32_t open_orders_check(const tp_risk_input* x) noexcept nogil:
    cdef int64_t most = x.limits.open_orders_max
    if most > TP_OPEN_ORDERS_MAX:
        most = TP_OPEN_ORDERS_MAX
    return TP_RISK_OPEN_ORDERS if x.open_orders > most else TP_OK
