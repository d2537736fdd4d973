"""The orders of the market by id, for our place in their queue: the table of fifo.py in C.

Open addressing, at most half full, what follows a removed order shifts back; taken once at start.
Cost of a row: one look-up. Worst case: a CLEAR walks the table.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

cdef struct FifoOrder:
    int64_t order_id
    int64_t price_ticks
    int64_t quantity_lots             # 0: a free place
    int64_t arrival                   # lower numbers trade first
    int32_t instrument
    int32_t side

cdef struct FifoTable:
    FifoOrder* places
    uint64_t mask                     # of a place
    int64_t capacity
    int64_t count
    int64_t arrivals                  # number of the newest arrival, ours among them
    int64_t full
    int64_t unknown
    int32_t told                      # 1: the frame in hand had an order row
    int32_t reserved


cdef inline uint64_t fifo_home(const FifoTable* t, int32_t instrument, int64_t id) noexcept nogil:
    """Where an order would lie best: the finalizer of splitmix64 (Steele, Lea, Flood, 2014)."""
    cdef uint64_t z = <uint64_t>id + <uint64_t>0x9E3779B97F4A7C15 * (<uint64_t>instrument + 1)
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return (z ^ (z >> 31)) & t.mask


cdef inline FifoOrder* fifo_place(FifoTable* t, int32_t instrument, int64_t id) noexcept nogil:
    """The order's place, or the free one where it would lie."""
    cdef uint64_t k = fifo_home(t, instrument, id)
    while t.places[k].quantity_lots != 0 and (
            t.places[k].order_id != id or t.places[k].instrument != instrument):
        k = (k + 1) & t.mask
    return &t.places[k]


cdef inline FifoOrder* fifo_find(FifoTable* t, int32_t instrument, int64_t id) noexcept nogil:
    """An order that is kept, or NULL."""
    cdef FifoOrder* order = fifo_place(t, instrument, id)
    return order if order.quantity_lots != 0 else NULL


cdef inline void fifo_add(
    FifoTable* t, int32_t instrument, int32_t side, int64_t id, int64_t price_ticks, int64_t lots
) noexcept nogil:
    """A new order at the end of its level."""
    cdef FifoOrder* order = fifo_place(t, instrument, id)
    if lots == 0 or order.quantity_lots != 0:
        t.unknown += 1
    elif t.count >= t.capacity:
        t.full += 1
    else:
        t.count += 1
        t.arrivals += 1
        order.order_id = id
        order.instrument = instrument
        order.side = side
        order.price_ticks = price_ticks
        order.quantity_lots = lots
        order.arrival = t.arrivals


cdef inline void fifo_remove(FifoTable* t, FifoOrder* order) noexcept nogil:
    """An order that is kept leaves its place; what follows shifts back."""
    cdef uint64_t k = <uint64_t>(order - t.places)
    cdef uint64_t next = (k + 1) & t.mask
    cdef uint64_t home
    t.count -= 1
    while t.places[next].quantity_lots != 0:
        home = fifo_home(t, t.places[next].instrument, t.places[next].order_id)
        if ((next - home) & t.mask) >= ((next - k) & t.mask):
            t.places[k] = t.places[next]
            k = next
        next = (next + 1) & t.mask
    t.places[k].quantity_lots = 0


cdef inline void fifo_clear(FifoTable* t, int32_t instrument) noexcept nogil:
    """Forget the orders of an instrument. What shifts into a place is looked at there; what shifts
    over the end of the table was looked at already."""
    cdef uint64_t k = 0
    while k <= t.mask:
        if t.places[k].quantity_lots != 0 and t.places[k].instrument == instrument:
            fifo_remove(t, &t.places[k])
        else:
            k += 1
