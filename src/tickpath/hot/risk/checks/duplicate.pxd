"""No order that is the same was accepted within a time."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_DUPLICATE
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t duplicate_check(const tp_risk_input* x) noexcept nogil:
    if 0 <= x.duplicate_age_ns < x.limits.duplicate_ns:
        return TP_RISK_DUPLICATE
    return TP_OK
