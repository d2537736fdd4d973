"""No market data of an instrument for too long."""

from libc.stdint cimport INT64_MAX, int32_t, int64_t
from tickpath.hot.risk.control.rule cimport (
    ON_MARKET,
    TRIPPED,
    Breaker,
    ControlEvent,
    later,
)


cdef inline int32_t data_gap_step(Breaker* b, const ControlEvent* x) noexcept nogil:
    """words: [0] time of the newest event + 1, 0 before the first."""
    cdef int64_t seen = b.words[0]
    cdef int32_t over = seen > 0 and x.now_ns - (seen - 1) > b.limit
    if x.on == ON_MARKET:
        if b.state == TRIPPED:
            over = 0
        b.words[0] = (x.now_ns if x.now_ns < INT64_MAX else INT64_MAX - 1) + 1
        b.deadline_ns = later(later(x.now_ns, b.limit), 1)
    return over
