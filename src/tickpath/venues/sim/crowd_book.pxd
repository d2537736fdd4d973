"""Price-time book of a generated market: every order by itself, first come, first served.

In: orders added, cancelled, matched. Out: best prices, levels, what changed since the last diff.
Prices are indices 0..TICKS-1 of a fixed window; quantities are steps of the product. `owner` is the
client order id of an order of ours, 0 for the crowd's. Worst case: a level that empties is followed
by a search outwards over the window.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memmove

cdef enum:
    CROWD_TICKS = 262144              # the numbers of model.py; the handle compares them
    CROWD_POOL = 9216
    CROWD_CHANGED_MAX = 16384
    NO_ORDER = -1

cdef struct CrowdOrder:
    int64_t steps                     # 0: the place is free
    uint64_t owner
    int32_t next
    int32_t prev
    int32_t side
    int32_t tick

cdef struct CrowdLevel:
    int64_t steps
    int32_t head
    int32_t tail
    int32_t changed                   # 1: in the list of changes
    int32_t reserved

cdef struct CrowdSide:
    CrowdLevel* levels
    int32_t* changed                  # ascending
    int32_t changed_count
    int32_t best                      # where the best price is, or was when the side is empty
    int32_t crowd_orders              # not counting ours
    int32_t level_count

cdef struct CrowdBook:
    CrowdSide sides[2]
    CrowdOrder* pool
    int32_t* free
    int32_t free_count
    int32_t overflow
    int64_t id                        # counts changes of levels


cdef inline bint side_empty(const CrowdBook* b, int32_t side) noexcept nogil:
    return b.sides[side].levels[b.sides[side].best].steps == 0


cdef inline int32_t outward(int32_t side) noexcept nogil:
    return -1 if side == 0 else 1


cdef inline void side_seek(CrowdBook* b, int32_t side) noexcept nogil:
    """The next level outwards after the best one emptied; stays when there is none."""
    cdef CrowdSide* s = &b.sides[side]
    cdef int32_t step = outward(side), tick = s.best
    if s.level_count == 0:
        return
    while 0 <= tick < CROWD_TICKS and s.levels[tick].steps == 0:
        tick += step
    s.best = tick


cdef inline void level_changed(CrowdBook* b, int32_t side, int32_t tick) noexcept nogil:
    """Count the change and remember the level for the next diff, in order of price."""
    cdef CrowdSide* s = &b.sides[side]
    cdef int32_t low = 0, high = s.changed_count, middle
    b.id += 1
    if s.levels[tick].changed:
        return
    if s.changed_count == CROWD_CHANGED_MAX:
        b.overflow = 1
        return
    while low < high:
        middle = (low + high) // 2
        if s.changed[middle] < tick:
            low = middle + 1
        else:
            high = middle
    memmove(&s.changed[low + 1], &s.changed[low], (s.changed_count - low) * sizeof(int32_t))
    s.changed[low] = tick
    s.changed_count += 1
    s.levels[tick].changed = 1


cdef inline void order_add(
    CrowdBook* b, int32_t side, int32_t tick, int64_t steps, uint64_t owner
) noexcept nogil:
    """A new order at the end of its price; the caller has made sure of a free place."""
    cdef CrowdSide* s = &b.sides[side]
    cdef CrowdLevel* level = &s.levels[tick]
    cdef int32_t k
    cdef CrowdOrder* o
    cdef bint empty = side_empty(b, side)
    b.free_count -= 1
    k = b.free[b.free_count]
    o = &b.pool[k]
    o.steps = steps
    o.owner = owner
    o.side = side
    o.tick = tick
    o.next = NO_ORDER
    o.prev = level.tail if level.steps > 0 else NO_ORDER
    if level.steps > 0:
        b.pool[level.tail].next = k
    else:
        level.head = k
        s.level_count += 1
    level.tail = k
    level.steps += steps
    s.crowd_orders += owner == 0
    if empty or (tick > s.best if side == 0 else tick < s.best):
        s.best = tick
    level_changed(b, side, tick)


cdef inline void order_shrink(CrowdBook* b, int32_t k, int64_t steps) noexcept nogil:
    """Take quantity from an order; at nothing left it is gone and its place free."""
    cdef CrowdOrder* o = &b.pool[k]
    cdef CrowdSide* s = &b.sides[o.side]
    cdef CrowdLevel* level = &s.levels[o.tick]
    o.steps -= steps
    level.steps -= steps
    if o.steps == 0:
        if o.prev == NO_ORDER:
            level.head = o.next
        else:
            b.pool[o.prev].next = o.next
        if o.next == NO_ORDER:
            level.tail = o.prev
        else:
            b.pool[o.next].prev = o.prev
        s.crowd_orders -= o.owner == 0
        b.free[b.free_count] = k
        b.free_count += 1
        if level.steps == 0:
            s.level_count -= 1
            if o.tick == s.best:
                side_seek(b, o.side)
    level_changed(b, o.side, o.tick)


cdef inline int32_t order_find(
    const CrowdBook* b, int32_t side, int32_t tick, uint64_t owner
) noexcept nogil:
    """Place of an order of ours at its price, NO_ORDER when it is not there."""
    cdef const CrowdLevel* level = &b.sides[side].levels[tick]
    cdef int32_t k = level.head if level.steps > 0 else NO_ORDER
    while k != NO_ORDER and b.pool[k].owner != owner:
        k = b.pool[k].next
    return k
