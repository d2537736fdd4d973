"""The orders that risk accepted last on an instrument, to tell a duplicate.

Two orders are the same when strategy, side, type, time in force, flags, price and quantity are.
A ring of TP_DUPLICATES_MAX: of more orders within the time the oldest are forgotten.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport TP_DUPLICATES_MAX, tp_intent

cdef struct Recent:
    int64_t at_ns
    int64_t price_ticks
    int64_t quantity_lots
    uint64_t key                    # the small fields

cdef struct RecentRing:
    int32_t next                    # place of the next one
    int32_t count
    Recent items[TP_DUPLICATES_MAX]


cdef inline uint64_t recent_key(const tp_intent* i) noexcept nogil:
    return (<uint64_t>i.side & 1 | (<uint64_t>i.type & 7) << 1
            | (<uint64_t>i.time_in_force & 3) << 4 | (<uint64_t>i.strategy & 0xFF) << 8
            | (<uint64_t>i.flags & 0xFFFF) << 16)


cdef inline int64_t recent_age(
    const RecentRing* ring, const tp_intent* i, int64_t now_ns, int64_t window_ns
) noexcept nogil:
    """Age of the newest order that is the same and younger than `window_ns`, -1: none."""
    cdef uint64_t key = recent_key(i)
    cdef const Recent* r
    cdef int32_t k, at = ring.next
    for k in range(ring.count):
        at = (at if at > 0 else TP_DUPLICATES_MAX) - 1
        r = &ring.items[at]
        if now_ns - r.at_ns >= window_ns:
            return -1
        if r.key == key and r.price_ticks == i.price_ticks and r.quantity_lots == i.quantity_lots:
            return now_ns - r.at_ns
    return -1


cdef inline void recent_put(RecentRing* ring, const tp_intent* i, int64_t now_ns) noexcept nogil:
    cdef Recent* r = &ring.items[ring.next]
    r.at_ns = now_ns
    r.price_ticks = i.price_ticks
    r.quantity_lots = i.quantity_lots
    r.key = recent_key(i)
    ring.next = ring.next + 1 if ring.next + 1 < TP_DUPLICATES_MAX else 0
    if ring.count < TP_DUPLICATES_MAX:
        ring.count += 1
