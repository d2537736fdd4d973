"""Execution algorithms on the order table: a parked parent, one clip of it at the venue at a time.

algorithm.py says the same in words. The algorithm of a parent stands in its flags, its times and
counters in its `Work`; schedules are those of the configuration. Worst case: TP_STRATEGIES_MAX *
TP_VIEW_ORDERS parents a market event of their instrument.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset
from tickpath.core.codes cimport (
    TP_EXECUTE_ALGORITHM, TP_EXECUTE_STATE, TP_EXECUTE_UNKNOWN_ORDER, TP_OK, TP_RISK_NOTIONAL_MIN,
    TP_RISK_QUANTITY_MIN, TP_RISK_QUANTITY_STEP,
)
from tickpath.core.records cimport (
    TP_ALGORITHM_SHIFT, TP_GTC, TP_INSTRUMENTS_MAX, TP_IOC, TP_LIMIT, TP_MARKET, TP_ORDER_PARKED,
    TP_STRATEGIES_MAX, TP_SUBMIT, tp_instrument, tp_intent, tp_order, tp_own_orders,
)
from tickpath.hot.execute.order_table cimport (
    WAIT_CLIPS, WAIT_PAUSED, WAIT_SLICES, Ended, Row, Work, order_leaves, own_show, row_cancel,
    row_query, row_work, table_find,
)
from tickpath.hot.execute.schedule cimport (
    INT64_MAX, PRICE_CROSS, PRICE_REST_THEN_CROSS, Schedule, clip_lots, clip_ticks, next_slice_ns,
    rests_until_ns, target_lots,
)
from tickpath.hot.execute.state cimport ExecuteState

cdef enum:
    FLAGS_BELOW = (1 << TP_ALGORITHM_SHIFT) - 1


cdef inline int32_t number_of(int32_t flags) noexcept nogil:
    """The algorithm that flags name, counted from 1; 0: none."""
    return flags >> TP_ALGORITHM_SHIFT


cdef inline const Schedule* schedule_of(const ExecuteState* e, const tp_order* o) noexcept nogil:
    """The schedule of a parent."""
    return &e.schedules[number_of(o.flags) - 1]


cdef inline int32_t algorithm_code(const ExecuteState* e, const tp_intent* i,
                                   int64_t now_ns) noexcept nogil:
    """Whether an order that an algorithm is to work makes sense."""
    cdef int32_t number = number_of(i.flags)
    cdef const Schedule* s
    if number < 1 or number > e.schedule_count:
        return TP_EXECUTE_ALGORITHM
    s = &e.schedules[number - 1]
    if i.quantity_lots % e.instruments[i.instrument].order_step_lots != 0:
        return TP_RISK_QUANTITY_STEP
    if ((i.type != TP_LIMIT and i.type != TP_MARKET) or i.time_in_force != TP_GTC
            or i.display_lots != 0):
        return TP_EXECUTE_ALGORITHM
    if i.expire_ns == 0:
        if s.slices > 1 or (s.pricing != PRICE_CROSS and s.rest_ns == 0):
            return TP_EXECUTE_ALGORITHM
        return TP_OK
    if i.expire_ns <= now_ns or i.expire_ns <= i.at_ns:
        return TP_EXECUTE_ALGORITHM
    return TP_OK


cdef inline void slice_begins(ExecuteState* e, Row* row, int64_t now_ns) noexcept nogil:
    """A slice begins, or the times have changed: when the next one does."""
    row_query(&e.table, row, next_slice_ns(
        schedule_of(e, &row.order), row.work.start_ns, row.work.expire_ns, now_ns))


cdef inline void algorithm_begin(ExecuteState* e, Row* row, int64_t at_ns,
                                 int64_t now_ns) noexcept nogil:
    """A newly parked parent: its start, and the time of its next slice."""
    cdef Work work = row.work
    work.wait = WAIT_SLICES
    work.armed_lots = 0
    work.start_ns = at_ns if at_ns > now_ns else now_ns
    row_work(&e.table, row, &work)
    slice_begins(e, row, now_ns)


cdef inline void execute_on_trade(ExecuteState* e, int32_t instrument, int64_t lots,
                                  int64_t now_ns) noexcept nogil:
    """A trade of the market counts for every parent at work; a pause saves up nothing."""
    cdef const tp_own_orders* own
    cdef Work* work
    cdef int32_t s, k
    for s in range(TP_STRATEGIES_MAX):
        own = &e.own[s * TP_INSTRUMENTS_MAX + instrument]
        for k in range(own.count):
            work = &table_find(&e.table, own.items[k].client_order_id).work
            if work.wait != WAIT_SLICES or now_ns < work.start_ns:
                continue
            if lots > INT64_MAX - work.market_lots:
                work.market_lots = INT64_MAX
            else:
                work.market_lots += lots


cdef inline int64_t room_of(const ExecuteState* e, const Row* row, int64_t now_ns) noexcept nogil:
    """Lots that may go out now beside those that are done."""
    cdef const Work* work = &row.work
    return target_lots(
        schedule_of(e, &row.order), row.order.quantity_lots, work.start_ns, work.expire_ns,
        now_ns, work.market_lots) - row.order.filled_lots - work.awaited_lots


cdef inline bint clip_of(const ExecuteState* e, const Row* row, int64_t now_ns, int64_t bid_ticks,
                         int64_t ask_ticks, tp_intent* out) noexcept nogil:
    """The next clip of a parent; 0 when it has to wait."""
    cdef const Schedule* s = schedule_of(e, &row.order)
    cdef const tp_order* o = &row.order
    cdef const tp_instrument* instrument = &e.instruments[o.instrument]
    cdef int64_t limit = o.price_ticks if o.type == TP_LIMIT else 0
    cdef bint crosses = s.pricing == PRICE_CROSS or row.work.armed_lots > 0
    cdef int64_t ticks
    cdef int64_t lots = clip_lots(
        s, o.quantity_lots, order_leaves(o) - row.work.awaited_lots, room_of(e, row, now_ns),
        instrument.order_step_lots, instrument.quantity_lots_min)
    if lots == 0:
        return 0
    ticks = clip_ticks(crosses, o.side, limit, bid_ticks, ask_ticks)
    if ticks == 0 and s.pricing != PRICE_CROSS:
        crosses = 0
        ticks = clip_ticks(crosses, o.side, limit, bid_ticks, ask_ticks)
    if ticks == 0:
        return 0
    memset(out, 0, sizeof(tp_intent))
    out.kind = TP_SUBMIT
    out.strategy = o.strategy
    out.instrument = o.instrument
    out.side = o.side
    out.type = TP_LIMIT
    out.time_in_force = TP_IOC if crosses else TP_GTC
    out.flags = o.flags & FLAGS_BELOW
    out.tag = o.tag
    out.price_ticks = ticks
    out.quantity_lots = lots
    out.client_order_id = o.client_order_id
    if not crosses:
        out.expire_ns = rests_until_ns(s, row.work.start_ns, row.work.expire_ns, now_ns)
    return 1


cdef inline void clip_gone(ExecuteState* e, Row* parent, const Ended* clip) noexcept nogil:
    """A clip has left the table: what the venue counted is awaited, what rested crosses next."""
    cdef int64_t left = order_leaves(&clip.order) - clip.awaited_lots
    parent.work.partner = 0
    parent.work.awaited_lots += clip.awaited_lots
    if parent.work.wait != WAIT_SLICES or clip.order.time_in_force != TP_GTC:
        return
    if schedule_of(e, &parent.order).pricing == PRICE_REST_THEN_CROSS:
        parent.work.armed_lots = left if left > 0 else 0


cdef inline void stop_clip(ExecuteState* e, const Row* row) noexcept nogil:
    """The open clip of a parent is to be cancelled."""
    cdef Row* clip = table_find(&e.table, row.work.partner)
    if clip != NULL:
        row_cancel(&e.table, clip, 1)


cdef inline int32_t amend_parent(ExecuteState* e, Row* row, const tp_intent* i,
                                 int64_t now_ns) noexcept nogil:
    """Change quantity, limit, end or tag of a parent; its open clip goes out anew."""
    cdef Work work = row.work
    if number_of(i.flags) != number_of(row.order.flags) or work.cancel:
        return TP_EXECUTE_STATE
    if i.quantity_lots - work.awaited_lots <= row.order.filled_lots:
        return TP_EXECUTE_STATE
    if i.expire_ns != 0 and i.expire_ns <= work.start_ns:
        return TP_EXECUTE_ALGORITHM
    row.order.type = i.type
    row.order.flags = i.flags
    row.order.tag = i.tag
    row.order.price_ticks = i.price_ticks
    row.order.quantity_lots = i.quantity_lots
    work.expire_ns = i.expire_ns
    row_work(&e.table, row, &work)
    slice_begins(e, row, now_ns)
    stop_clip(e, row)
    own_show(&e.table, &row.order)
    return TP_OK


cdef inline int32_t execute_pause(ExecuteState* e, uint64_t id, bint paused) noexcept nogil:
    """Let a parent send no more clips and cancel the open one, or go on."""
    cdef Row* row = table_find(&e.table, id)
    if row == NULL:
        return TP_EXECUTE_UNKNOWN_ORDER
    if row.order.state != TP_ORDER_PARKED or row.work.wait < WAIT_CLIPS:
        return TP_EXECUTE_STATE
    if paused:
        row.work.wait = WAIT_PAUSED   # stays special
        stop_clip(e, row)
    elif row.work.wait == WAIT_PAUSED:
        row.work.wait = WAIT_CLIPS if row.work.display_lots != 0 else WAIT_SLICES
        row.work.armed_lots = 0
    return TP_OK


cdef inline bint outlives(const Row* row, const tp_intent* i, int32_t code) noexcept nogil:
    """Whether a parent outlives the refusal of a clip that is too small: more is still to come."""
    return (row.work.wait == WAIT_SLICES
            and (code == TP_RISK_QUANTITY_MIN or code == TP_RISK_NOTIONAL_MIN)
            and i.quantity_lots < order_leaves(&row.order) - row.work.awaited_lots)
