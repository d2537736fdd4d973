"""Spread is too wide."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport int128
from tickpath.hot.risk.control.rule cimport NO_OPINION, PPM, Breaker, ControlEvent


cdef inline int32_t spread_step(Breaker* b, const ControlEvent* x) noexcept nogil:
    """No memory."""
    cdef int128 sum
    if x.bid_ticks <= 0 or x.ask_ticks <= 0:
        return NO_OPINION
    sum = <int128>x.bid_ticks + x.ask_ticks
    return (<int128>x.ask_ticks - x.bid_ticks) * (2 * PPM) > sum * b.limit
