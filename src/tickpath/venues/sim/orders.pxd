"""Our orders at work in the simulated venue: what they take, where they rest, when stops go.

In: an order that was accepted, trades, time. Out: fills and events. Taking orders walk the
displayed book as it is now and are partial where the depth ends; our orders change the recorded
book only when self-impact is on. Worst case: every waiting stop of an instrument is triggered by
one trade.
"""

from libc.stdint cimport INT64_MAX, int32_t, int64_t
from libc.string cimport memmove, memset
from tickpath.core.records cimport (
    TP_BUY,
    TP_EVENT_DEPTH,
    TP_FOK,
    TP_GTC,
    TP_MARKET,
    tp_level,
    tp_market_event,
)
from tickpath.hot.book.native cimport book_apply, book_depth
from tickpath.venues.sim.crowd cimport CrowdState, crowd_remove, crowd_rest, crowd_take
from tickpath.venues.sim.matcher cimport (
    SIM_DEPTH_MAX,
    WHY_TAKE,
    SimOrder,
    leaves,
    show_clip,
    stop_reached,
    would_cross,
)
from tickpath.venues.sim.terms cimport best_at
from tickpath.venues.sim.venue cimport (
    SimInstrument,
    VenueState,
    drop_done,
    emit_state,
    end,
    fill,
    join,
)


cdef inline int32_t reachable(
    SimInstrument* i, const SimOrder* o, tp_level* levels, int64_t* total
) noexcept nogil:
    """Displayed levels of the other side that the order may take, best first."""
    cdef int32_t n = book_depth(i.book, 1 - o.side, SIM_DEPTH_MAX, levels)
    cdef int32_t k
    total[0] = 0
    for k in range(n):
        if o.type != TP_MARKET and (
            levels[k].price_ticks > o.price_ticks if o.side == TP_BUY
            else levels[k].price_ticks < o.price_ticks
        ):
            return k
        total[0] += levels[k].quantity_lots
    return n


cdef inline void impact(
    SimInstrument* i, int32_t side, int64_t ticks, int64_t lots
) noexcept nogil:
    """Self-impact: what we took is gone from the book until a depth message says otherwise."""
    cdef tp_market_event event
    cdef tp_level left
    memset(&event, 0, sizeof(tp_market_event))
    event.kind = TP_EVENT_DEPTH
    event.last_id = i.book.last_id
    event.t_recv_ns = i.book.t_recv_ns
    left.price_ticks = ticks
    left.quantity_lots = lots
    if side == TP_BUY:
        event.bids = &left
        event.bid_count = 1
    else:
        event.asks = &left
        event.ask_count = 1
    book_apply(i.book, &event)


cdef inline void take(VenueState* v, SimOrder* o, int64_t t_ns) noexcept nogil:
    """Fill against the displayed levels; a FOK that they do not cover takes nothing."""
    cdef SimInstrument* i = &v.instruments[o.instrument]
    cdef tp_level[SIM_DEPTH_MAX] levels
    cdef int64_t total, lots
    cdef int32_t k, n = reachable(i, o, levels, &total)
    if o.time_in_force == TP_FOK and total < o.quantity_lots:
        return
    for k in range(n):
        lots = leaves(o) if leaves(o) < levels[k].quantity_lots else levels[k].quantity_lots
        fill(v, o, levels[k].price_ticks, lots, 0, WHY_TAKE, t_ns)
        if v.self_impact and lots > 0:
            impact(i, 1 - o.side, levels[k].price_ticks, levels[k].quantity_lots - lots)


cdef inline void rest(VenueState* v, SimOrder* o) noexcept nogil:
    """Join the queue; what rests where it took waits until the other side was away."""
    join(v, o)
    o.beside = would_cross(
        o.side, o.price_ticks, best_at(v, o.instrument, 0), best_at(v, o.instrument, 1))


cdef inline void work(VenueState* v, SimOrder* o, int64_t t_ns) noexcept nogil:
    """What it takes, then rest or expire."""
    cdef CrowdState* crowd = <CrowdState*>v.crowd
    if crowd == NULL:
        take(v, o, t_ns)
    else:
        crowd_take(crowd, v, o, t_ns)
        drop_done(v)
        v.overflow |= crowd.book.overflow
    if leaves(o) == 0:
        return
    if o.time_in_force != TP_GTC:
        end(v, o, b"EXPIRED", t_ns)
        emit_state(v, o, b"EXPIRED", t_ns)
        return
    show_clip(o)
    if crowd == NULL:
        rest(v, o)
    else:
        crowd_rest(crowd, o)
    if o.good_till_ms != 0 and o.good_till_ms < v.good_till_ms:
        v.good_till_ms = o.good_till_ms
    v.orders[v.order_count] = o[0]
    v.order_count += 1


cdef inline void match(VenueState* v, SimOrder* o, int64_t t_ns) noexcept nogil:
    """NEW, then a stop waits and anything else works."""
    emit_state(v, o, b"NEW", t_ns)
    if not o.waits:
        work(v, o, t_ns)
        return
    v.waiting[v.waiting_count] = o[0]
    v.waiting_count += 1


cdef inline void take_order(VenueState* v, int32_t k) noexcept nogil:
    """A resting order leaves its place."""
    memmove(&v.orders[k], &v.orders[k + 1], (v.order_count - k - 1) * sizeof(SimOrder))
    v.order_count -= 1


cdef inline void take_waiting(VenueState* v, int32_t k) noexcept nogil:
    """A stop leaves its place."""
    memmove(&v.waiting[k], &v.waiting[k + 1], (v.waiting_count - k - 1) * sizeof(SimOrder))
    v.waiting_count -= 1


cdef inline void trigger(
    VenueState* v, int32_t instrument, int64_t ticks, int64_t t_ns
) noexcept nogil:
    """A trade sends the stops it reaches, in order of arrival."""
    cdef SimOrder o
    cdef int32_t k = 0
    v.instruments[instrument].last_ticks = ticks
    while k < v.waiting_count:
        o = v.waiting[k]
        if o.instrument != instrument or not stop_reached(&o, ticks):
            k += 1
            continue
        take_waiting(v, k)
        o.waits = 0
        work(v, &o, t_ns)


cdef inline void expire_orders(VenueState* v, int64_t t_ns) noexcept nogil:
    """Orders end at their good-till date, seen with the next thing that happens."""
    cdef SimOrder o
    cdef int32_t k = 0
    if t_ns // 1000000 < v.good_till_ms:
        return
    v.good_till_ms = INT64_MAX
    while k < v.order_count:
        o = v.orders[k]
        if o.good_till_ms == 0 or o.good_till_ms > t_ns // 1000000:
            if o.good_till_ms != 0 and o.good_till_ms < v.good_till_ms:
                v.good_till_ms = o.good_till_ms
            k += 1
            continue
        take_order(v, k)
        if v.crowd != NULL:
            crowd_remove(<CrowdState*>v.crowd, &o, t_ns)
        end(v, &o, b"EXPIRED", t_ns)
        emit_state(v, &o, b"EXPIRED", t_ns)
