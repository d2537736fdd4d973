"""Routing to one venue, in C: the least effective cost that can express the order.

Candidates and what a touch costs there are found at start (table.py); the walk multiplies. Worst
case: TP_VENUES_MAX candidates, two 128-bit divisions each for another grid.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t
from tickpath.core.codes cimport TP_OK, TP_ROUTE_NO_VENUE
from tickpath.core.hint cimport tp_likely, tp_unlikely
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_BUY,
    TP_CANCEL,
    TP_MARKET,
    TP_POST_ONLY,
    TP_POSITION_LONG,
    TP_POSITION_SHORT,
    TP_REDUCE_ONLY,
    TP_REPLACE,
    TP_SUBMIT,
    int128,
    tp_book_top,
    tp_intent,
    tp_request,
    tp_view,
)
from tickpath.hot.route.structs cimport RouteCandidate, RouteRatio, RouteState


cdef enum:                            # orders that stay where the position is
    FLAGS_STAY = TP_REDUCE_ONLY | TP_POSITION_LONG | TP_POSITION_SHORT


cdef inline void route_set_health(RouteState* r, int64_t venue, bint ok) noexcept nogil:
    """A venue that is not healthy gets no new orders; cancels still go there."""
    if venue < 0 or venue >= r.venue_count:
        return
    if ok:
        r.health |= <uint32_t>1 << venue
    else:
        r.health &= ~(<uint32_t>1 << venue)


cdef inline int64_t route_scaled(int64_t count, const RouteRatio* ratio) noexcept nogil:
    """count * ratio, -1 when that is no whole number of 63 bits."""
    cdef int128 value
    if tp_likely(ratio.num == ratio.den):
        return count if count >= 0 else -1
    value = <int128>count * ratio.num
    if value < 0 or value % ratio.den != 0:
        return -1
    value = value / ratio.den
    return <int64_t>value if value <= <int128>0x7FFFFFFFFFFFFFFF else -1


cdef inline void route_fill(
    const tp_intent* intent, int32_t venue, int32_t instrument, int64_t ticks, int64_t lots,
    tp_request* out
) noexcept nogil:
    out.kind = intent.kind
    out.venue = venue
    out.instrument = instrument
    out.strategy = intent.strategy
    out.side = intent.side
    out.type = intent.type
    out.time_in_force = intent.time_in_force
    out.flags = intent.flags
    out.tag = intent.tag
    out.reserved = 0
    out.price_ticks = ticks
    out.quantity_lots = lots
    out.client_order_id = intent.client_order_id if intent.kind == TP_CANCEL else 0
    out.orig_client_order_id = intent.client_order_id if intent.kind == TP_REPLACE else 0
    out.link = intent.link
    out.role = intent.role
    out.expire_ns = intent.expire_ns
    out.trigger_ticks = 0
    out.display_lots = 0


cdef inline bint route_counts(
    const RouteCandidate* c, const tp_intent* intent, int64_t* ticks, int64_t* lots
) noexcept nogil:
    """The order's ticks and lots on the candidate's grid; 0 when they do not fit it."""
    ticks[0] = 0 if intent.type == TP_MARKET else route_scaled(intent.price_ticks, &c.ticks)
    lots[0] = route_scaled(intent.quantity_lots, &c.lots)
    if ticks[0] < 0 or lots[0] < 0:
        return 0
    if not c.away:
        return 1
    return c.lots_min <= lots[0] and lots[0] <= c.lots_max and lots[0] % c.lots_step == 0


cdef inline bint instrument_usable(
    const RouteState* r, int32_t instrument, const tp_view* views
) noexcept nogil:
    """Whether new orders may go to an instrument: its venue is healthy and its book good."""
    return (r.health >> r.venues[instrument]) & 1 and views[instrument].top.status == TP_BOOK_OK


cdef inline int32_t route_pick(
    RouteState* r, const tp_intent* intent, const tp_view* views, tp_request* out
) noexcept nogil:
    """TP_OK and the request, or TP_ROUTE_NO_VENUE. A cancel or replace stays where its order is, a
    linked order beside its partners, what only reduces where the position is."""
    cdef const RouteCandidate* c
    cdef const tp_book_top* top
    cdef int64_t ticks = 0, lots = 0, touch
    cdef int32_t passive = intent.type == TP_POST_ONLY
    cdef int32_t buy = intent.side == TP_BUY
    cdef int32_t home = intent.instrument
    cdef bint stays = intent.link != 0 or (intent.flags & FLAGS_STAY) != 0
    cdef int32_t k, missing, found = 0, found_missing = 0
    cdef int128 cost, found_cost = 0
    if tp_unlikely(home < 0 or home >= r.instrument_count):
        return TP_ROUTE_NO_VENUE
    if intent.kind != TP_SUBMIT:
        route_fill(
            intent, r.venues[home], home, intent.price_ticks, intent.quantity_lots, out)
        return TP_OK
    for k in range(r.candidate_count[home]):
        c = &r.candidates[home][k]
        if c.away and stays:
            continue
        top = &views[c.instrument].top
        if tp_unlikely(not instrument_usable(r, c.instrument, views)):
            continue
        if tp_unlikely(not route_counts(c, intent, &ticks, &lots)):
            continue
        if tp_likely(r.candidate_count[home] == 1):
            route_fill(intent, c.venue, c.instrument, ticks, lots, out)
            return TP_OK
        touch = top.ask_ticks if buy else top.bid_ticks
        missing = touch <= 0
        cost = 0 if missing else <int128>touch * c.weights[passive][0 if buy else 1]
        if not buy:
            cost = -cost
        if (not found or missing < found_missing
                or (missing == found_missing and cost < found_cost)):
            found = 1
            found_missing = missing
            found_cost = cost
            route_fill(intent, c.venue, c.instrument, ticks, lots, out)
    return TP_OK if found else TP_ROUTE_NO_VENUE
