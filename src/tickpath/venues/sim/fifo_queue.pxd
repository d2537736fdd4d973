"""What changes of single orders do to ours: the rules of fifo.py in C.

In: the order row of a flat frame, or a trade without one. Out: quantities ahead, fills. Worst case:
every row looks at every resting order of ours.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport TP_BUY
from tickpath.venues.flat.wire cimport (
    FLAT_ADD,
    FLAT_CLEAR,
    FLAT_DELETE,
    FLAT_EXECUTE,
    FLAT_NO_SIDE,
    FLAT_REPLACE,
    FlatOrder,
    FlatState,
    flat_order,
)
from tickpath.venues.sim.fifo cimport (
    FifoOrder,
    fifo_add,
    fifo_clear,
    fifo_find,
    fifo_remove,
)
from tickpath.venues.sim.matcher cimport (
    WHY_QUEUE,
    WHY_THROUGH,
    SimOrder,
    clip_filled,
    leaves,
    offer,
)
from tickpath.venues.sim.venue cimport VenueState, drop_done, fill, join


cdef inline int64_t reach(VenueState* v, SimOrder* o, int64_t left, int64_t t_ns) noexcept nogil:
    """What of a trade an order of ours gets."""
    cdef int64_t lots = offer(o)
    if left <= 0:
        return 0
    if left < lots and not v.whole_fills:
        lots = left
    fill(v, o, o.price_ticks, lots, 1, WHY_QUEUE, t_ns)
    if clip_filled(o, lots):
        join(v, o)
    return lots


cdef inline void fifo_execute(
    VenueState* v, const FifoOrder* order, int64_t lots, int64_t t_ns
) noexcept nogil:
    """An execution meets ours that stand before the order, in order of arrival."""
    cdef int64_t left = lots
    cdef SimOrder* o
    cdef int32_t k
    for k in range(v.order_count):
        o = &v.orders[k]
        if o.instrument != order.instrument or o.side != order.side:
            continue
        if o.price_ticks == order.price_ticks:
            if o.arrival < order.arrival:
                left -= reach(v, o, left, t_ns)
        elif (o.price_ticks > order.price_ticks) == (o.side == TP_BUY):
            fill(v, o, o.price_ticks, leaves(o), 1, WHY_THROUGH, t_ns)
    drop_done(v)


cdef inline void fifo_trade(
    VenueState* v, int32_t instrument, int32_t aggressor, int64_t ticks, int64_t lots, int64_t t_ns
) noexcept nogil:
    """A trade of no order that is kept."""
    cdef int64_t left = lots
    cdef SimOrder* o
    cdef int32_t k
    for k in range(v.order_count):
        o = &v.orders[k]
        if o.instrument != instrument or o.side == aggressor or ticks <= 0 or lots <= 0:
            continue
        if o.price_ticks == ticks:
            if o.ahead_lots == 0:
                left -= reach(v, o, left, t_ns)
        elif (o.price_ticks > ticks) == (o.side == TP_BUY):
            fill(v, o, o.price_ticks, leaves(o), 1, WHY_THROUGH, t_ns)
    drop_done(v)


cdef inline void fifo_pass_by(VenueState* v, const FifoOrder* order, int64_t lots) noexcept nogil:
    """Lots leave from an order: no longer ahead of ours that came later."""
    cdef SimOrder* o
    cdef int32_t k
    for k in range(v.order_count):
        o = &v.orders[k]
        if o.instrument == order.instrument and o.side == order.side and (
                o.price_ticks == order.price_ticks and order.arrival < o.arrival):
            o.ahead_lots = o.ahead_lots - lots if o.ahead_lots > lots else 0


cdef inline void fifo_replace(
    VenueState* v, int32_t instrument, const FlatOrder* row
) noexcept nogil:
    """The old order goes, the new one stands at the end of its level."""
    cdef FifoOrder* old = fifo_find(v.fifo, instrument, row.prev_id)
    cdef int32_t side
    if old == NULL or (row.order_id != row.prev_id
                       and fifo_find(v.fifo, instrument, row.order_id) != NULL):
        v.fifo.unknown += 1
        return
    side = old.side
    fifo_pass_by(v, old, old.quantity_lots)
    fifo_remove(v.fifo, old)
    fifo_add(v.fifo, instrument, side, row.order_id, row.price_ticks, row.quantity_lots)


cdef inline void fifo_take(
    VenueState* v, int32_t instrument, const FlatOrder* row, int64_t t_ns
) noexcept nogil:
    """REDUCE, DELETE, EXECUTE."""
    cdef FifoOrder* order = fifo_find(v.fifo, instrument, row.order_id)
    cdef int64_t lots = row.quantity_lots
    if order == NULL:
        v.fifo.unknown += 1
        if row.kind == FLAT_EXECUTE and row.side != FLAT_NO_SIDE:
            fifo_trade(v, instrument, 1 - row.side, row.price_ticks, lots, t_ns)
        return
    if row.kind == FLAT_DELETE or lots > order.quantity_lots:
        lots = order.quantity_lots
    if row.kind == FLAT_EXECUTE:
        fifo_execute(v, order, lots, t_ns)
    fifo_pass_by(v, order, lots)
    if lots == order.quantity_lots:
        fifo_remove(v.fifo, order)
    else:
        order.quantity_lots -= lots


cdef inline void fifo_frame(
    VenueState* v, int32_t source, const char* data, int64_t size, int64_t t_ns
) noexcept nogil:
    """The order row of a frame, before its levels. Every source of the venue is flat."""
    cdef FlatOrder row
    cdef int32_t k, instrument = -1
    if 0 <= source < v.feed.source_count:
        instrument = flat_order(
            <const FlatState*>v.feed.decoders[source].context, data, size, &row)
    v.fifo.told = instrument >= 0
    if instrument < 0:
        return
    if row.kind == FLAT_CLEAR:
        fifo_clear(v.fifo, instrument)
        for k in range(v.order_count):
            if v.orders[k].instrument == instrument:
                v.orders[k].ahead_lots = 0
    elif row.kind == FLAT_ADD:
        fifo_add(v.fifo, instrument, row.side, row.order_id, row.price_ticks, row.quantity_lots)
    elif row.kind == FLAT_REPLACE:
        fifo_replace(v, instrument, &row)
    else:
        fifo_take(v, instrument, &row, t_ns)
