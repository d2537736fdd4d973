"""The first answers to our orders come too late."""

from libc.stdint cimport int32_t
from tickpath.hot.risk.control.rule cimport NO_OPINION, Breaker, ControlEvent


cdef inline int32_t latency_step(Breaker* b, const ControlEvent* x) noexcept nogil:
    """words: [0] late answers in a row."""
    if x.latency_ns < 0:
        return NO_OPINION
    b.words[0] = b.words[0] + 1 if x.latency_ns > b.limit else 0
    return b.words[0] >= b.count
