"""Cash, holdings or margin cover the order beside all that is open."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_BUYING_POWER
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t buying_power_check(const tp_risk_input* x) noexcept nogil:
    if x.power_needed > x.power_free and (x.cash_account or x.worst_lots > 0):
        return TP_RISK_BUYING_POWER
    return TP_OK
