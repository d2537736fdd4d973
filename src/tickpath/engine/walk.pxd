"""State of the fused walk and the verbs around it: enter, leave, journal, what risk may read.

One `Walk` an engine, built by native.pyx from the stages' own handles; every pointer is owned
there. No allocation, no lock, no Python object.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy, memset
from tickpath.core.clock cimport stamp_end
from tickpath.core.codes cimport (
    TP_ENGINE_CLOCK,
    TP_ENGINE_JOURNAL_FULL,
    TP_EXECUTE_LEDGER,
    TP_EXECUTE_OUT_FULL,
    TP_EXECUTE_OVERFILL,
    TP_OK,
    TP_ROUTE_NO_VENUE,
)
from tickpath.core.hint cimport tp_likely, tp_unlikely
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_BUY,
    TP_CANCEL,
    TP_EVENT_ORDER,
    TP_EVENT_TRADE,
    TP_FEATURES_MAX,
    TP_INPUT_SLOT,
    TP_INSTRUMENTS_MAX,
    TP_INTENTS_MAX,
    TP_NOTICES_MAX,
    TP_ORDER_LIVE,
    TP_ORDER_PARKED,
    TP_ORDER_PENDING_NEW,
    TP_ORDER_UNKNOWN,
    TP_REPORT_UNKNOWN,
    TP_SELL,
    tp_book_top,
    tp_intent,
    tp_intents,
    tp_open_order,
    tp_order_update,
    tp_out_header,
    tp_own_orders,
    tp_position,
    tp_report,
    tp_request,
    tp_view,
)
from tickpath.engine.latency cimport Histogram, histogram_record
from tickpath.engine.portfolio cimport PortfolioDoors, portfolio_mark, portfolio_publish
from tickpath.hot.book.native cimport BookState
from tickpath.hot.execute.hedge cimport closes_leg
from tickpath.hot.execute.native cimport execute_begin, execute_equity
from tickpath.hot.execute.order_table cimport Ended, Row, table_find, table_find_ended
from tickpath.hot.execute.send cimport execute_drop_held, execute_send
from tickpath.hot.execute.state cimport ExecuteState, Notice, execute_notice
from tickpath.hot.execute.algorithm cimport execute_on_trade
from tickpath.hot.execute.working cimport (
    execute_due,
    execute_next_expiry,
    execute_on_price,
    execute_park,
    execute_refuse,
    execute_send_due,
    intent_parks,
    park_code,
    probe_of,
)
from tickpath.hot.features.native cimport FeaturesState
from tickpath.hot.feed.native cimport FeedState
from tickpath.hot.model.lane cimport (
    LaneAnswer,
    LaneState,
    lane_answer,
    lane_answer_bytes,
    lane_score,
)
from tickpath.hot.model.native cimport ModelState, model_catch_up
from tickpath.hot.risk.control.native cimport (
    SWEEP_CANCEL,
    SWEEP_NONE,
    WATCH_PORTFOLIO,
    WATCH_STRATEGIES,
    WATCH_TOTAL,
    ControlState,
    control_event,
    control_filled,
    control_marked,
    control_next_timer,
    control_pending,
    control_set_limit,
    control_tick,
    control_total,
)
from tickpath.hot.risk.control.rule cimport ON_GAP, ON_MARKET, ON_REPORT, ON_TIMER, ControlEvent
from tickpath.hot.risk.limits cimport LIMIT_COUNT
from tickpath.hot.risk.native cimport (
    risk_kill,
    risk_validate,
    risk_validate_moved,
)
from tickpath.hot.risk.portfolio.native cimport (
    PortfolioAnswer,
    PortfolioState,
    portfolio_answer,
    portfolio_grid,
    portfolio_market,
)
from tickpath.hot.risk.state cimport RiskState
from tickpath.engine.sampling cimport Sampling, sampling_now
from tickpath.engine.split cimport SplitOrder, SplitStages, hand_over_tokens
from tickpath.hot.route.native cimport (
    RouteState,
    instrument_usable,
    route_pick,
)
from tickpath.hot.strategy.native cimport (
    StrategiesState,
    strategies_evaluate,
    strategies_next_timer,
)
from tickpath.lanes.atomics cimport load_acquire
from tickpath.lanes.journal cimport JournalState, journal_append
from tickpath.lanes.slot cimport SLOT_READ, SlotState, slot_read, tp_slot_stamp

cdef enum:
    CODES_MAX = 1000
    RECORD_OUT = 6
    SLOT_LIMITS = 0                # source of a slot input: which slot
    SLOT_ANSWERS = 1
    SLOT_SCORES = 2
    POLICY_KEEP = 0
    POLICY_CANCEL = 1
    POLICY_REDUCE = 2
    POLICY_KILL = 3                # cancel, and ask for orders of an unknown state too
    STAMPS_MAX = 9                 # start, six stages, route and execute, journal

cdef struct LimitsValue:           # what the limits slot holds; -1 leaves a limit as it is
    uint64_t version
    int64_t limits[LIMIT_COUNT]

cdef struct Before:                # of an order, before a report
    int64_t fee_units              # of its instrument's position
    int64_t sent_ns                # -1 unless it waits for its first answer

ctypedef void (*send_split_fn)(void* walk) noexcept nogil

cdef struct Walk:
    # the stages, in order
    FeedState* feed
    BookState** books
    FeaturesState** features
    ModelState** models
    int64_t models_behind          # 1: some leave work for later
    StrategiesState* strategies
    RiskState* risk
    ControlState* control
    PortfolioState* portfolio
    RouteState* route
    ExecuteState* execute
    JournalState* journal          # NULL: no journal
    int64_t slots_attached         # 1: any of those below
    const SlotState* limits_slot   # NULL: none; sampled once at the entry of an input
    uint64_t limits_sequence       # of the slot, as seen last
    PortfolioDoors doors
    LaneState* lane
    # sizes and policy, fixed at start
    int32_t instrument_count
    int32_t strategy_count
    int32_t currency_count
    int32_t stale_policy
    int32_t portfolio_currency
    # what the walk remembers
    uint64_t seq
    int64_t now_ns
    int32_t halted
    int32_t venue_of_frame
    tp_view* views                 # one an instrument
    double* rows                   # TP_FEATURES_MAX an instrument
    int32_t* widths
    int32_t* levels
    int64_t* last_market_ns
    int64_t codes[CODES_MAX]
    # scratch of one input
    tp_intents intents
    int32_t verdicts[TP_INTENTS_MAX]
    Sampling sampling              # what risk reads
    tp_request requests[TP_INTENTS_MAX]
    tp_intents waiting             # wanted orders that park; what parked orders have due
    # routes and sends a batch whose orders may be split; NULL: none is, at the cost of a test
    send_split_fn send_split
    SplitOrder splits[TP_INTENTS_MAX]
    int64_t* stamps                # NULL, or STAMPS_MAX time stamps of the input in hand
    Histogram* latency             # one a stage and one for the whole market input


cdef inline void stamp(Walk* w, int32_t stage) noexcept nogil:
    """Time at the end of a stage, only when somebody measures."""
    if tp_unlikely(w.stamps != NULL):
        w.stamps[stage] = <int64_t>stamp_end()


cdef inline void stamps_fold(Walk* w) noexcept nogil:
    """Add the input in hand to the histograms, when somebody measures: a stage's time since the
    stage before it."""
    cdef int64_t last
    cdef int32_t k
    if tp_likely(w.stamps == NULL):
        return
    last = w.stamps[0]
    w.stamps[STAMPS_MAX - 1] = <int64_t>stamp_end()
    histogram_record(&w.latency[0], w.stamps[STAMPS_MAX - 1] - w.stamps[0])
    for k in range(1, STAMPS_MAX):
        if w.stamps[k] != 0:
            histogram_record(&w.latency[k], w.stamps[k] - last)
            last = w.stamps[k]


cdef inline void stamps_begin(Walk* w) noexcept nogil:
    cdef int32_t k
    if tp_likely(w.stamps == NULL):
        return
    for k in range(STAMPS_MAX):
        w.stamps[k] = 0
    w.stamps[0] = <int64_t>stamp_end()


cdef inline void halt(Walk* w, int32_t code) noexcept nogil:
    """Nothing leaves any more and nothing is journalled."""
    w.halted = 1
    w.codes[code] += 1
    risk_kill(w.risk)
    execute_drop_held(w.execute, -1, 1)


cdef inline void journal(
    Walk* w, int32_t kind, int32_t source, const char* data, int64_t size
) noexcept nogil:
    """A full journal halts trading: nothing leaves that was not written."""
    cdef int32_t[2] head
    if w.journal == NULL or tp_unlikely(w.halted):
        return
    head[0] = source
    head[1] = 0
    if tp_unlikely(journal_append(
            w.journal, kind, w.seq, w.now_ns, head, 8, data, size) != TP_OK):
        halt(w, TP_ENGINE_JOURNAL_FULL)


cdef inline void limits_apply(Walk* w, const LimitsValue* value) noexcept nogil:
    """What a limits slot says; a limit beyond its compiled ceiling is refused and counted."""
    cdef int32_t k, code
    w.control.slot_version = value.version
    for k in range(LIMIT_COUNT):
        if value.limits[k] != -1:
            code = control_set_limit(w.control, k, -1, value.limits[k])
            if code != TP_OK:
                w.codes[code] += 1


cdef inline void slot_input(
    Walk* w, int32_t source, const void* value, int64_t size, int64_t t_ns
) noexcept nogil:
    """What a slot says is an input of its own, journalled before it is used."""
    w.seq += 1
    if t_ns > w.now_ns:
        w.now_ns = t_ns
    execute_begin(w.execute)
    journal(w, TP_INPUT_SLOT, source, <const char*>value, size)


cdef inline bint slot_news(const SlotState* slot, uint64_t* seen, void* value) noexcept nogil:
    """Look at a slot once: whether it was written since. One that is being written is looked at
    with the next input: its writer may have died half-way."""
    cdef tp_slot_stamp slot_stamp
    cdef uint64_t sequence = load_acquire(&slot.slot.sequence)
    if sequence == seen[0] or sequence & 1:     # odd: being written
        return 0
    if slot_read(slot, &slot_stamp, value) != SLOT_READ:
        return 0
    seen[0] = sequence
    return 1


cdef inline void limits_input(
    Walk* w, const LimitsValue* value, int64_t t_ns
) noexcept nogil:
    """Changed limits."""
    slot_input(w, SLOT_LIMITS, value, sizeof(LimitsValue), t_ns)
    limits_apply(w, value)
    w.codes[TP_OK] += 1


cdef inline void limits_sample(Walk* w, int64_t t_ns) noexcept nogil:
    cdef LimitsValue value
    if slot_news(w.limits_slot, &w.limits_sequence, &value) \
            and value.version != w.control.slot_version:
        limits_input(w, &value, t_ns)


cdef inline void answer_input(
    Walk* w, const PortfolioAnswer* value, int64_t t_ns
) noexcept nogil:
    """A new answer of the portfolio worker."""
    cdef uint64_t before = w.seq
    slot_input(w, SLOT_ANSWERS, value, sizeof(PortfolioAnswer), t_ns)
    w.codes[portfolio_answer(w.portfolio, value, before, w.now_ns)] += 1


cdef inline void answer_sample(Walk* w, int64_t t_ns) noexcept nogil:
    cdef PortfolioAnswer value
    if slot_news(w.doors.answers, &w.doors.answers_sequence, &value) \
            and value.version != w.portfolio.answer_version:
        answer_input(w, &value, t_ns)


cdef inline void scores_input(Walk* w, const LaneAnswer* value, int64_t t_ns) noexcept nogil:
    """New scores from off the path."""
    cdef uint64_t before = w.seq
    slot_input(w, SLOT_SCORES, value, lane_answer_bytes(w.lane), t_ns)
    w.codes[lane_answer(w.lane, value, before, w.now_ns)] += 1


cdef inline void scores_sample(Walk* w, int64_t t_ns) noexcept nogil:
    cdef LaneAnswer value
    if slot_news(w.lane.answers, &w.lane.answers_sequence, &value) \
            and value.version != w.lane.version:
        scores_input(w, &value, t_ns)


cdef inline void slots_sample(Walk* w, int64_t t_ns) noexcept nogil:
    """Look at what may have changed from outside, before the input in hand."""
    if w.limits_slot != NULL:
        limits_sample(w, t_ns)
    if w.doors.answers != NULL:
        answer_sample(w, t_ns)
    if w.lane.answers != NULL:
        scores_sample(w, t_ns)


cdef inline void portfolio_entry(Walk* w) noexcept nogil:
    """A new interval of the grid, before the input in hand is looked at."""
    portfolio_grid(w.portfolio, w.now_ns)
    portfolio_mark(w.portfolio, w.execute, w.views, w.portfolio_currency, w.now_ns)
    portfolio_publish(&w.doors, w.portfolio, w.execute, w.seq, w.now_ns)


cdef inline void enter(
    Walk* w, int32_t kind, int32_t source, const char* data, int64_t size, int64_t t_ns
) noexcept nogil:
    """Number the input, lift its stamp, journal it before anything else happens."""
    if tp_unlikely(w.slots_attached):
        slots_sample(w, t_ns)
    w.seq += 1
    if tp_unlikely(t_ns < w.now_ns):
        w.codes[TP_ENGINE_CLOCK] += 1
    else:
        w.now_ns = t_ns
    execute_begin(w.execute)
    journal(w, kind, source, data, size)
    if tp_unlikely(w.now_ns >= w.control.tick_ns):
        control_entry(w)
    if tp_unlikely(w.now_ns >= w.portfolio.tick_ns):
        portfolio_entry(w)


cdef inline int32_t leave(Walk* w, int32_t code) noexcept nogil:
    """Journal what is about to leave."""
    cdef int64_t at = 0
    cdef tp_out_header head
    w.codes[code] += 1
    if tp_unlikely(w.execute.money.stopped and not w.halted):
        halt(w, TP_EXECUTE_LEDGER)
    while at < w.execute.out_bytes:
        memcpy(&head, w.execute.out + at, sizeof(tp_out_header))
        at += sizeof(tp_out_header)
        journal(w, RECORD_OUT, head.venue, w.execute.out + at, head.bytes)
        at += head.bytes
    if tp_unlikely(w.halted):
        execute_begin(w.execute)
    return code


cdef inline tp_view* view_of(Walk* w, int32_t instrument, int32_t event) noexcept nogil:
    """The instrument's view with all but the strategy's own part; its top follows the book."""
    cdef tp_view* view = &w.views[instrument]
    view.event = event
    view.now_ns = w.now_ns
    view.seq = w.seq
    view.position_lots = w.execute.positions[instrument].position_lots
    view.open_buy_lots = w.execute.positions[instrument].open_buy_lots
    view.open_sell_lots = w.execute.positions[instrument].open_sell_lots
    view.fill_ticks = 0
    view.fill_lots = 0
    view.timer_tag = 0
    view.order.client_order_id = 0
    return view


cdef inline void decide(Walk* w, tp_view* view, int32_t only) noexcept nogil:
    """strategy -> risk -> route -> execute."""
    cdef int32_t code
    w.intents.count = 0
    w.intents.overflow = 0
    if tp_unlikely(w.lane.on):
        view.score_valid = lane_score(w.lane, view.instrument, w.seq, w.now_ns, &view.score)
    code = strategies_evaluate(
        w.strategies, view, &w.rows[view.instrument * TP_FEATURES_MAX],
        w.widths[view.instrument], w.execute.own, only, &w.intents)
    if tp_unlikely(code != TP_OK):
        w.codes[code] += 1
    stamp(w, 5)
    act(w)


cdef inline int32_t route_one(Walk* w, const tp_intent* intent, tp_request* out) noexcept nogil:
    """A venue for an allowed intent. Risk is asked again on the instrument a router chose instead:
    routing is no way around a limit."""
    cdef tp_intent moved
    cdef int32_t code = route_pick(w.route, intent, w.views, out)
    if tp_likely(code != TP_OK or out.instrument == intent.instrument):
        return code
    moved = intent[0]
    moved.instrument = out.instrument
    moved.price_ticks = out.price_ticks
    moved.quantity_lots = out.quantity_lots
    return risk_validate_moved(w.risk, intent, &moved, &w.sampling.sample)


cdef inline void split_stages(Walk* w, SplitStages* s) noexcept nogil:
    """What splitting an order may read and call."""
    s.route = w.route
    s.risk = w.risk
    s.execute = w.execute
    s.views = w.views
    s.sampling = &w.sampling
    s.codes = w.codes
    s.seq = w.seq
    s.now_ns = w.now_ns


cdef inline void act(Walk* w) noexcept nogil:
    """risk -> route -> execute. Nothing reaches a venue by another way."""
    w.waiting.count = 0
    if tp_unlikely(any_parks(&w.intents)):
        take_waiting(w)
    send_all(w)
    if tp_unlikely(w.waiting.count != 0):
        park_all(w)


cdef inline bint any_parks(const tp_intents* intents) noexcept nogil:
    """Whether one of the wanted orders waits in the engine."""
    cdef int32_t k
    for k in range(intents.count):
        if intent_parks(&intents.items[k]):
            return 1
    return 0


cdef inline void take_waiting(Walk* w) noexcept nogil:
    """Wanted orders that park stand apart: risk judges each by itself, after the others."""
    cdef int32_t k, kept = 0
    for k in range(w.intents.count):
        if intent_parks(&w.intents.items[k]):
            w.waiting.items[w.waiting.count] = w.intents.items[k]
            w.waiting.count += 1
        else:
            w.intents.items[kept] = w.intents.items[k]
            kept += 1
    w.intents.count = kept


cdef inline void park_all(Walk* w) noexcept nogil:
    """Risk is asked for the same lots at the market; the order waits when it agrees."""
    cdef int32_t k, code
    for k in range(w.waiting.count):
        w.intents.count = 1
        probe_of(&w.waiting.items[k], &w.intents.items[0])
        judge(w, &w.intents, 1, 1)
        code = park_code(&w.waiting.items[k], w.verdicts[0])
        if code == TP_OK:
            code = execute_park(w.execute, &w.waiting.items[k], w.seq, w.now_ns)
        if code != TP_OK:
            w.codes[code] += 1
    w.intents.count = 0


cdef inline void judge(
    Walk* w, const tp_intents* intents, bint repeats, bint probe
) noexcept nogil:
    """Risk on a batch, everything it reads sampled now."""
    sampling_now(&w.sampling, w.risk, w.execute, intents.items, intents.count, w.now_ns)
    w.sampling.sample.repeats = repeats
    w.sampling.sample.probe = probe
    risk_validate(w.risk, intents.items, intents.count, &w.sampling.sample, w.verdicts)


cdef inline void work(Walk* w, int32_t instrument) noexcept nogil:
    """What orders of the instrument that wait in the engine have due: risk -> route -> send, on
    their own instrument."""
    cdef const tp_book_top* top = &w.views[instrument].top
    cdef const tp_intent* intent
    cdef bint good = top.status == TP_BOOK_OK
    cdef int32_t k, code
    if tp_likely(w.execute.table.special[instrument] == 0):
        return
    execute_due(
        w.execute, instrument, w.now_ns, top.bid_ticks if good else 0,
        top.ask_ticks if good else 0, &w.waiting)
    if w.waiting.count == 0:
        return
    judge(w, &w.waiting, 1, 0)
    for k in range(w.waiting.count):
        intent = &w.waiting.items[k]
        code = w.verdicts[k]
        if (code == TP_OK and intent.kind != TP_CANCEL
                and not instrument_usable(w.route, instrument, w.views)):
            code = TP_ROUTE_NO_VENUE
        if code == TP_OK:
            code = execute_send_due(w.execute, intent, w.seq, w.now_ns)
        if code != TP_OK:
            w.codes[code] += 1
            execute_refuse(w.execute, intent, code)


cdef inline void trigger(Walk* w, const tp_view* view) noexcept nogil:
    """book -> execute: parked orders that the event reaches go out before strategies think. A book
    that is not good triggers nothing."""
    cdef int64_t mid2 = 0, bbo2 = 0
    if tp_likely(w.execute.table.special[view.instrument] == 0):
        return
    if view.event == TP_EVENT_TRADE:
        execute_on_trade(w.execute, view.instrument, view.trade.quantity_lots, w.now_ns)
    if view.top.status == TP_BOOK_OK:
        if view.top.bid_ticks > 0 and view.top.ask_ticks > 0:
            mid2 = view.top.bid_ticks + view.top.ask_ticks
        if view.bbo.bid_ticks > 0:
            bbo2 = view.bbo.bid_ticks + view.bbo.ask_ticks
        execute_on_price(
            w.execute, view.instrument, view.trade.price_ticks, mid2, bbo2)
    work(w, view.instrument)


cdef inline void notify(Walk* w) noexcept nogil:
    """Changes of orders that no report brought; what is left comes with the next input."""
    cdef Notice n
    cdef tp_view* view
    cdef int32_t k
    if tp_likely(w.execute.notice_count == 0):
        return
    for k in range(TP_NOTICES_MAX):
        if not execute_notice(w.execute, &n):
            break
        view = view_of(w, n.instrument, TP_EVENT_ORDER)
        view.order = n.order
        decide(w, view, n.strategy)


cdef inline void send_all(Walk* w) noexcept nogil:
    """The intents that go out at once."""
    cdef int32_t k, code
    if w.intents.count == 0:
        return
    if tp_unlikely(w.send_split != NULL):
        hand_over_tokens(w.route, w.risk, w.now_ns)
    judge(w, &w.intents, 0, 0)
    stamp(w, 6)
    if tp_unlikely(w.send_split != NULL):
        w.send_split(w)
        stamp(w, 7)
        return
    for k in range(w.intents.count):
        if w.verdicts[k] == TP_OK:
            w.verdicts[k] = route_one(w, &w.intents.items[k], &w.requests[k])
    for k in range(w.intents.count):
        code = w.verdicts[k]
        if code == TP_OK:
            code = execute_send(w.execute, &w.requests[k], w.seq, w.now_ns)
        if tp_unlikely(code != TP_OK):
            w.codes[code] += 1
    stamp(w, 7)


cdef inline bint reduces(
    const Walk* w, const tp_open_order* order, int32_t instrument
) noexcept nogil:
    """Whether an open order reduces the position, or closes the leg of a hedging account."""
    cdef int64_t lots = w.execute.positions[instrument].position_lots
    if w.execute.money.hedging[instrument]:
        return closes_leg(
            table_find(&w.execute.table, order.client_order_id).order.flags, order.side)
    return lots > 0 if order.side == TP_SELL else lots < 0


cdef inline void cancel_own(
    Walk* w, int32_t policy, int32_t strategy, int32_t instrument
) noexcept nogil:
    """Cancel the open orders of a strategy on an instrument."""
    cdef const tp_own_orders* own = &w.execute.own[strategy * TP_INSTRUMENTS_MAX + instrument]
    cdef const tp_open_order* order
    cdef tp_intent* intent
    cdef int32_t k
    w.intents.count = 0
    for k in range(own.count):
        order = &own.items[k]
        if order.state != TP_ORDER_LIVE and order.state != TP_ORDER_PENDING_NEW \
                and not (policy == POLICY_KILL and (
                    order.state == TP_ORDER_UNKNOWN or order.state == TP_ORDER_PARKED)):
            continue
        if policy == POLICY_REDUCE and reduces(w, order, instrument):
            continue
        intent = &w.intents.items[w.intents.count]
        memset(intent, 0, sizeof(tp_intent))
        intent.kind = TP_CANCEL
        intent.strategy = strategy
        intent.instrument = instrument
        intent.client_order_id = order.client_order_id
        w.intents.count += 1
    act(w)


cdef inline void cancel_open(Walk* w, int32_t policy, int32_t instrument) noexcept nogil:
    """Cancel the open orders of an instrument; `reduce` keeps those that reduce the position."""
    cdef int32_t s
    if policy == POLICY_KEEP:
        return
    for s in range(w.strategy_count):
        cancel_own(w, policy, s, instrument)


# -- control of risk ------------------------------------------------------------------------------

cdef inline void sweep(Walk* w) noexcept nogil:
    """Cancel what a kill, a trip or a pause asks for. What finds the output full is asked for again
    at the entry of the next input."""
    cdef ControlState* c = w.control
    cdef int64_t full
    cdef int32_t i, s
    for i in range(w.instrument_count):
        if c.sweep[i] == SWEEP_NONE:
            continue
        full = w.codes[TP_EXECUTE_OUT_FULL]
        execute_drop_held(w.execute, i, 0)
        if c.sweep[i] == SWEEP_CANCEL:
            cancel_open(w, POLICY_KILL, i)
        if w.codes[TP_EXECUTE_OUT_FULL] == full:
            c.sweep[i] = SWEEP_NONE
    for s in range(w.strategy_count):
        if c.sweep_strategies[s] == SWEEP_NONE:
            continue
        full = w.codes[TP_EXECUTE_OUT_FULL]
        for i in range(w.instrument_count):
            cancel_own(w, POLICY_KILL, s, i)
        if w.codes[TP_EXECUTE_OUT_FULL] == full:
            c.sweep_strategies[s] = SWEEP_NONE
    control_pending(c)


cdef inline void control_entry(Walk* w) noexcept nogil:
    """What time alone changes, before the input in hand is looked at."""
    control_tick(w.control, w.now_ns)
    if w.control.pending:
        sweep(w)


cdef inline int64_t mid_twice(const tp_view* view) noexcept nogil:
    """Bid plus ask in ticks, 0 while the book is not OK or has one side only."""
    if view.top.status != TP_BOOK_OK or view.top.bid_ticks <= 0 or view.top.ask_ticks <= 0:
        return 0
    return view.top.bid_ticks + view.top.ask_ticks


cdef inline void mark_total(Walk* w, int32_t instrument) noexcept nogil:
    """Mark the settle currency of an instrument, unless one that is held there has no mid: a mark
    at cost would make a peak that never was."""
    cdef int32_t currency = w.risk.instruments[instrument].settle
    cdef int32_t k
    for k in range(w.instrument_count):
        if (w.execute.positions[k].position_lots != 0
                and w.risk.instruments[k].settle == currency and mid_twice(&w.views[k]) == 0):
            return
    control_total(
        w.control, instrument, execute_equity(w.execute, currency, w.views), w.now_ns)


cdef inline void event_begin(Walk* w, ControlEvent* x, int32_t on, int32_t i) noexcept nogil:
    memset(x, 0, sizeof(ControlEvent))
    x.on = on
    x.instrument = i
    x.now_ns = w.now_ns
    x.latency_ns = -1


cdef inline void market_watched(Walk* w, int32_t instrument) noexcept nogil:
    """A market event of an instrument, its book applied, for those who watch."""
    cdef const tp_view* view = &w.views[instrument]
    cdef int64_t mid2 = mid_twice(view)
    cdef ControlEvent x
    if w.control.wants & ON_MARKET:
        event_begin(w, &x, ON_MARKET, instrument)
        if mid2 > 0:
            x.bid_ticks = view.top.bid_ticks
            x.ask_ticks = view.top.ask_ticks
        control_event(w.control, &x)
    if mid2 > 0:
        if w.control.wants & WATCH_TOTAL and w.execute.positions[instrument].position_lots != 0:
            mark_total(w, instrument)
        if w.control.wants & WATCH_STRATEGIES:
            control_marked(w.control, instrument, mid2, w.now_ns)
        if w.control.wants & WATCH_PORTFOLIO:
            portfolio_market(w.portfolio, instrument, mid2)
    if w.control.pending:
        sweep(w)


cdef inline void gap_watched(Walk* w, int32_t instrument) noexcept nogil:
    """A sequence gap of an instrument, for those who watch."""
    cdef ControlEvent x
    if w.control.wants & ON_GAP:
        event_begin(w, &x, ON_GAP, instrument)
        control_event(w.control, &x)
        if w.control.pending:
            sweep(w)


cdef inline void report_before(
    const Walk* w, const tp_report* report, Before* before
) noexcept nogil:
    """What a report is about to change."""
    cdef const Row* row = table_find(&w.execute.table, report.client_order_id)
    cdef const Ended* ended
    before.fee_units = 0
    before.sent_ns = -1
    if row != NULL:
        before.fee_units = w.execute.positions[row.order.instrument].fee_units
        if row.order.state == TP_ORDER_PENDING_NEW:
            before.sent_ns = row.order.t_sent_ns
        return
    ended = table_find_ended(&w.execute.table, report.client_order_id)
    if ended != NULL:
        before.fee_units = w.execute.positions[ended.order.instrument].fee_units


cdef inline void report_watched(
    Walk* w, const tp_order_update* update, const Before* before
) noexcept nogil:
    """A report that changed one of our orders, for those who watch."""
    cdef ControlEvent x
    cdef const tp_position* p
    cdef int64_t lots = update.fill_lots
    if update.strategy < 0 or (update.code != TP_OK and update.code != TP_EXECUTE_OVERFILL):
        return
    if w.control.wants & ON_REPORT:
        event_begin(w, &x, ON_REPORT, update.instrument)
        x.report = update.report
        x.fill_lots = lots
        if before.sent_ns >= 0 and update.report != TP_REPORT_UNKNOWN:
            x.latency_ns = w.now_ns - before.sent_ns
        control_event(w.control, &x)
    if lots > 0:
        p = &w.execute.positions[update.instrument]
        if w.control.wants & WATCH_TOTAL:
            mark_total(w, update.instrument)
        if w.control.wants & WATCH_STRATEGIES:
            control_filled(
                w.control, update.strategy, update.instrument,
                lots if update.order.side == TP_BUY else -lots, update.fill_ticks,
                p.fee_units - before.fee_units, mid_twice(&w.views[update.instrument]), w.now_ns)
    if w.control.pending:
        sweep(w)


cdef inline int64_t next_timer(Walk* w) noexcept nogil:
    """When `on_timer` is wanted by a strategy, an order or a breaker."""
    cdef int64_t own_ns = execute_next_expiry(w.execute)
    cdef int64_t t_ns = strategies_next_timer(w.strategies)
    t_ns = own_ns if own_ns < t_ns else t_ns
    if w.control.wants & ON_TIMER:
        own_ns = control_next_timer(w.control)
        t_ns = own_ns if own_ns < t_ns else t_ns
    return t_ns


cdef inline void catch_up(Walk* w) noexcept nogil:
    """Work that no request waits for."""
    cdef int32_t k
    if w.models_behind:
        for k in range(w.instrument_count):
            model_catch_up(w.models[k])
