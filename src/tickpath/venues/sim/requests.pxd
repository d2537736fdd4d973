"""A request at the simulated venue: decoded by its own rules, matched, answered.

A malformed or refused request gets the venue's error reply; nothing is guessed. Taking orders walk
the displayed book as it is now and are partial where the depth ends; the recorded book itself is
not changed by our orders.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcmp, memmove, memset
from tickpath.core.fixed cimport grid_divide
from tickpath.core.ids cimport client_order_id_parse
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_BUY,
    TP_EVENT_DEPTH,
    TP_FOK,
    TP_GTC,
    TP_IOC,
    TP_LIMIT,
    TP_MARKET,
    TP_POST_ONLY,
    TP_SELL,
    tp_grid,
    tp_level,
    tp_market_event,
)
from tickpath.hot.book.native cimport book_apply, book_depth
from tickpath.venues.sim.matcher cimport (
    SIM_DEPTH_MAX,
    SIM_ORDERS_MAX,
    WHY_TAKE,
    SimOrder,
    leaves,
    would_cross,
)
from tickpath.venues.sim.venue cimport (
    CODE_FILTER,
    CODE_PARAMETER,
    CODE_REJECT,
    CODE_UNKNOWN_ORDER,
    Mail,
    SimInstrument,
    VenueState,
    emit_cancel,
    emit_state,
    field,
    fill,
    mail_push,
    shown_at,
    slice_is,
    slice_units,
    tp_sim_slice,
    write_error,
    write_half,
    write_ok,
    write_stopped,
)

cdef struct Refusal:
    int32_t code                      # 0: none
    const char* message


cdef inline void refuse(Refusal* r, int32_t code, const char* message) noexcept nogil:
    r.code = code
    r.message = message


cdef inline Mail* reply(VenueState* v, int32_t venue, int64_t t_ns) noexcept nogil:
    cdef Mail* mail = mail_push(v, &v.reports)
    if mail != NULL:
        mail.t_ns = t_ns
        mail.venue = venue
    return mail


cdef inline void reply_error(
    VenueState* v, int32_t venue, tp_sim_slice id, const Refusal* r, int64_t t_ns
) noexcept nogil:
    cdef Mail* mail = reply(v, venue, t_ns)
    if mail != NULL:
        mail.bytes = write_error(mail.text, id, r.code, r.message)


cdef inline int32_t find_instrument(VenueState* v, const char* text) noexcept nogil:
    """Index of the symbol the request names, -1 when the venue does not trade it."""
    cdef tp_sim_slice symbol
    cdef int32_t k
    if not field(text, b"symbol", &symbol):
        return -1
    for k in range(v.instrument_count):
        if v.instruments[k].info.symbol_bytes == symbol.bytes and memcmp(
            v.instruments[k].info.symbol, symbol.text, symbol.bytes
        ) == 0:
            return k
    return -1


cdef inline int32_t find_order(VenueState* v, uint64_t id) noexcept nogil:
    cdef int32_t k
    for k in range(v.order_count):
        if v.orders[k].client_order_id == id:
            return k
    return -1


cdef inline uint64_t id_field(const char* text, const char* key) noexcept nogil:
    """A client order id of ours, 0 when absent or another form."""
    cdef tp_sim_slice s
    if not field(text, key, &s):
        return 0
    return client_order_id_parse(s.text, s.bytes)


cdef inline bint steps_field(
    const char* text, const char* key, const tp_grid* grid, int64_t* out
) noexcept nogil:
    """A decimal field that is an exact positive multiple of its step."""
    cdef tp_sim_slice s
    cdef uint64_t units
    if not field(text, key, &s) or not slice_units(s, grid.decimals, &units):
        return 0
    return grid_divide(grid, units, out) and out[0] > 0


cdef inline void read_terms(
    const char* text, SimOrder* o, Refusal* r
) noexcept nogil:
    """Side, type and time in force; GTX is the futures form of post-only."""
    cdef tp_sim_slice side, kind, force
    if not field(text, b"side", &side) or not field(text, b"type", &kind):
        refuse(r, CODE_PARAMETER, b"Mandatory parameter was not sent.")
        return
    o.side = TP_BUY if slice_is(side, b"BUY") else TP_SELL
    o.type = TP_LIMIT
    o.time_in_force = TP_GTC
    if slice_is(kind, b"LIMIT_MAKER"):
        o.type = TP_POST_ONLY
        return
    if slice_is(kind, b"MARKET"):
        o.type = TP_MARKET
        o.time_in_force = TP_IOC
        return
    if not slice_is(kind, b"LIMIT") or not field(text, b"timeInForce", &force):
        refuse(r, CODE_PARAMETER, b"Mandatory parameter was not sent.")
        return
    if slice_is(force, b"GTX"):
        o.type = TP_POST_ONLY
    elif slice_is(force, b"IOC"):
        o.time_in_force = TP_IOC
    elif slice_is(force, b"FOK"):
        o.time_in_force = TP_FOK


cdef inline void read_order(
    VenueState* v, const char* text, SimOrder* o, Refusal* r
) noexcept nogil:
    """A new order out of a request, or why not."""
    cdef SimInstrument* i
    memset(o, 0, sizeof(SimOrder))
    o.instrument = find_instrument(v, text)
    if o.instrument < 0:
        refuse(r, -1121, b"Invalid symbol.")
        return
    i = &v.instruments[o.instrument]
    o.client_order_id = id_field(text, b"newClientOrderId")
    if o.client_order_id == 0:
        refuse(r, CODE_PARAMETER, b"Mandatory parameter newClientOrderId was not sent.")
        return
    read_terms(text, o, r)
    if r.code != 0:
        return
    if not steps_field(text, b"quantity", &i.info.quantity, &o.quantity_lots):
        refuse(r, CODE_FILTER, b"Filter failure: LOT_SIZE")
    elif o.type != TP_MARKET and not steps_field(
        text, b"price", &i.info.price, &o.price_ticks
    ):
        refuse(r, CODE_FILTER, b"Filter failure: PRICE_FILTER")
    elif o.quantity_lots % i.info.order_step_lots != 0:
        refuse(r, CODE_FILTER, b"Filter failure: LOT_SIZE")
    elif o.quantity_lots < i.info.quantity_lots_min or o.quantity_lots > i.info.quantity_lots_max:
        refuse(r, CODE_FILTER, b"Filter failure: LOT_SIZE")
    elif find_order(v, o.client_order_id) >= 0:
        refuse(r, CODE_REJECT, b"Duplicate order sent.")
    elif i.book.status != TP_BOOK_OK or not i.info.trading:
        refuse(r, CODE_REJECT, b"Market is closed.")
    elif v.order_count >= SIM_ORDERS_MAX:
        refuse(r, -1015, b"Too many new orders.")


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


cdef inline void match(VenueState* v, SimOrder* o, int64_t t_ns) noexcept nogil:
    """NEW, then what it takes, then rest or expire."""
    cdef SimInstrument* i = &v.instruments[o.instrument]
    cdef tp_level[SIM_DEPTH_MAX] levels
    cdef int64_t total, lots
    cdef int32_t k, n = reachable(i, o, levels, &total)
    v.order_id += 1
    o.order_id = v.order_id
    emit_state(v, o, b"NEW", t_ns)
    if o.time_in_force == TP_FOK and total < o.quantity_lots:
        emit_state(v, o, b"EXPIRED", t_ns)
        return
    for k in range(n):
        lots = leaves(o) if leaves(o) < levels[k].quantity_lots else levels[k].quantity_lots
        fill(v, o, levels[k].price_ticks, lots, 0, WHY_TAKE, t_ns)
        if v.self_impact and lots > 0:
            impact(i, 1 - o.side, levels[k].price_ticks, levels[k].quantity_lots - lots)
    if leaves(o) == 0:
        return
    if o.time_in_force != TP_GTC:
        emit_state(v, o, b"EXPIRED", t_ns)
        return
    o.shown_lots = shown_at(i, o.side, o.price_ticks)
    o.ahead_lots = o.shown_lots
    v.orders[v.order_count] = o[0]
    v.order_count += 1


cdef inline void check_post_only(VenueState* v, const SimOrder* o, Refusal* r) noexcept nogil:
    cdef SimInstrument* i = &v.instruments[o.instrument]
    cdef int64_t bid = 0 if i.book.bid_key < 0 else i.book.bid_key
    cdef int64_t ask = 0 if i.book.ask_key >= 0 else ~i.book.ask_key
    if o.type == TP_POST_ONLY and would_cross(o.side, o.price_ticks, bid, ask):
        refuse(r, CODE_REJECT, b"Order would immediately match and take.")


cdef inline bint cancel(
    VenueState* v, uint64_t id, tp_sim_slice request, SimOrder* out, int64_t t_ns
) noexcept nogil:
    """Take a live order out and say so; 0 when there is none with that id."""
    cdef int32_t k = find_order(v, id)
    if id == 0 or k < 0:
        return 0
    out[0] = v.orders[k]
    memmove(&v.orders[k], &v.orders[k + 1], (v.order_count - k - 1) * sizeof(SimOrder))
    v.order_count -= 1
    emit_cancel(v, out, request, t_ns)
    return 1


cdef inline void request_place(
    VenueState* v, int32_t venue, const char* text, tp_sim_slice id, int64_t t_ns
) noexcept nogil:
    cdef SimOrder o
    cdef Refusal r
    cdef Mail* mail
    r.code = 0
    read_order(v, text, &o, &r)
    if r.code == 0:
        check_post_only(v, &o, &r)
    if r.code != 0:
        reply_error(v, venue, id, &r, t_ns)
        return
    mail = reply(v, venue, t_ns)
    if mail != NULL:
        mail.bytes = write_ok(
            mail.text, id, v.instruments[o.instrument].info.symbol, v.order_id + 1, id,
            t_ns // 1000000)
    match(v, &o, t_ns)


cdef inline void request_cancel(
    VenueState* v, int32_t venue, const char* text, tp_sim_slice id, int64_t t_ns
) noexcept nogil:
    cdef SimOrder old
    cdef Refusal r
    if cancel(v, id_field(text, b"origClientOrderId"), id, &old, t_ns):
        return
    refuse(&r, CODE_UNKNOWN_ORDER, b"Unknown order sent.")
    reply_error(v, venue, id, &r, t_ns)


cdef inline void request_replace(
    VenueState* v, int32_t venue, const char* text, tp_sim_slice id, int64_t t_ns
) noexcept nogil:
    """Cancel, then new; STOP_ON_FAILURE: no cancel, no new order."""
    cdef SimOrder old, o
    cdef Refusal r
    cdef Mail* mail
    cdef tp_sim_slice orig
    r.code = 0
    orig.text = b""
    orig.bytes = 0
    field(text, b"cancelOrigClientOrderId", &orig)
    if not cancel(v, id_field(text, b"cancelOrigClientOrderId"), id, &old, t_ns):
        mail = reply(v, venue, t_ns)
        if mail != NULL:
            mail.bytes = write_stopped(mail.text, id)
        return
    read_order(v, text, &o, &r)
    if r.code == 0:
        check_post_only(v, &o, &r)
    if r.code == 0:
        match(v, &o, t_ns)
        return
    mail = reply(v, venue, t_ns)
    if mail != NULL:
        mail.bytes = write_half(
            mail.text, id, v.instruments[old.instrument].info.symbol, orig, old.order_id, r.code,
            r.message)


cdef inline void venue_request(
    VenueState* v, int32_t venue, const char* text, int64_t t_ns
) noexcept nogil:
    """One zero-terminated request at its arrival."""
    cdef tp_sim_slice id, method
    cdef Refusal r
    id.text = b""
    id.bytes = 0
    field(text, b"id", &id)
    if not field(text, b"method", &method):
        method = id
    if slice_is(method, b"order.place"):
        request_place(v, venue, text, id, t_ns)
    elif slice_is(method, b"order.cancel"):
        request_cancel(v, venue, text, id, t_ns)
    elif slice_is(method, b"order.cancelReplace"):
        request_replace(v, venue, text, id, t_ns)
    else:
        refuse(&r, -1100, b"Unknown method.")
        reply_error(v, venue, id, &r, t_ns)
