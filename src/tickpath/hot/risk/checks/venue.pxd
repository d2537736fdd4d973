"""The instrument's venue, or another that trades the same, is up."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_VENUE
from tickpath.core.records cimport TP_VENUE_CLOSED, tp_risk_input


cdef inline int32_t venue_check(const tp_risk_input* x) noexcept nogil:
    return TP_RISK_VENUE if x.flags & TP_VENUE_CLOSED else TP_OK
