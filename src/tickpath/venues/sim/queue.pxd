"""Queue models, the native twin of queue.py: same integers in the same order.

Cost: a few multiplications; a logarithm is 32 squarings, about 40 ns. Only a decrease at the price
of one of our orders asks for it.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport int128

cdef enum:
    QUEUE_POWER = 0
    QUEUE_PESSIMISTIC = 1             # and fifo: no change of a level moves us
    QUEUE_POWER2 = 2
    QUEUE_POWER3 = 3
    QUEUE_LOG = 4
    QUEUE_LOG2 = 5
    QUEUE_SCALE_MAX = 1000000
    QUEUE_LOG_BITS = 32

cdef extern from *:
    """
    static inline int64_t tp_queue_log2(uint64_t x) {
        int whole = 63 - __builtin_clzll(x);
        unsigned __int128 mantissa = (unsigned __int128)x << (63 - whole);
        int64_t result = (int64_t)whole << 32;
        for (int k = 31; k >= 0; k--) {
            mantissa = mantissa * mantissa >> 63;
            if (mantissa >> 64) { mantissa >>= 1; result |= (int64_t)1 << k; }
        }
        return result;
    }
    """
    int64_t log2_fixed "tp_queue_log2" (uint64_t x) noexcept nogil

cdef struct QueueModel:
    int32_t queue
    int32_t power
    int64_t unit                      # a lot in steps of `one` a base currency
    int64_t one


cdef inline int64_t log_of(const QueueModel* m, int64_t lots) noexcept nogil:
    return log2_fixed(<uint64_t>(m.one + lots * m.unit)) - log2_fixed(<uint64_t>m.one)


cdef inline int64_t advance_log(
    const QueueModel* m, int64_t ahead, int64_t behind, int64_t decrease
) noexcept nogil:
    cdef int64_t most = (<int64_t>1 << 61) // m.unit
    cdef int64_t front, back, den
    ahead = ahead if ahead < most else most
    behind = behind if behind < most else most
    front = log_of(m, ahead)
    back = log_of(m, behind)
    den = front + back
    if m.queue == QUEUE_LOG2:
        den = log_of(m, ahead + behind)
        front = den - back
    return <int64_t>(<int128>decrease * front // den) if den != 0 else 0


cdef inline int64_t advance_power(
    const QueueModel* m, int64_t ahead, int64_t behind, int64_t decrease
) noexcept nogil:
    cdef int128 front = 1
    cdef int128 back = 1
    cdef int128 whole = 1
    cdef int128 num
    cdef int32_t k
    while ahead > QUEUE_SCALE_MAX or behind > QUEUE_SCALE_MAX:
        ahead >>= 1
        behind >>= 1
    for k in range(m.power):
        front *= ahead
        back *= behind
        whole *= ahead + behind
    num = front
    if m.queue == QUEUE_POWER:
        whole = front + back
    elif m.queue == QUEUE_POWER2:
        num = whole - back
    return <int64_t>(decrease * num // whole) if whole != 0 else 0


cdef inline int64_t queue_advance(
    const QueueModel* m, int64_t ahead, int64_t shown, int64_t decrease
) noexcept nogil:
    """Lots of a decrease that leave from ahead of us: 0 <= result <= decrease."""
    cdef int64_t behind = shown - ahead
    if m.queue == QUEUE_PESSIMISTIC or ahead <= 0:
        return 0
    if behind <= 0:
        return decrease
    if m.queue == QUEUE_LOG or m.queue == QUEUE_LOG2:
        return advance_log(m, ahead, behind, decrease)
    return advance_power(m, ahead, behind, decrease)
