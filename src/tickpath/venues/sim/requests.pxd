"""A request at the simulated venue: decoded by its own rules, matched, answered.

A malformed or refused request gets the venue's error reply; nothing is guessed. A reply goes out
before the events of the same order. Taking orders walk the displayed book as it is now and are
partial where the depth ends; our orders change the recorded book only when self-impact is on.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memmove, memset
from tickpath.core.records cimport (
    TP_BUY,
    TP_EVENT_DEPTH,
    TP_FOK,
    TP_GTC,
    TP_MARKET,
    TP_SPOT,
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
    would_cross,
)
from tickpath.venues.sim.terms cimport (
    Refusal,
    best_at,
    check_market,
    find_instrument,
    find_order,
    id_param,
    read_order,
    refuse,
)
from tickpath.venues.sim.venue cimport (
    CODE_JSON,
    CODE_METHOD,
    CODE_PARAMETER,
    CODE_UNKNOWN_ORDER,
    Mail,
    SimInstrument,
    VenueState,
    drop_done,
    emit,
    emit_state,
    fill,
    line_of,
    mail_close,
    mail_push,
    param,
    request_parse,
    shown_at,
    slice_is,
    tp_sim_line,
    tp_sim_request,
    tp_sim_slice,
    write_cancelled,
    write_error,
    write_half,
    write_placed,
    write_replaced,
    write_stopped,
)


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
        mail_close(mail, write_error(mail.text, id, r.code, r.message))


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
    """Join the queue at our price, behind all that is displayed there."""
    cdef SimInstrument* i = &v.instruments[o.instrument]
    o.shown_lots = shown_at(i, o.side, o.price_ticks)
    o.ahead_lots = o.shown_lots
    o.beside = would_cross(
        o.side, o.price_ticks, best_at(v, o.instrument, 0), best_at(v, o.instrument, 1))


cdef inline void match(VenueState* v, SimOrder* o, int64_t t_ns) noexcept nogil:
    """NEW, then what it takes, then rest or expire."""
    cdef CrowdState* crowd = <CrowdState*>v.crowd
    emit_state(v, o, b"NEW", t_ns)
    if crowd == NULL:
        take(v, o, t_ns)
    else:
        crowd_take(crowd, v, o, t_ns)
        drop_done(v)
        v.overflow |= crowd.book.overflow
    if leaves(o) == 0:
        return
    if o.time_in_force != TP_GTC:
        emit_state(v, o, b"EXPIRED", t_ns)
        return
    if crowd == NULL:
        rest(v, o)
    else:
        crowd_rest(crowd, o)
    v.orders[v.order_count] = o[0]
    v.order_count += 1


cdef inline void accept(VenueState* v, SimOrder* o, int64_t t_ns, tp_sim_line* line) noexcept nogil:
    """Number a new order; `line` shows it as the replies do."""
    v.order_id += 1
    o.order_id = v.order_id
    o.created_ns = t_ns
    line_of(v, o, b"NEW", t_ns, line)


cdef inline bint cancel(
    VenueState* v, int32_t instrument, uint64_t id, tp_sim_slice request, tp_sim_line* line,
    int64_t t_ns
) noexcept nogil:
    """Take a live order out; `line` shows it cancelled. 0 when there is none with that id."""
    cdef int32_t k = find_order(v, id)
    cdef SimOrder old
    if id == 0 or k < 0 or v.orders[k].instrument != instrument:
        return 0
    old = v.orders[k]
    memmove(&v.orders[k], &v.orders[k + 1], (v.order_count - k - 1) * sizeof(SimOrder))
    v.order_count -= 1
    if v.crowd != NULL:
        crowd_remove(<CrowdState*>v.crowd, &old, t_ns)
    line_of(v, &old, b"CANCELED", t_ns, line)
    if line.instrument.kind == TP_SPOT:
        line.request = request
    return 1


cdef inline void request_place(
    VenueState* v, int32_t venue, const tp_sim_request* q, int64_t t_ns
) noexcept nogil:
    cdef SimOrder o
    cdef Refusal r
    cdef Mail* mail
    cdef tp_sim_line line
    r.code = 0
    read_order(v, venue, q, &o, &r)
    if r.code == 0:
        check_market(v, &o, &r)
    if r.code != 0:
        reply_error(v, venue, q.id, &r, t_ns)
        return
    accept(v, &o, t_ns, &line)
    mail = reply(v, venue, t_ns)
    if mail != NULL:
        mail_close(mail, write_placed(mail.text, q.id, &line))
    match(v, &o, t_ns)


cdef inline void request_cancel(
    VenueState* v, int32_t venue, const tp_sim_request* q, int64_t t_ns
) noexcept nogil:
    cdef tp_sim_line line
    cdef Refusal r
    cdef Mail* mail
    cdef int32_t instrument
    r.code = 0
    instrument = find_instrument(v, venue, q, &r)
    if r.code == 0 and not cancel(
        v, instrument, id_param(q, b"origClientOrderId"), q.name, &line, t_ns
    ):
        refuse(&r, CODE_UNKNOWN_ORDER, b"Unknown order sent.")
    if r.code != 0:
        reply_error(v, venue, q.id, &r, t_ns)
        return
    mail = reply(v, venue, t_ns)
    if mail != NULL:
        mail_close(mail, write_cancelled(mail.text, q.id, &line))
    emit(v, &line, t_ns)


cdef inline void replace_done(
    VenueState* v, int32_t venue, const tp_sim_request* q, SimOrder* o, tp_sim_line* old,
    const Refusal* r, int64_t t_ns
) noexcept nogil:
    """The cancel succeeded: the reply tells both halves, then the events."""
    cdef tp_sim_line line
    cdef Mail* mail
    if r.code == 0:
        accept(v, o, t_ns, &line)
    mail = reply(v, venue, t_ns)
    if mail != NULL and r.code == 0:
        mail_close(mail, write_replaced(mail.text, q.id, old, &line))
    elif mail != NULL:
        mail_close(mail, write_half(mail.text, q.id, old, r.code, r.message))
    emit(v, old, t_ns)
    if r.code == 0:
        match(v, o, t_ns)


cdef inline void request_replace(
    VenueState* v, int32_t venue, const tp_sim_request* q, int64_t t_ns
) noexcept nogil:
    """Fields and filters first, then the cancel, then the new order; no cancel, no new order."""
    cdef SimOrder o
    cdef tp_sim_line old
    cdef Refusal r
    cdef Mail* mail
    cdef tp_sim_slice mode
    r.code = 0
    if not param(q, b"cancelReplaceMode", &mode):
        refuse(&r, CODE_PARAMETER, b"Mandatory parameter 'cancelReplaceMode' was not sent.")
    elif not slice_is(mode, b"STOP_ON_FAILURE"):
        refuse(&r, -1130, b"Data sent for parameter 'cancelReplaceMode' is not valid.")
    else:
        read_order(v, venue, q, &o, &r)
    if r.code == 0 and v.instruments[o.instrument].info.kind != TP_SPOT:
        refuse(&r, CODE_METHOD, b"Unknown method.")
    if r.code != 0:
        reply_error(v, venue, q.id, &r, t_ns)
        return
    if not cancel(v, o.instrument, id_param(q, b"cancelOrigClientOrderId"), q.name, &old, t_ns):
        mail = reply(v, venue, t_ns)
        if mail != NULL:
            mail_close(mail, write_stopped(mail.text, q.id))
        return
    check_market(v, &o, &r)
    replace_done(v, venue, q, &o, &old, &r, t_ns)


cdef inline void venue_request(
    VenueState* v, int32_t venue, const char* text, int64_t t_ns
) noexcept nogil:
    """One zero-terminated request at its arrival."""
    cdef tp_sim_request q
    cdef Refusal r
    if not request_parse(text, &q):
        refuse(&r, CODE_JSON, b"Invalid JSON Request.")
        reply_error(v, venue, q.id, &r, t_ns)
    elif slice_is(q.method, b"order.place"):
        request_place(v, venue, &q, t_ns)
    elif slice_is(q.method, b"order.cancel"):
        request_cancel(v, venue, &q, t_ns)
    elif slice_is(q.method, b"order.cancelReplace"):
        request_replace(v, venue, &q, t_ns)
    else:
        refuse(&r, CODE_METHOD, b"Unknown method.")
        reply_error(v, venue, q.id, &r, t_ns)
