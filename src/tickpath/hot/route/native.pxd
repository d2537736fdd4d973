"""Routing in C: the venue with the least effective cost that can express the order.

Owns the venues' health. Candidates are found at start; the common case, one, costs a few ns.
Worst case: TP_VENUES_MAX candidates.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t
from tickpath.core.codes cimport TP_OK, TP_ROUTE_NO_VENUE
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_BUY,
    TP_CANCEL,
    TP_INSTRUMENTS_MAX,
    TP_POST_ONLY,
    TP_REPLACE,
    TP_SUBMIT,
    TP_VENUES_MAX,
    int128,
    tp_book_top,
    tp_instrument,
    tp_intent,
    tp_request,
    tp_view,
)

cdef struct RouteState:
    uint32_t health                             # a bit a venue
    int32_t reserved
    int64_t latency_ppm[TP_VENUES_MAX]
    int32_t candidate_count[TP_INSTRUMENTS_MAX]
    int32_t candidates[TP_INSTRUMENTS_MAX][TP_VENUES_MAX]
    tp_instrument instruments[TP_INSTRUMENTS_MAX]


cdef inline void route_set_health(RouteState* r, int64_t venue, bint ok) noexcept nogil:
    """A venue that is not healthy gets no new orders; cancels still go there."""
    if venue < 0 or venue >= TP_VENUES_MAX:
        return
    if ok:
        r.health |= <uint32_t>1 << venue
    else:
        r.health &= ~(<uint32_t>1 << venue)


cdef inline int64_t route_scaled(
    int64_t count, const tp_instrument* a, const tp_instrument* b, bint price
) noexcept nogil:
    """A price or quantity of a's grid in b's steps, -1 when it does not fit."""
    cdef int128 value
    cdef int128 step
    if price:
        value = <int128>count * a.price.units
        step = b.price.units
    else:
        value = <int128>count * a.quantity.units
        step = b.quantity.units
    if value % step != 0 or value / step > <int128>0x7FFFFFFFFFFFFFFF or value < 0:
        return -1
    return <int64_t>(value / step)


cdef inline int128 route_cost(
    const RouteState* r, const tp_intent* intent, const tp_instrument* c, const tp_book_top* top
) noexcept nogil:
    """Touch price with fee and latency in it; lower is better for either side."""
    cdef int64_t ppm = c.maker_fee_ppm if intent.type == TP_POST_ONLY else c.taker_fee_ppm
    ppm += r.latency_ppm[c.venue]
    if intent.side == TP_BUY:
        return <int128>top.ask_ticks * c.price.units * (1000000 + ppm)
    return -(<int128>top.bid_ticks * c.price.units * (1000000 - ppm))


cdef inline void route_fill(
    const tp_intent* intent, const tp_instrument* c, int64_t ticks, int64_t lots, tp_request* out
) noexcept nogil:
    out.kind = intent.kind
    out.venue = c.venue
    out.instrument = c.index
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


cdef inline int32_t route_pick(
    RouteState* r, const tp_intent* intent, const tp_view* views, tp_request* out
) noexcept nogil:
    """TP_OK and the request, or TP_ROUTE_NO_VENUE. A cancel or replace stays where its order is."""
    cdef const tp_instrument* home = &r.instruments[intent.instrument]
    cdef const tp_instrument* c
    cdef const tp_book_top* top
    cdef int64_t ticks = intent.price_ticks, lots = intent.quantity_lots
    cdef int128 cost, best_cost = 0
    cdef int32_t k, found = 0
    if intent.kind != TP_SUBMIT:
        route_fill(intent, home, ticks, lots, out)
        return TP_OK
    for k in range(r.candidate_count[intent.instrument]):
        c = &r.instruments[r.candidates[intent.instrument][k]]
        top = &views[c.index].top
        if not (r.health >> c.venue) & 1 or top.status != TP_BOOK_OK:
            continue
        if k > 0:
            ticks = route_scaled(intent.price_ticks, home, c, 1)
            lots = route_scaled(intent.quantity_lots, home, c, 0)
            if ticks < 0 or lots < 0:
                continue
        cost = route_cost(r, intent, c, top)
        if not found or cost < best_cost:
            found = 1
            best_cost = cost
            route_fill(intent, c, ticks, lots, out)
    return TP_OK if found else TP_ROUTE_NO_VENUE


cdef class Route:
    cdef RouteState* state
    cdef tp_view* views
    cdef int32_t instrument_count
