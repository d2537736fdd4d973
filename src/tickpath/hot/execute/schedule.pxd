"""What an execution algorithm may send now: integers in, integers out, no state.

schedule.py says the same in words. Worst case: a few 128-bit divisions, about 100 ns.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport TP_ALGORITHM_SLICES_MAX, TP_BUY, int128

cdef extern from "stdint.h" nogil:
    const int64_t INT64_MAX

cdef enum:
    PPM = 1000000
    PRICE_REST = 0                    # at the touch of its own side
    PRICE_CROSS = 1                   # at the touch of the other side, for what is there at once
    PRICE_REST_THEN_CROSS = 2         # at its own touch; what has rested its time crosses

cdef struct Schedule:
    int32_t slices
    int32_t participation_ppm         # of the market's volume; 0: no cap
    int32_t clip_min_ppm              # of the parent
    int32_t clip_max_ppm
    int32_t pricing
    int32_t reserved
    int64_t rest_ns
    int32_t cumulative_ppm[TP_ALGORITHM_SLICES_MAX]


cdef inline int64_t share_lots(int64_t lots, int32_t ppm) noexcept nogil:
    """lots * ppm / 10^6; ppm is at most 10^6."""
    return <int64_t>(<int128>lots * ppm // PPM)


cdef inline int32_t slice_of(const Schedule* s, int64_t start_ns, int64_t end_ns,
                             int64_t now_ns) noexcept nogil:
    """Slice of a time, -1 before the start; the last one without an end and after it."""
    if now_ns < start_ns:
        return -1
    if end_ns == 0 or now_ns >= end_ns:
        return s.slices - 1
    return <int32_t>(<int128>(now_ns - start_ns) * s.slices // (end_ns - start_ns))


cdef inline int64_t next_slice_ns(const Schedule* s, int64_t start_ns, int64_t end_ns,
                                  int64_t now_ns) noexcept nogil:
    """When the slice after this one begins, 0: there is none."""
    cdef int32_t k = slice_of(s, start_ns, end_ns, now_ns)
    cdef int128 elapsed
    if k < 0:
        return start_ns
    if k + 1 >= s.slices:
        return 0
    elapsed = <int128>(end_ns - start_ns) * (k + 1) + s.slices - 1
    return start_ns + <int64_t>(elapsed // s.slices)


cdef inline int64_t target_lots(const Schedule* s, int64_t quantity_lots, int64_t start_ns,
                                int64_t end_ns, int64_t now_ns,
                                int64_t market_lots) noexcept nogil:
    """Lots that may be done by now: what the slice asks for, within the share of the market."""
    cdef int32_t k = slice_of(s, start_ns, end_ns, now_ns)
    cdef int64_t lots, cap
    if k < 0:
        return 0
    lots = share_lots(quantity_lots, s.cumulative_ppm[k])
    if s.participation_ppm != 0:
        cap = share_lots(market_lots, s.participation_ppm)
        if cap < lots:
            lots = cap
    return lots


cdef inline int64_t whole(int64_t lots, int64_t step_lots) noexcept nogil:
    """Lots down to a multiple of the step."""
    return lots - lots % step_lots


cdef inline int64_t clip_lots(const Schedule* s, int64_t quantity_lots, int64_t rest_lots,
                              int64_t room_lots, int64_t step_lots,
                              int64_t min_lots) noexcept nogil:
    """Lots of the next clip, 0: wait. Never more than `room_lots`, a multiple of the step unless it
    is the whole rest, and no rest too small to be sent stays behind it."""
    cdef int64_t least = whole(share_lots(quantity_lots, s.clip_min_ppm), step_lots)
    cdef int64_t most = whole(share_lots(quantity_lots, s.clip_max_ppm), step_lots)
    cdef int64_t lots = whole(min_lots + step_lots - 1, step_lots)
    if least < step_lots:
        least = step_lots
    if least < lots:
        least = lots
    if most < least:
        most = least
    lots = rest_lots if rest_lots < room_lots else room_lots
    if most < lots:
        lots = most
    if lots <= 0:
        return 0
    if lots < rest_lots:
        lots = whole(lots, step_lots)
        if rest_lots - lots < least:
            lots = whole(rest_lots - least, step_lots) if rest_lots > least else 0
            if lots < least and rest_lots <= room_lots:
                lots = rest_lots
    return lots if lots >= least or lots == rest_lots else 0


cdef inline int64_t clip_ticks(bint crosses, int32_t side, int64_t limit_ticks, int64_t bid_ticks,
                               int64_t ask_ticks) noexcept nogil:
    """Price of a clip, 0: none within the parent's limit (0: no limit) or without a book."""
    cdef bint buys = side == TP_BUY
    cdef int64_t ticks = ask_ticks if buys == crosses else bid_ticks
    if bid_ticks <= 0 or ask_ticks <= 0:
        return 0
    if limit_ticks == 0 or (ticks <= limit_ticks if buys else ticks >= limit_ticks):
        return ticks
    return 0 if crosses else limit_ticks


cdef inline int64_t rests_until_ns(const Schedule* s, int64_t start_ns, int64_t end_ns,
                                   int64_t now_ns) noexcept nogil:
    """When a clip that rests from now on has rested its time: half a slice unless configured."""
    cdef int64_t rest_ns = s.rest_ns
    if rest_ns == 0:
        rest_ns = (end_ns - start_ns) // (2 * s.slices)
    if rest_ns < 1:
        rest_ns = 1
    return now_ns + rest_ns if rest_ns <= INT64_MAX - now_ns else INT64_MAX
