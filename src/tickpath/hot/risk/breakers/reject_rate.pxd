"""Too many rejects among the last reports."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport TP_REPORT_REJECT
from tickpath.hot.risk.control.rule cimport Breaker, ControlEvent


cdef inline int32_t reject_rate_step(Breaker* b, const ControlEvent* x) noexcept nogil:
    """words: [0] next place, [1] rejects in the ring, then the ring: 1 for a reject."""
    cdef int64_t at = b.words[0]
    cdef int64_t reject = x.report == TP_REPORT_REJECT
    b.words[1] += reject - b.words[2 + at]
    b.words[2 + at] = reject
    b.words[0] = at + 1 if at + 1 < b.count else 0
    return b.words[1] > b.limit
