"""Mid moved too far within a window."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport int128
from tickpath.hot.risk.control.rule cimport BUCKETS, NO_OPINION, PPM, Breaker, ControlEvent


cdef inline int32_t volatility_step(Breaker* b, const ControlEvent* x) noexcept nogil:
    """words: the piece's number + 1, its lowest and its highest mid (twice), 16 of each."""
    cdef int64_t mid2, number, low, high, piece_ns
    cdef int64_t* lows = b.words + BUCKETS
    cdef int64_t* highs = b.words + 2 * BUCKETS
    cdef int32_t k
    if x.bid_ticks <= 0 or x.ask_ticks <= 0:
        return NO_OPINION
    mid2 = x.bid_ticks + x.ask_ticks
    piece_ns = b.window_ns // BUCKETS
    number = x.now_ns // (piece_ns if piece_ns > 0 else 1) + 1
    k = <int32_t>(number % BUCKETS)
    if b.words[k] != number:
        b.words[k] = number
        lows[k] = mid2
        highs[k] = mid2
    elif mid2 < lows[k]:
        lows[k] = mid2
    elif mid2 > highs[k]:
        highs[k] = mid2
    low = mid2
    high = mid2
    for k in range(BUCKETS):
        if b.words[k] > 0 and b.words[k] > number - BUCKETS:
            low = lows[k] if lows[k] < low else low
            high = highs[k] if highs[k] > high else high
    return (<int128>high - low) * PPM > <int128>b.limit * low
