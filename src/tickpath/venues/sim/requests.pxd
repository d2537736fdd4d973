"""A request at the simulated venue: decoded by its own rules, matched, answered.

A malformed or refused request gets the venue's error reply; nothing is guessed. A reply goes out
before the events of the same order; what an order then does is in `orders.pxd`.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy, memset
from tickpath.core.records cimport (
    TP_CANCEL,
    TP_QUERY,
    TP_REPLACE,
    TP_SPOT,
    TP_VENUES_MAX,
    tp_instrument,
    tp_request,
)
from tickpath.venues.sim.answers cimport (
    Asked,
    answer_cancelled,
    answer_half,
    answer_limited,
    answer_placed,
    answer_refused,
    answer_replaced,
    answer_standing,
    answer_stopped,
)
from tickpath.venues.sim.crowd cimport CrowdState, crowd_remove
from tickpath.venues.sim.direct cimport direct_fits, direct_order
from tickpath.venues.sim.matcher cimport SIM_ENDED_MAX, SimOrder
from tickpath.venues.sim.orders cimport expire_orders, match, take_order, take_waiting
from tickpath.venues.sim.rates cimport RateWindow, rate_full, rate_replaces
from tickpath.venues.sim.terms cimport (
    Refusal,
    check_date,
    check_filters,
    check_market,
    find_instrument,
    find_order,
    id_param,
    read_order,
    refuse,
)
from tickpath.venues.sim.text cimport (
    param,
    request_parse,
    slice_is,
    tp_sim_line,
    tp_sim_request,
    tp_sim_slice,
)
from tickpath.venues.sim.venue cimport (
    CODE_FILTER,
    CODE_JSON,
    CODE_METHOD,
    CODE_PARAMETER,
    CODE_NO_ORDER,
    CODE_UNKNOWN_ORDER,
    SimEnded,
    VenueState,
    emit,
    end,
    line_of,
)


cdef inline void accept(VenueState* v, SimOrder* o, int64_t t_ns, tp_sim_line* line) noexcept nogil:
    """Number a new order; `line` shows it as the replies do."""
    v.order_id += 1
    o.order_id = v.order_id
    o.created_ns = t_ns
    o.updated_ns = t_ns
    line_of(v, o, b"NEW", t_ns, line)


cdef inline bint cancel(
    VenueState* v, int32_t instrument, uint64_t id, tp_sim_slice request, tp_sim_line* line,
    int64_t t_ns
) noexcept nogil:
    """Take an open order out; `line` shows it cancelled. 0 when there is none with that id."""
    cdef SimOrder* o = find_order(v, id)
    cdef SimOrder old
    if id == 0 or o == NULL or o.instrument != instrument:
        return 0
    old = o[0]
    if old.waits:
        take_waiting(v, <int32_t>(o - v.waiting))
    else:
        take_order(v, <int32_t>(o - v.orders))
    end(v, &old, b"CANCELED", t_ns)
    if v.crowd != NULL and not old.waits:
        crowd_remove(<CrowdState*>v.crowd, &old, t_ns)
    line_of(v, &old, b"CANCELED", t_ns, line)
    if line.instrument.kind == TP_SPOT:
        line.request = request
    return 1


cdef inline void place(
    VenueState* v, const Asked* asked, SimOrder* o, Refusal* r, int64_t t_ns
) noexcept nogil:
    """A new order whose own fields were read into `o`, or refused in `r`."""
    cdef tp_sim_line line
    if r.code == 0:
        check_date(o, t_ns, r)
    if r.code == 0:
        check_market(v, o, r)
    if r.code != 0:
        answer_refused(v, asked, r, t_ns)
        return
    accept(v, o, t_ns, &line)
    answer_placed(v, asked, &line, t_ns)
    match(v, o, t_ns)


cdef inline void cancel_one(
    VenueState* v, const Asked* asked, int32_t instrument, uint64_t id, Refusal* r, int64_t t_ns
) noexcept nogil:
    cdef tp_sim_line line
    if r.code == 0 and not cancel(v, instrument, id, asked.name, &line, t_ns):
        refuse(r, CODE_UNKNOWN_ORDER, b"Unknown order sent.")
    if r.code != 0:
        answer_refused(v, asked, r, t_ns)
        return
    answer_cancelled(v, asked, &line, t_ns)
    emit(v, &line, t_ns)


cdef inline const SimOrder* standing(
    VenueState* v, uint64_t id, const char** status
) noexcept nogil:
    """The newest order of an id and its status, or NULL."""
    cdef const SimOrder* o = find_order(v, id)
    cdef const SimEnded* ended
    cdef int64_t at = v.ended_count
    if o != NULL:
        status[0] = b"PARTIALLY_FILLED" if o.filled_lots > 0 else b"NEW"
        return o
    while at > 0 and at > v.ended_count - SIM_ENDED_MAX:
        at -= 1
        ended = &v.ended[at & (SIM_ENDED_MAX - 1)]
        if ended.order.client_order_id == id:
            status[0] = ended.status
            return &ended.order
    return NULL


cdef inline void query_one(
    VenueState* v, const Asked* asked, int32_t instrument, uint64_t id, Refusal* r, int64_t t_ns
) noexcept nogil:
    """What became of an order; the last SIM_ENDED_MAX that ended are remembered."""
    cdef tp_sim_line line
    cdef const char* status = NULL
    cdef const SimOrder* o = standing(v, id, &status) if r.code == 0 and id != 0 else NULL
    if r.code == 0 and (o == NULL or o.instrument != instrument):
        refuse(r, CODE_NO_ORDER, b"Order does not exist.")
    if r.code != 0:
        answer_refused(v, asked, r, t_ns)
        return
    line_of(v, o, status, o.updated_ns, &line)
    answer_standing(v, asked, &line, t_ns)


cdef inline void replace(
    VenueState* v, const Asked* asked, SimOrder* o, uint64_t id, Refusal* r, int64_t t_ns
) noexcept nogil:
    """Fields and filters were first, then the cancel, then the new order; no cancel, no new order.
    When the cancel succeeded the reply tells both halves, then the events."""
    cdef tp_sim_line old, line
    if r.code != 0:
        answer_refused(v, asked, r, t_ns)
        return
    if not cancel(v, o.instrument, id, asked.name, &old, t_ns):
        answer_stopped(v, asked, t_ns)
        return
    check_market(v, o, r)
    if r.code != 0:
        answer_half(v, asked, &old, r, t_ns)
        emit(v, &old, t_ns)
        return
    accept(v, o, t_ns, &line)
    answer_replaced(v, asked, &old, &line, t_ns)
    emit(v, &old, t_ns)
    match(v, o, t_ns)


cdef inline void read_replace(
    VenueState* v, int32_t venue, const tp_sim_request* q, SimOrder* o, Refusal* r
) noexcept nogil:
    cdef tp_sim_slice mode
    if not param(q, b"cancelReplaceMode", &mode):
        refuse(r, CODE_PARAMETER, b"Mandatory parameter 'cancelReplaceMode' was not sent.")
    elif not slice_is(mode, b"STOP_ON_FAILURE"):
        refuse(r, -1130, b"Data sent for parameter 'cancelReplaceMode' is not valid.")
    else:
        read_order(v, venue, q, o, r)
        if r.code == 0 and v.instruments[o.instrument].info.kind != TP_SPOT:
            refuse(r, CODE_METHOD, b"Unknown method.")


cdef inline bint counted(VenueState* v, const Asked* asked, int64_t t_ns) noexcept nogil:
    """Count a request for a new order; 0 when a window is full: then it was answered."""
    cdef const RateWindow* full
    if v.rates.window_count == 0 or not 0 <= asked.venue < TP_VENUES_MAX:
        return 1
    full = rate_full(&v.rates, asked.venue, t_ns)
    if full != NULL:
        answer_limited(v, asked, full, t_ns)
    return full == NULL


cdef inline void request_text(
    VenueState* v, int32_t venue, const char* text, int64_t t_ns
) noexcept nogil:
    """One zero-terminated request of the venue's API."""
    cdef tp_sim_request q
    cdef SimOrder o
    cdef Asked asked
    cdef Refusal r
    cdef int32_t instrument
    cdef bint sound = request_parse(text, &q)
    r.code = 0
    memset(&asked, 0, sizeof(Asked))
    asked.venue = venue
    asked.id = q.id
    asked.name = q.name
    if not sound:
        refuse(&r, CODE_JSON, b"Invalid JSON Request.")
        answer_refused(v, &asked, &r, t_ns)
    elif slice_is(q.method, b"order.place"):
        if counted(v, &asked, t_ns):
            read_order(v, venue, &q, &o, &r)
            place(v, &asked, &o, &r, t_ns)
    elif slice_is(q.method, b"order.cancel"):
        instrument = find_instrument(v, venue, &q, &r)
        cancel_one(v, &asked, instrument, id_param(&q, b"origClientOrderId"), &r, t_ns)
    elif slice_is(q.method, b"order.cancelReplace"):
        if not rate_replaces(&v.rates, venue) or counted(v, &asked, t_ns):
            read_replace(v, venue, &q, &o, &r)
            replace(v, &asked, &o, id_param(&q, b"cancelOrigClientOrderId"), &r, t_ns)
    elif slice_is(q.method, b"order.status"):
        instrument = find_instrument(v, venue, &q, &r)
        query_one(v, &asked, instrument, id_param(&q, b"origClientOrderId"), &r, t_ns)
    else:
        refuse(&r, CODE_METHOD, b"Unknown method.")
        answer_refused(v, &asked, &r, t_ns)


cdef inline void request_record(VenueState* v, const char* data, int64_t t_ns) noexcept nogil:
    """One request as a record; the codec that wrote it checked its fields."""
    cdef tp_request q
    cdef const tp_instrument* info
    cdef SimOrder o
    cdef Asked asked
    cdef Refusal r
    memcpy(&q, data, sizeof(tp_request))
    r.code = 0
    memset(&asked, 0, sizeof(Asked))
    asked.venue = q.venue
    asked.id.text = asked.name.text = b""
    asked.own = q.client_order_id
    asked.cancels = q.kind == TP_CANCEL
    if asked.cancels:
        cancel_one(v, &asked, q.instrument, q.client_order_id, &r, t_ns)
        return
    if q.kind == TP_QUERY:
        query_one(v, &asked, q.instrument, q.client_order_id, &r, t_ns)
        return
    if not counted(v, &asked, t_ns):
        return
    info = &v.instruments[q.instrument].info
    direct_order(&q, info.kind == TP_SPOT, &o)
    if direct_fits(info, &o):
        check_filters(v, &o, &r)
    else:
        refuse(&r, CODE_FILTER, b"")
    if q.kind == TP_REPLACE:
        replace(v, &asked, &o, q.orig_client_order_id, &r, t_ns)
    else:
        place(v, &asked, &o, &r, t_ns)


cdef inline void venue_request(
    VenueState* v, int32_t venue, const char* data, int64_t t_ns
) noexcept nogil:
    """One request at its arrival: text, zero-terminated, or a record."""
    expire_orders(v, t_ns)
    if v.direct:
        request_record(v, data, t_ns)
    else:
        request_text(v, venue, data, t_ns)
