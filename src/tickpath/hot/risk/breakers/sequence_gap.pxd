"""Too many gaps in the sequence of an instrument."""

from libc.stdint cimport int32_t
from tickpath.hot.risk.control.rule cimport Breaker, ControlEvent, times_full


cdef inline int32_t sequence_gap_step(Breaker* b, const ControlEvent* x) noexcept nogil:
    """words: a ring of times."""
    return times_full(b, x.now_ns)
