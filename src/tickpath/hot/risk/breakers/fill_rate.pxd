"""Too many fills: a strategy runs away."""

from libc.stdint cimport int32_t
from tickpath.hot.risk.control.rule cimport NO_OPINION, Breaker, ControlEvent, times_full


cdef inline int32_t fill_rate_step(Breaker* b, const ControlEvent* x) noexcept nogil:
    """words: a ring of times."""
    return times_full(b, x.now_ns) if x.fill_lots > 0 else NO_OPINION
