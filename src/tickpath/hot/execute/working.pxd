"""Orders that work in the engine: stops, trailing stops, icebergs, brackets, OCO, expiries.

working.py says the same in words. A parked order is a row of the order table in the state PARKED;
the steps of an instrument look at its own-orders lists, and only while `special` says that one of
its rows is parked, linked or to be cancelled. Worst case: TP_STRATEGIES_MAX * TP_VIEW_ORDERS rows a
market event; every order of the table a timer.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset
from tickpath.core.codes cimport (
    TP_EXECUTE_ALGORITHM, TP_EXECUTE_EXPIRED, TP_EXECUTE_IDS, TP_EXECUTE_INSTRUMENT_HALTED,
    TP_EXECUTE_LINK, TP_EXECUTE_OUT_FULL, TP_EXECUTE_POSITION_SIDE, TP_EXECUTE_STATE,
    TP_EXECUTE_TABLE_FULL, TP_EXECUTE_TRIGGER, TP_EXECUTE_UNKNOWN_ORDER, TP_OK,
    TP_RISK_BREAKER_DATA_GAP, TP_RISK_BREAKER_VOLATILITY, TP_RISK_BUYING_POWER, TP_RISK_CROSSED,
    TP_RISK_DRAWDOWN_REDUCE, TP_RISK_EXPOSURE_UNKNOWN, TP_RISK_INTENT, TP_RISK_MESSAGE_RATE,
    TP_RISK_OPEN_ORDERS, TP_RISK_OVERFLOW, TP_RISK_PAUSED, TP_RISK_POSITION, TP_RISK_PRICE_GRID,
    TP_RISK_QUANTITY_MIN, TP_RISK_RATE, TP_RISK_SELF_TRADE, TP_RISK_STALE, TP_RISK_VENUE,
    TP_RISK_VENUE_RATE, TP_ROUTE_NO_VENUE,
)
from tickpath.core.fixed cimport add_overflows
from tickpath.core.records cimport (
    TP_ACK_NS_MAX, TP_ALGORITHM_SHIFT, TP_BUY, TP_CANCEL, TP_FOK, TP_GTC, TP_INSTRUMENTS_MAX,
    TP_INTENTS_MAX, TP_LIMIT, TP_LINK_CHILD, TP_LINK_ENTRY, TP_LINK_OCO, TP_MARKET,
    TP_ORDER_EXPIRED, TP_ORDER_LIVE, TP_ORDER_PARKED, TP_ORDER_PENDING_NEW, TP_ORDER_REJECTED,
    TP_ORDER_UNKNOWN, TP_POSITION_LONG, TP_POSITION_SHORT, TP_POST_ONLY, TP_QUERY, TP_QUERY_NS,
    TP_REDUCE_ONLY, TP_REPLACE, TP_REPORT_UNKNOWN, TP_SELL, TP_STOP, TP_STOP_LIMIT,
    TP_STRATEGIES_MAX, TP_SUBMIT, TP_TRAILING_STOP, TP_TRIGGER_BBO, TP_TRIGGER_MID,
    TP_VIEW_ORDERS, tp_intent, tp_intents, tp_order, tp_order_update, tp_own_orders,
    tp_position, tp_report, tp_request,
)
from tickpath.core.reports cimport report_begin
from tickpath.hot.execute.algorithm cimport (
    algorithm_begin, algorithm_code, amend_parent, clip_of, number_of, outlives, slice_begins,
)
from tickpath.hot.execute.apply cimport apply_one
from tickpath.hot.execute.links cimport (
    INT64_MAX, Members, end_parked, has_entry, members_of, stop_member, stop_others,
)
from tickpath.hot.execute.money cimport money_may_send, money_side_fits
from tickpath.hot.execute.order_table cimport (
    ROLE_CLIP, WAIT_CLEAR, WAIT_CLIPS, WAIT_ENTRY, WAIT_NONE, WAIT_NOW, WAIT_PRICE, WAIT_SLICES,
    Row, Work, best_enter, order_leaves, own_show, reserve, row_expire, row_query, row_work,
    table_add,
    table_find,
)
from tickpath.hot.execute.send cimport (
    emit, execute_send, request_of, room_code, send_cancel, send_new,
)
from tickpath.hot.execute.state cimport ExecuteState, notice

cdef enum:                            # of VENUE_ORDERS in core/config.py
    MADE_STOP = 1
    MADE_STOP_LIMIT = 2
    MADE_ICEBERG = 4
    ICEBERG_PARTS_MAX = 10            # Binance spot, filter ICEBERG_PARTS

cdef enum:
    TICKS_MAX_BITS = 60
    FLAGS_SENT = TP_REDUCE_ONLY | TP_POSITION_LONG | TP_POSITION_SHORT
    FLAGS_TRIGGER = TP_TRIGGER_MID | TP_TRIGGER_BBO
    FLAGS_KNOWN = FLAGS_SENT | FLAGS_TRIGGER | 255 << TP_ALGORITHM_SHIFT


cdef inline bint is_stop(int32_t type) noexcept nogil:
    return TP_STOP <= type and type <= TP_TRAILING_STOP


cdef inline int32_t wire_type(int32_t type) noexcept nogil:
    """What a parked order is when it goes out."""
    if type == TP_STOP or type == TP_TRAILING_STOP:
        return TP_MARKET
    return TP_LIMIT if type == TP_STOP_LIMIT else type


cdef inline bint intent_parks(const tp_intent* i) noexcept nogil:
    """Whether a wanted order waits in the engine first."""
    return (i.kind == TP_SUBMIT or i.kind == TP_REPLACE) and (
        is_stop(i.type) or (i.display_lots | number_of(i.flags)) != 0 or i.role == TP_LINK_CHILD)


cdef inline void probe_of(const tp_intent* i, tp_intent* out) noexcept nogil:
    """What risk is asked when such an order is wanted: the same lots at the market, now. Its price
    and whether it reduces are judged when it goes out."""
    out[0] = i[0]
    out.kind = TP_SUBMIT
    out.type = TP_MARKET
    out.time_in_force = TP_GTC
    out.flags = i.flags & (TP_POSITION_LONG | TP_POSITION_SHORT)
    out.price_ticks = 0
    out.client_order_id = 0


cdef inline int32_t park_code(const tp_intent* i, int32_t verdict) noexcept nogil:
    """Whether risk's verdict on the probe keeps the order from parking. One that can only reduce
    never adds to a position or to a loss, whatever its probe looks like: it waits, and is judged as
    what it is when it goes out."""
    if i.flags & TP_REDUCE_ONLY and (
            verdict == TP_RISK_DRAWDOWN_REDUCE or verdict == TP_RISK_POSITION
            or (TP_RISK_EXPOSURE_UNKNOWN <= verdict and verdict <= TP_RISK_BUYING_POWER)):
        return TP_OK
    return verdict


cdef inline int32_t iceberg_code(const tp_intent* i) noexcept nogil:
    if i.display_lots == 0:
        return TP_OK
    if (i.display_lots > 0 and i.display_lots <= i.quantity_lots
            and (i.type == TP_LIMIT or i.type == TP_POST_ONLY) and i.time_in_force == TP_GTC
            and i.role != TP_LINK_CHILD and i.kind == TP_SUBMIT):
        return TP_OK
    return TP_EXECUTE_TRIGGER


cdef inline int32_t shape_code(const ExecuteState* e, const tp_intent* i,
                               int64_t now_ns) noexcept nogil:
    """Whether the fields of a parked order make sense together."""
    cdef int64_t ticks_max = <int64_t>1 << TICKS_MAX_BITS
    if (i.instrument < 0 or i.instrument >= e.instrument_count or i.strategy < 0
            or i.strategy >= TP_STRATEGIES_MAX or (i.side != TP_BUY and i.side != TP_SELL)
            or i.type < TP_LIMIT or i.type > TP_TRAILING_STOP or i.time_in_force < TP_GTC
            or i.time_in_force > TP_FOK or i.role < TP_LINK_OCO or i.role > TP_LINK_CHILD
            or i.flags & ~FLAGS_KNOWN):
        return TP_RISK_INTENT
    if e.codecs[e.instruments[i.instrument].venue].encode == NULL:
        return TP_ROUTE_NO_VENUE
    if not money_side_fits(e.money, i.instrument, i.flags):
        return TP_EXECUTE_POSITION_SIDE
    if i.quantity_lots <= 0:
        return TP_RISK_QUANTITY_MIN
    if i.expire_ns != 0 and i.expire_ns <= now_ns:
        return TP_EXECUTE_EXPIRED
    if i.price_ticks < 0 or i.price_ticks > ticks_max:
        return TP_RISK_PRICE_GRID
    if wire_type(i.type) != TP_MARKET and i.price_ticks == 0:
        return TP_RISK_PRICE_GRID
    if number_of(i.flags) != 0:
        if i.trigger_ticks != 0 or i.flags & FLAGS_TRIGGER or i.role == TP_LINK_CHILD:
            return TP_EXECUTE_ALGORITHM
        return algorithm_code(e, i, now_ns)
    if is_stop(i.type):
        if i.trigger_ticks <= 0 or i.trigger_ticks > ticks_max:
            return TP_EXECUTE_TRIGGER
    elif i.trigger_ticks != 0:
        return TP_EXECUTE_TRIGGER
    if i.flags & TP_TRIGGER_MID and i.flags & TP_TRIGGER_BBO:
        return TP_EXECUTE_TRIGGER
    return iceberg_code(i)


cdef inline int64_t entry_filled(const ExecuteState* e, const tp_intent* i) noexcept nogil:
    """What the open entries of the intent's link have filled, -1 when there is none."""
    cdef const tp_own_orders* own = &e.own[i.strategy * TP_INSTRUMENTS_MAX + i.instrument]
    cdef const Row* row
    cdef int64_t found = -1
    cdef int32_t k
    if i.link == 0:
        return -1
    for k in range(own.count):
        row = table_find(&e.table, own.items[k].client_order_id)
        if row.work.link != i.link or row.work.role != TP_LINK_ENTRY:
            continue
        if found < 0:
            found = 0
        if add_overflows(found, row.order.filled_lots, &found):
            found = INT64_MAX
    return found


cdef inline int32_t wait_of(const tp_intent* i) noexcept nogil:
    """What a newly parked order waits for."""
    if is_stop(i.type):
        return WAIT_PRICE
    return WAIT_CLIPS if i.display_lots != 0 else WAIT_ENTRY


cdef inline int32_t amend(ExecuteState* e, const tp_intent* i, int64_t now_ns) noexcept nogil:
    """Change a parked order where it waits; its id, side, link and role stay."""
    cdef Row* row = table_find(&e.table, i.client_order_id)
    cdef Members others
    cdef Work work
    cdef bint child
    if row == NULL:
        return TP_EXECUTE_UNKNOWN_ORDER
    if (row.order.state != TP_ORDER_PARKED or row.order.instrument != i.instrument
            or row.order.side != i.side or row.order.strategy != i.strategy):
        return TP_EXECUTE_STATE
    if number_of(row.order.flags) != 0:
        return amend_parent(e, row, i, now_ns)
    if ((row.work.wait != WAIT_ENTRY and row.work.wait != WAIT_PRICE)
            or number_of(i.flags) != 0):
        return TP_EXECUTE_STATE
    child = row.work.role == TP_LINK_CHILD
    if not child and not is_stop(i.type):
        return TP_EXECUTE_STATE
    row.order.type = i.type
    row.order.time_in_force = i.time_in_force
    row.order.flags = i.flags
    row.order.tag = i.tag
    row.order.price_ticks = i.price_ticks
    row.order.quantity_lots = i.quantity_lots
    work = row.work
    work.trigger_ticks = i.trigger_ticks
    work.expire_ns = i.expire_ns
    work.extreme2 = 0
    if not child or work.armed_lots > i.quantity_lots:
        work.armed_lots = i.quantity_lots
    work.wait = wait_of(i)
    members_of(e, &row.order, work.link, &others)
    if work.wait == WAIT_ENTRY and not has_entry(e, &others):
        work.wait = WAIT_NOW
    row_work(&e.table, row, &work)
    own_show(&e.table, &row.order)
    return TP_OK


cdef inline void park_row(ExecuteState* e, const tp_intent* i, int64_t armed_lots,
                          int64_t now_ns) noexcept nogil:
    cdef tp_order o
    cdef Work work
    cdef Row* row
    memset(&o, 0, sizeof(tp_order))
    memset(&work, 0, sizeof(Work))
    o.client_order_id = e.id_prefix | (e.id_counter + 1)
    o.instrument = i.instrument
    o.strategy = i.strategy
    o.venue = e.instruments[i.instrument].venue
    o.side = i.side
    o.type = i.type
    o.time_in_force = i.time_in_force
    o.state = TP_ORDER_PARKED
    o.tag = i.tag
    o.price_ticks = i.price_ticks
    o.quantity_lots = i.quantity_lots
    o.t_sent_ns = now_ns
    o.flags = i.flags
    work.trigger_ticks = i.trigger_ticks
    work.expire_ns = i.expire_ns
    work.display_lots = i.display_lots
    work.armed_lots = armed_lots
    work.link = i.link
    work.role = i.role if i.link != 0 else TP_LINK_OCO
    work.wait = wait_of(i)
    e.id_counter += 1
    row = table_add(&e.table, &e.positions[i.instrument], &o, &work)
    if number_of(i.flags) != 0:
        algorithm_begin(e, row, i.at_ns, now_ns)


cdef inline bint venue_makes(const ExecuteState* e, const tp_intent* i) noexcept nogil:
    """Whether the venue makes an order of a special type just as the engine would: alone, watching
    the last trade, in no more parts than the venue takes. One that only reduces stays here: the
    markets that make these types know no such order."""
    cdef int32_t made = e.made[e.instruments[i.instrument].venue]
    cdef int64_t parts
    if made == 0 or i.link != 0 or i.role != TP_LINK_OCO:
        return 0
    if i.flags & ~(TP_POSITION_LONG | TP_POSITION_SHORT):
        return 0
    if i.type == TP_STOP:
        return (made & MADE_STOP) != 0
    if i.type == TP_STOP_LIMIT:
        return (made & MADE_STOP_LIMIT) != 0 and i.time_in_force == TP_GTC
    if i.display_lots == 0 or (made & MADE_ICEBERG) == 0:
        return 0
    parts = (i.quantity_lots - 1) // i.display_lots + 1
    return 1 < parts and parts <= ICEBERG_PARTS_MAX


cdef inline void made_request(const ExecuteState* e, const tp_intent* i,
                              tp_request* out) noexcept nogil:
    """The order as its venue makes it; a stop without a limit has no price and no time in force."""
    memset(out, 0, sizeof(tp_request))
    out.kind = TP_SUBMIT
    out.venue = e.instruments[i.instrument].venue
    out.instrument = i.instrument
    out.strategy = i.strategy
    out.side = i.side
    out.type = i.type
    out.time_in_force = TP_GTC if i.type == TP_STOP else i.time_in_force
    out.flags = i.flags
    out.tag = i.tag
    out.price_ticks = 0 if i.type == TP_STOP else i.price_ticks
    out.quantity_lots = i.quantity_lots
    out.expire_ns = i.expire_ns
    out.trigger_ticks = i.trigger_ticks
    out.display_lots = i.display_lots


cdef inline int32_t execute_park(ExecuteState* e, const tp_intent* i, uint64_t seq,
                                 int64_t now_ns) noexcept nogil:
    """Take over an order that risk accepted: what its venue makes goes there at once, anything else
    waits here. A REPLACE changes a parked one where it waits."""
    cdef tp_request made
    cdef int64_t lots
    cdef int32_t code = shape_code(e, i, now_ns)
    if code != TP_OK:
        return code
    if i.kind == TP_REPLACE:
        return amend(e, i, now_ns)
    if venue_makes(e, i):
        made_request(e, i, &made)
        return execute_send(e, &made, seq, now_ns)
    lots = i.quantity_lots
    if i.role == TP_LINK_CHILD:
        lots = entry_filled(e, i)
        if lots < 0:
            return TP_EXECUTE_LINK
        if lots > i.quantity_lots:
            lots = i.quantity_lots
    code = room_code(e, i.strategy, i.instrument)
    if code == TP_OK:
        park_row(e, i, lots, now_ns)
    return code


cdef inline bint reached(Row* row, int64_t price2) noexcept nogil:
    """Whether a price triggers a stop; a trailing stop follows the best price it has seen."""
    cdef Work* work = &row.work
    cdef bint sells = row.order.side == TP_SELL
    cdef int64_t trigger2 = 2 * work.trigger_ticks
    if row.order.type == TP_TRAILING_STOP:
        if work.extreme2 == 0 or (
                price2 > work.extreme2 if sells else price2 < work.extreme2):
            work.extreme2 = price2
        trigger2 = work.extreme2 - trigger2 if sells else work.extreme2 + trigger2
    return price2 <= trigger2 if sells else price2 >= trigger2


cdef inline void price_row(ExecuteState* e, Row* row, int64_t last_ticks, int64_t mid2,
                           int64_t bbo2) noexcept nogil:
    cdef int64_t price2 = 0
    if row.work.wait != WAIT_PRICE or row.work.armed_lots <= 0:
        return
    if row.order.flags & TP_TRIGGER_MID:
        price2 = mid2
    elif row.order.flags & TP_TRIGGER_BBO:
        price2 = bbo2
    elif last_ticks <= <int64_t>1 << TICKS_MAX_BITS:
        price2 = 2 * last_ticks
    if price2 > 0 and reached(row, price2):
        row.work.wait = WAIT_CLEAR
        stop_others(e, &row.order, row.work.link)


cdef inline void execute_on_price(ExecuteState* e, int32_t instrument, int64_t last_ticks,
                                  int64_t mid2, int64_t bbo2) noexcept nogil:
    """A market event of an instrument whose book is good: the last trade, twice the book's mid,
    twice the mid of the venue's best bid and offer; 0 where there is none."""
    cdef uint64_t ids[TP_VIEW_ORDERS]
    cdef const tp_own_orders* own
    cdef Row* row
    cdef int32_t s, k, count
    if e.table.special[instrument] == 0:
        return
    for s in range(TP_STRATEGIES_MAX):
        own = &e.own[s * TP_INSTRUMENTS_MAX + instrument]
        count = own.count
        for k in range(count):
            ids[k] = own.items[k].client_order_id
        for k in range(count):
            row = table_find(&e.table, ids[k])
            if row != NULL:
                price_row(e, row, last_ticks, mid2, bbo2)


cdef inline void query_row(ExecuteState* e, Row* row, uint64_t seq, int64_t now_ns) noexcept nogil:
    """Ask what became of an unknown order or of one whose cancel was refused; any other that nobody
    answered becomes unknown."""
    cdef tp_request wire
    cdef tp_report report
    cdef tp_order_update update
    row_query(&e.table, row, now_ns + TP_QUERY_NS)
    if row.order.state == TP_ORDER_UNKNOWN or row.order.state == TP_ORDER_LIVE:
        request_of(&row.order, TP_QUERY, &wire)
        emit(e, &wire, seq, now_ns)
        return
    report_begin(&report, TP_REPORT_UNKNOWN, row.order.client_order_id)
    apply_one(e, &report, seq, now_ns, &update)
    notice(e, &row.order, order_leaves(&row.order))


cdef inline void execute_expire(ExecuteState* e, uint64_t seq, int64_t now_ns) noexcept nogil:
    """Orders end at their time; requests that nobody answered become unknown, unknown ones and
    those whose cancel was refused are asked after; algorithms go on to their next slice. By time,
    then id."""
    cdef Row* row
    while e.table.due.count > 0 and e.table.due.entries[0].at_ns <= now_ns:
        row = &e.table.rows[e.table.due.entries[0].slot]
        if row.work.expire_ns != 0 and row.work.expire_ns <= now_ns:
            row_expire(&e.table, row, 0)
            if row.order.state == TP_ORDER_PARKED and row.work.partner == 0:
                end_parked(e, row, TP_ORDER_EXPIRED)
                continue
            stop_member(e, row)
        if row.work.query_ns != 0 and row.work.query_ns <= now_ns:
            if row.order.state == TP_ORDER_PARKED:
                slice_begins(e, row, now_ns)
            else:
                query_row(e, row, seq, now_ns)


cdef inline int64_t execute_next_expiry(const ExecuteState* e) noexcept nogil:
    """When `execute_expire` is wanted, the end of time when never."""
    return e.table.due.entries[0].at_ns if e.table.due.count > 0 else INT64_MAX


cdef inline void intent_of(const tp_order* o, int32_t kind, int64_t lots,
                           tp_intent* out) noexcept nogil:
    """What risk is asked: the order as the venue will see it. `client_order_id` is its row's."""
    memset(out, 0, sizeof(tp_intent))
    out.kind = kind
    out.strategy = o.strategy
    out.instrument = o.instrument
    out.client_order_id = o.client_order_id
    if kind == TP_CANCEL:
        return
    out.side = o.side
    out.type = wire_type(o.type)
    out.time_in_force = o.time_in_force
    out.flags = o.flags & FLAGS_SENT
    out.tag = o.tag
    out.price_ticks = o.price_ticks
    out.quantity_lots = lots


cdef inline bint at_venue(ExecuteState* e, const Row* row) noexcept nogil:
    """Whether another order of the row's link, or a clip of one, is at the venue."""
    cdef Members others
    cdef const Row* other
    cdef int32_t k
    members_of(e, &row.order, row.work.link, &others)
    for k in range(others.count):
        other = table_find(&e.table, others.ids[k])
        if other.order.state != TP_ORDER_PARKED or other.work.partner != 0:
            return 1
    return 0


cdef inline bint step_of(ExecuteState* e, const Row* row, tp_intent* out) noexcept nogil:
    """The next thing to send for an order; 0 when it has to wait."""
    cdef int64_t lots
    if row.order.state != TP_ORDER_PARKED:
        if row.work.cancel and (row.order.state == TP_ORDER_PENDING_NEW
                                or row.order.state == TP_ORDER_LIVE):
            intent_of(&row.order, TP_CANCEL, 0, out)
            return 1
        return 0
    if row.work.wait == WAIT_CLIPS and row.work.partner == 0:
        lots = order_leaves(&row.order) - row.work.awaited_lots
        if row.work.display_lots < lots:
            lots = row.work.display_lots
        if lots <= 0:
            return 0
        intent_of(&row.order, TP_SUBMIT, lots, out)
        return 1
    if row.work.wait == WAIT_CLEAR:
        if at_venue(e, row):
            return 0
    elif row.work.wait != WAIT_NOW:
        return 0
    intent_of(&row.order, TP_SUBMIT, row.work.armed_lots, out)
    return 1


cdef inline void execute_due(ExecuteState* e, int32_t instrument, int64_t now_ns,
                             int64_t bid_ticks, int64_t ask_ticks,
                             tp_intents* out) noexcept nogil:
    """What is to be sent for the orders of an instrument, as intents; at most a buffer full. The
    touch of a good book prices clips, 0: none."""
    cdef const tp_own_orders* own
    cdef const Row* row
    cdef tp_intent* next
    cdef int32_t s, k
    out.count = 0
    out.overflow = 0
    if e.table.special[instrument] == 0:
        return
    for s in range(TP_STRATEGIES_MAX):
        own = &e.own[s * TP_INSTRUMENTS_MAX + instrument]
        for k in range(own.count):
            if out.count == TP_INTENTS_MAX:
                return
            row = table_find(&e.table, own.items[k].client_order_id)
            next = &out.items[out.count]
            if row.work.wait == WAIT_SLICES and row.work.partner == 0:
                out.count += clip_of(e, row, now_ns, bid_ticks, ask_ticks, next)
            else:
                out.count += step_of(e, row, next)


cdef inline int32_t send_clip(ExecuteState* e, Row* row, const tp_intent* i, uint64_t seq,
                              int64_t now_ns) noexcept nogil:
    """One clip of a parent: an ordinary order with an id of its own."""
    cdef tp_request r
    cdef Row* clip
    cdef Work work
    cdef int32_t code
    request_of(&row.order, TP_SUBMIT, &r)
    r.type = i.type
    r.time_in_force = i.time_in_force
    r.flags = i.flags
    r.price_ticks = i.price_ticks
    r.quantity_lots = i.quantity_lots
    r.expire_ns = i.expire_ns
    r.client_order_id = 0
    code = send_new(e, &r, seq, now_ns)
    if code != TP_OK:
        return code
    clip = table_find(&e.table, r.client_order_id)
    work = clip.work
    work.partner = row.order.client_order_id
    work.role = ROLE_CLIP
    row_work(&e.table, clip, &work)
    row.work.partner = r.client_order_id
    row.work.armed_lots = 0
    return TP_OK


cdef inline int32_t send_parked(ExecuteState* e, Row* row, const tp_intent* i, uint64_t seq,
                                int64_t now_ns) noexcept nogil:
    """The parked order itself goes out, under the id it has had since it was wanted."""
    cdef tp_request wire
    cdef tp_position* p = &e.positions[row.order.instrument]
    cdef Work work = row.work
    cdef int64_t total
    cdef int32_t code
    if add_overflows(p.open_buy_lots if row.order.side == TP_BUY else p.open_sell_lots,
                     i.quantity_lots, &total):
        return TP_RISK_OVERFLOW
    request_of(&row.order, TP_SUBMIT, &wire)
    wire.type = i.type
    wire.flags = i.flags
    wire.quantity_lots = i.quantity_lots
    code = emit(e, &wire, seq, now_ns)
    if code != TP_OK:
        return code
    row.order.type = wire.type
    row.order.flags = wire.flags
    row.order.quantity_lots = wire.quantity_lots
    row.order.state = TP_ORDER_PENDING_NEW
    row.order.t_sent_ns = now_ns
    work.wait = WAIT_NONE
    work.query_ns = now_ns + TP_ACK_NS_MAX
    row_work(&e.table, row, &work)
    reserve(&e.table, p, &row.order, row.order.quantity_lots)
    p.open_order_count += 1
    own_show(&e.table, &row.order)
    best_enter(&e.table, &row.order)
    return TP_OK


cdef inline int32_t execute_send_due(ExecuteState* e, const tp_intent* i, uint64_t seq,
                                     int64_t now_ns) noexcept nogil:
    """Send what risk accepted: a cancel, the parked order itself or the next clip of a parent."""
    cdef Row* row
    if i.kind == TP_CANCEL:
        return send_cancel(e, i.client_order_id, seq, now_ns)
    row = table_find(&e.table, i.client_order_id)
    if row == NULL or row.order.state != TP_ORDER_PARKED:
        return TP_EXECUTE_UNKNOWN_ORDER
    if not money_may_send(e.money, row.order.instrument):
        return TP_EXECUTE_INSTRUMENT_HALTED
    if row.work.wait >= WAIT_CLIPS:
        return send_clip(e, row, i, seq, now_ns)
    return send_parked(e, row, i, seq, now_ns)


cdef inline bint refusal_passes(int32_t code) noexcept nogil:
    """Whether the reason of a refusal goes away by itself."""
    return (code == TP_RISK_RATE or code == TP_RISK_VENUE_RATE or code == TP_RISK_MESSAGE_RATE
            or code == TP_RISK_STALE or code == TP_RISK_CROSSED or code == TP_RISK_VENUE
            or code == TP_RISK_SELF_TRADE or code == TP_RISK_OPEN_ORDERS
            or code == TP_RISK_PAUSED or code == TP_ROUTE_NO_VENUE or code == TP_EXECUTE_OUT_FULL
            or code == TP_EXECUTE_INSTRUMENT_HALTED
            or (TP_RISK_BREAKER_DATA_GAP <= code and code <= TP_RISK_BREAKER_VOLATILITY))


cdef inline void execute_refuse(ExecuteState* e, const tp_intent* i, int32_t code) noexcept nogil:
    """Risk, the router or the venue's codec refused what was due: the order ends, unless the reason
    passes by itself: then it is tried again at the next event of its instrument."""
    cdef Row* row = table_find(&e.table, i.client_order_id)
    if row == NULL or row.order.state != TP_ORDER_PARKED:
        return
    if refusal_passes(code) or outlives(row, i, code):
        return
    end_parked(e, row, TP_ORDER_REJECTED)
