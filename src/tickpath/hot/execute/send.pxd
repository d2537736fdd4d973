"""The way out: a request is checked, encoded, recorded and entered in the table, in this order.

A replace is one request where the venue can (`codec.replaces`). Elsewhere the cancel goes out, the
new order waits in the table (held, reserved, not sent) and `release_held` sends it in the input
that brings the cancel ack; any other outcome drops it. A cancel of a parked order ends it on the
spot.
Worst case: one encode and one row.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint64_t
from libc.string cimport memcpy
from tickpath.core.codes cimport (
    TP_EXECUTE_EXPIRED, TP_EXECUTE_IDS, TP_EXECUTE_INSTRUMENT_HALTED, TP_EXECUTE_OUT_FULL,
    TP_EXECUTE_POSITION_SIDE, TP_EXECUTE_STATE, TP_EXECUTE_TABLE_FULL, TP_EXECUTE_UNKNOWN_ORDER,
    TP_OK, TP_RISK_INSTRUMENT, TP_RISK_INTENT, TP_RISK_OVERFLOW, TP_RISK_QUANTITY_MIN,
    TP_ROUTE_NO_VENUE,
)
from tickpath.core.fixed cimport add_overflows
from tickpath.core.hint cimport tp_unlikely
from tickpath.core.records cimport (
    TP_ACK_NS_MAX, TP_BUY, TP_CANCEL, TP_DECISIONS_MAX, TP_INSTRUMENTS_MAX, TP_ORDER_BYTES_MAX,
    TP_ORDER_CANCELLED, TP_ORDER_LIVE, TP_ORDER_PARKED, TP_ORDER_PENDING_CANCEL,
    TP_ORDER_PENDING_NEW, TP_ORDER_PENDING_REPLACE, TP_ORDER_REJECTED, TP_ORDER_UNKNOWN,
    TP_OUT_BYTES_MAX, TP_POSITION_LONG, TP_POSITION_SHORT, TP_REPLACE, TP_SELL, TP_STOP,
    TP_STRATEGIES_MAX, TP_SUBMIT, TP_VIEW_ORDERS, tp_codec, tp_decision, tp_order,
    tp_out_header, tp_own_orders, tp_position, tp_request,
)
from tickpath.hot.execute.links cimport end_order, end_parked, stop_member
from tickpath.hot.execute.money cimport money_may_send, money_side_fits
from tickpath.hot.execute.order_table cimport (
    WAIT_NONE, Row, Work, order_leaves, own_show, row_query, row_work, table_enter,
    table_find, table_place,
)
from tickpath.hot.execute.state cimport ExecuteState

cdef enum:
    COUNTER_MAX = 0xFFFFFFFF


cdef inline int32_t emit(ExecuteState* e, const tp_request* wire, uint64_t seq,
                         int64_t now_ns) noexcept nogil:
    """Encode one request behind the others and record the decision, or change nothing."""
    cdef tp_out_header header
    cdef tp_decision* d
    cdef int32_t bytes
    cdef const tp_codec* codec = &e.codecs[wire.venue]
    cdef int64_t head = <int64_t>sizeof(tp_out_header)
    if tp_unlikely(e.decision_count >= TP_DECISIONS_MAX):
        return TP_EXECUTE_OUT_FULL
    if tp_unlikely(e.out_bytes + head + TP_ORDER_BYTES_MAX > TP_OUT_BYTES_MAX):
        return TP_EXECUTE_OUT_FULL
    bytes = codec.encode(codec.context, wire, now_ns, e.out + e.out_bytes + head)
    if tp_unlikely(bytes <= 0):
        return -bytes if bytes < 0 else TP_EXECUTE_STATE
    header.venue = wire.venue
    header.bytes = bytes
    header.client_order_id = wire.client_order_id
    memcpy(e.out + e.out_bytes, &header, sizeof(tp_out_header))
    e.out_bytes += head + bytes
    d = &e.decisions[e.decision_count]
    e.decision_count += 1
    d.seq = seq
    d.client_order_id = wire.client_order_id
    d.orig_client_order_id = wire.orig_client_order_id
    d.price_ticks = wire.price_ticks
    d.quantity_lots = wire.quantity_lots
    d.instrument = wire.instrument
    d.venue = wire.venue
    d.kind = <int16_t>wire.kind
    d.side = <int16_t>wire.side
    d.type = <int16_t>wire.type
    d.time_in_force = <int16_t>wire.time_in_force
    d.strategy = wire.strategy
    d.flags = wire.flags
    return TP_OK


cdef inline void request_of(const tp_order* o, int32_t kind, tp_request* out) noexcept nogil:
    """A request that says what is known of an order: new orders held back, and cancels."""
    out.kind = kind
    out.venue = o.venue
    out.instrument = o.instrument
    out.strategy = o.strategy
    out.side = o.side
    out.type = o.type
    out.time_in_force = o.time_in_force
    out.flags = o.flags
    out.tag = o.tag
    out.link = 0
    out.role = 0
    out.reserved = 0
    out.expire_ns = 0
    out.trigger_ticks = 0
    out.display_lots = 0
    out.price_ticks = o.price_ticks
    out.quantity_lots = o.quantity_lots if kind == TP_SUBMIT else order_leaves(o)
    out.client_order_id = o.client_order_id
    out.orig_client_order_id = 0


cdef inline int32_t room_code(const ExecuteState* e, int32_t strategy,
                              int32_t instrument) noexcept nogil:
    """Whether the tables and the ids have room for one more order."""
    if tp_unlikely(e.table.free_count == 0):
        return TP_EXECUTE_TABLE_FULL
    if e.own[strategy * TP_INSTRUMENTS_MAX + instrument].count >= TP_VIEW_ORDERS:
        return TP_EXECUTE_TABLE_FULL
    return TP_EXECUTE_IDS if e.id_counter >= <uint64_t>COUNTER_MAX else TP_OK


cdef inline int32_t new_allowed(const ExecuteState* e, const tp_request* r,
                                int64_t now_ns) noexcept nogil:
    """Whether a new order of the request fits the tables and the numbers."""
    cdef const tp_position* p = &e.positions[r.instrument]
    cdef int64_t total
    cdef int64_t open_lots = p.open_buy_lots if r.side == TP_BUY else p.open_sell_lots
    cdef int32_t code
    if tp_unlikely(r.quantity_lots <= 0):
        return TP_RISK_QUANTITY_MIN
    if tp_unlikely(r.expire_ns != 0 and r.expire_ns <= now_ns):
        return TP_EXECUTE_EXPIRED
    code = room_code(e, r.strategy, r.instrument)
    if code == TP_OK and add_overflows(open_lots, r.quantity_lots, &total):
        return TP_RISK_OVERFLOW
    return code


cdef inline Row* enter_new(ExecuteState* e, const tp_request* r, uint64_t id,
                           int64_t sent_ns) noexcept nogil:
    """The row of a new order, written where it stays; its id counts as used from here on."""
    cdef Row* row = table_place(&e.table)
    cdef tp_order* o = &row.order
    cdef Work* work = &row.work
    work.trigger_ticks = r.trigger_ticks
    work.expire_ns = r.expire_ns
    work.query_ns = sent_ns + TP_ACK_NS_MAX
    work.display_lots = r.display_lots
    work.extreme2 = 0
    work.armed_lots = 0
    work.busted_lots = 0
    work.start_ns = 0
    work.market_lots = 0
    work.awaited_lots = 0
    work.partner = 0
    work.link = r.link
    work.role = r.role if r.link != 0 else 0
    work.wait = WAIT_NONE
    work.cancel = 0
    o.client_order_id = id
    o.venue_order_id = 0
    o.instrument = r.instrument
    o.strategy = r.strategy
    o.venue = r.venue
    o.side = r.side
    o.type = r.type
    o.time_in_force = r.time_in_force
    o.state = TP_ORDER_PENDING_NEW
    o.tag = r.tag
    o.price_ticks = r.price_ticks
    o.quantity_lots = r.quantity_lots
    o.filled_lots = 0
    o.t_sent_ns = sent_ns
    o.replaced_by = 0
    o.flags = r.flags
    o.reserved = 0
    e.id_counter += 1
    table_enter(&e.table, &e.positions[r.instrument], row)
    return row


cdef inline int32_t send_new(ExecuteState* e, tp_request* r, uint64_t seq,
                             int64_t now_ns) noexcept nogil:
    cdef uint64_t given = r.client_order_id
    cdef uint64_t given_orig = r.orig_client_order_id
    cdef int32_t code = new_allowed(e, r, now_ns)
    if tp_unlikely(code != TP_OK):
        return code
    r.client_order_id = e.id_prefix | (e.id_counter + 1)
    r.orig_client_order_id = 0
    code = emit(e, r, seq, now_ns)
    if tp_unlikely(code != TP_OK):
        r.client_order_id = given
        r.orig_client_order_id = given_orig
        return code
    enter_new(e, r, r.client_order_id, now_ns)
    return TP_OK


cdef inline void withdraw_held(ExecuteState* e, Row* row) noexcept nogil:
    """Drop a held order; the cancel of the one it was to replace stays under way."""
    cdef Row* replaced = table_find(&e.table, row.replaces)
    if replaced != NULL and replaced.order.replaced_by == row.order.client_order_id:
        replaced.order.replaced_by = 0
        if replaced.order.state == TP_ORDER_PENDING_REPLACE:
            replaced.order.state = TP_ORDER_PENDING_CANCEL
            own_show(&e.table, &replaced.order)
    end_order(e, row, TP_ORDER_CANCELLED, -1)


cdef inline void drop_one(ExecuteState* e, uint64_t id, bint parked) noexcept nogil:
    """End an order when it waits for a cancel ack or, with `parked`, in the engine."""
    cdef Row* row = table_find(&e.table, id)
    cdef Work work
    if row == NULL:
        return
    if row.held:
        withdraw_held(e, row)
    elif parked and row.order.state == TP_ORDER_PARKED:
        work = row.work
        work.wait = WAIT_NONE
        work.link = 0
        row_work(&e.table, row, &work)
        end_order(e, row, TP_ORDER_CANCELLED, -1)


cdef inline void execute_drop_held(ExecuteState* e, int32_t instrument,
                                   bint parked) noexcept nogil:
    """End every order of an instrument (-1: of all) that waits for a cancel ack and, with `parked`,
    those that wait in the engine. By strategy, then instrument, then age."""
    cdef uint64_t ids[TP_VIEW_ORDERS]
    cdef const tp_own_orders* own
    cdef int32_t s, i, k, count
    for s in range(TP_STRATEGIES_MAX):
        for i in range(e.instrument_count):
            if instrument >= 0 and i != instrument:
                continue
            own = &e.own[s * TP_INSTRUMENTS_MAX + i]
            count = own.count
            for k in range(count):
                ids[k] = own.items[k].client_order_id
            for k in range(count):
                drop_one(e, ids[k], parked)


cdef inline int32_t send_cancel(ExecuteState* e, uint64_t id, uint64_t seq,
                                int64_t now_ns) noexcept nogil:
    """Cancel an order at the venue, or end one that never went there."""
    cdef tp_request wire
    cdef int32_t code
    cdef Row* row = table_find(&e.table, id)
    if row == NULL:
        return TP_EXECUTE_UNKNOWN_ORDER
    if row.held:
        withdraw_held(e, row)
        return TP_OK
    if row.order.state == TP_ORDER_PARKED:
        if row.work.partner == 0:
            end_parked(e, row, TP_ORDER_CANCELLED)
            return TP_OK
        stop_member(e, row)
        code = send_cancel(e, row.work.partner, seq, now_ns)
        return TP_OK if code == TP_EXECUTE_STATE else code
    if (row.order.state == TP_ORDER_PENDING_CANCEL
            or row.order.state == TP_ORDER_PENDING_REPLACE):
        return TP_EXECUTE_STATE
    request_of(&row.order, TP_CANCEL, &wire)
    code = emit(e, &wire, seq, now_ns)
    if code != TP_OK:
        return code
    if row.order.state != TP_ORDER_UNKNOWN:
        row.order.state = TP_ORDER_PENDING_CANCEL
        row_query(&e.table, row, now_ns + TP_ACK_NS_MAX)
        own_show(&e.table, &row.order)
    return TP_OK


cdef inline int32_t send_replace(ExecuteState* e, tp_request* r, uint64_t seq,
                                 int64_t now_ns) noexcept nogil:
    """Only a live order of the same instrument, side, strategy and venue is replaced, and none of
    a special type that the venue makes. The new one inherits its link."""
    cdef tp_request wire = r[0]
    cdef Work work
    cdef int32_t code
    cdef uint64_t id = e.id_prefix | (e.id_counter + 1)
    cdef Row* added
    cdef Row* row = table_find(&e.table, r.orig_client_order_id)
    if row == NULL:
        return TP_EXECUTE_UNKNOWN_ORDER
    if (row.order.state != TP_ORDER_LIVE or row.order.instrument != r.instrument
            or row.order.strategy != r.strategy or row.order.venue != r.venue
            or row.order.side != r.side or row.work.partner != 0):
        return TP_EXECUTE_STATE
    if (row.order.flags ^ r.flags) & (TP_POSITION_LONG | TP_POSITION_SHORT):
        return TP_EXECUTE_POSITION_SIDE
    if row.order.type >= TP_STOP or row.work.display_lots != 0:
        return TP_EXECUTE_STATE
    code = new_allowed(e, r, now_ns)
    if code != TP_OK:
        return code
    if e.codecs[r.venue].replaces:
        wire.client_order_id = id
    else:
        request_of(&row.order, TP_CANCEL, &wire)
    code = emit(e, &wire, seq, now_ns)
    if code != TP_OK:
        return code
    added = enter_new(e, r, id, now_ns)
    added.replaces = row.order.client_order_id
    added.held = not e.codecs[r.venue].replaces
    work = added.work
    work.link = row.work.link
    work.role = row.work.role
    if added.held:
        work.query_ns = 0
    row_work(&e.table, added, &work)
    row.order.replaced_by = id
    row.order.state = TP_ORDER_PENDING_REPLACE
    row_query(&e.table, row, now_ns + TP_ACK_NS_MAX)
    own_show(&e.table, &row.order)
    r.client_order_id = id
    return TP_OK


cdef inline int32_t release_held(ExecuteState* e, Row* row, uint64_t seq,
                                 int64_t now_ns) noexcept nogil:
    """Send a held order; when that fails it is dropped and the code says why."""
    cdef tp_request wire
    cdef int32_t code
    request_of(&row.order, TP_SUBMIT, &wire)
    code = TP_EXECUTE_INSTRUMENT_HALTED
    if money_may_send(e.money, row.order.instrument):
        code = emit(e, &wire, seq, now_ns)
    if code != TP_OK:
        end_order(e, row, TP_ORDER_REJECTED, -1)
        return code
    row.held = 0
    row.replaces = 0
    row.order.t_sent_ns = now_ns
    row_query(&e.table, row, now_ns + TP_ACK_NS_MAX)
    return TP_OK


cdef inline int32_t execute_send(ExecuteState* e, tp_request* request, uint64_t seq,
                                 int64_t now_ns) noexcept nogil:
    """Send a request. SUBMIT and REPLACE get their client order id here. Returns a code; when it is
    not TP_OK nothing was sent and nothing changed."""
    if request.kind == TP_CANCEL:
        return send_cancel(e, request.client_order_id, seq, now_ns)
    if request.kind != TP_SUBMIT and request.kind != TP_REPLACE:
        return TP_RISK_INTENT
    if tp_unlikely(request.venue < 0 or request.venue >= e.venue_count):
        return TP_ROUTE_NO_VENUE
    if tp_unlikely(e.codecs[request.venue].encode == NULL):
        return TP_ROUTE_NO_VENUE
    if tp_unlikely(request.instrument < 0 or request.instrument >= e.instrument_count):
        return TP_RISK_INSTRUMENT
    if tp_unlikely(request.strategy < 0 or request.strategy >= TP_STRATEGIES_MAX):
        return TP_RISK_INTENT
    if tp_unlikely(request.side != TP_BUY and request.side != TP_SELL):
        return TP_RISK_INTENT
    if tp_unlikely(not money_may_send(e.money, request.instrument)):
        return TP_EXECUTE_INSTRUMENT_HALTED
    if tp_unlikely(not money_side_fits(e.money, request.instrument, request.flags)):
        return TP_EXECUTE_POSITION_SIDE
    if request.kind == TP_SUBMIT:
        return send_new(e, request, seq, now_ns)
    return send_replace(e, request, seq, now_ns)
