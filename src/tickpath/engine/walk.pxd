"""State of the fused walk and the verbs around it: enter, leave, journal, what risk may read.

One `Walk` an engine, built by native.pyx from the stages' own handles; every pointer is owned
there. No allocation, no lock, no Python object.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy
from tickpath.core.clock cimport stamp_end
from tickpath.core.codes cimport (
    TP_ENGINE_CLOCK,
    TP_ENGINE_JOURNAL_FULL,
    TP_EXECUTE_LEDGER,
    TP_OK,
)
from tickpath.core.records cimport (
    TP_CANCEL,
    TP_FEATURES_MAX,
    TP_INSTRUMENTS_MAX,
    TP_INTENTS_MAX,
    TP_ORDER_LIVE,
    TP_ORDER_PENDING_NEW,
    TP_SELL,
    tp_intent,
    tp_intents,
    tp_open_order,
    tp_out_header,
    tp_own_orders,
    tp_request,
    tp_view,
)
from tickpath.engine.latency cimport Histogram, histogram_record
from tickpath.hot.book.native cimport BookState
from tickpath.hot.execute.native cimport (
    execute_begin,
    execute_equity,
    execute_given_back,
)
from tickpath.hot.execute.send cimport execute_drop_held, execute_send
from tickpath.hot.execute.state cimport ExecuteState
from tickpath.hot.features.native cimport FeaturesState
from tickpath.hot.feed.native cimport FeedState
from tickpath.hot.model.native cimport ModelState
from tickpath.hot.risk.native cimport (
    RiskState,
    risk_kill,
    risk_validate,
    risk_validate_moved,
)
from tickpath.hot.route.native cimport RouteState, route_pick
from tickpath.hot.strategy.native cimport StrategiesState, strategies_evaluate
from tickpath.lanes.journal cimport JournalState, journal_append

cdef enum:
    CODES_MAX = 1000
    CURRENCIES_MAX = 64
    RECORD_OUT = 6
    POLICY_KEEP = 0
    POLICY_CANCEL = 1
    POLICY_REDUCE = 2
    STAMPS_MAX = 9                 # start, six stages, route and execute, journal

cdef struct Walk:
    # the stages, in order
    FeedState* feed
    BookState** books
    FeaturesState** features
    ModelState** models
    StrategiesState* strategies
    RiskState* risk
    RouteState* route
    ExecuteState* execute
    JournalState* journal          # NULL: no journal
    # sizes and policy, fixed at start
    int32_t instrument_count
    int32_t strategy_count
    int32_t currency_count
    int32_t stale_policy
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
    int64_t replaced_lots[TP_INTENTS_MAX]
    tp_request requests[TP_INTENTS_MAX]
    int64_t equity_units[CURRENCIES_MAX]
    int64_t* stamps                # NULL, or STAMPS_MAX time stamps of the input in hand
    Histogram* latency             # one a stage and one for the whole market input


cdef inline void stamp(Walk* w, int32_t stage) noexcept nogil:
    """Time at the end of a stage, only when somebody measures."""
    if w.stamps != NULL:
        w.stamps[stage] = <int64_t>stamp_end()


cdef inline void stamps_fold(Walk* w) noexcept nogil:
    """Add the input in hand to the histograms: a stage's time since the stage before it."""
    cdef int64_t last = w.stamps[0]
    cdef int32_t k
    w.stamps[STAMPS_MAX - 1] = <int64_t>stamp_end()
    histogram_record(&w.latency[0], w.stamps[STAMPS_MAX - 1] - w.stamps[0])
    for k in range(1, STAMPS_MAX):
        if w.stamps[k] != 0:
            histogram_record(&w.latency[k], w.stamps[k] - last)
            last = w.stamps[k]


cdef inline void stamps_begin(Walk* w) noexcept nogil:
    cdef int32_t k
    for k in range(STAMPS_MAX):
        w.stamps[k] = 0
    w.stamps[0] = <int64_t>stamp_end()


cdef inline void halt(Walk* w, int32_t code) noexcept nogil:
    """Nothing leaves any more and nothing is journalled."""
    w.halted = 1
    w.codes[code] += 1
    risk_kill(w.risk)
    execute_drop_held(w.execute)


cdef inline void journal(
    Walk* w, int32_t kind, int32_t source, const char* data, int64_t size
) noexcept nogil:
    """A full journal halts trading: nothing leaves that was not written."""
    cdef int32_t[2] head
    if w.journal == NULL or w.halted:
        return
    head[0] = source
    head[1] = 0
    if journal_append(w.journal, kind, w.seq, w.now_ns, head, 8, data, size) != TP_OK:
        halt(w, TP_ENGINE_JOURNAL_FULL)


cdef inline void enter(
    Walk* w, int32_t kind, int32_t source, const char* data, int64_t size, int64_t t_ns
) noexcept nogil:
    """Number the input, lift its stamp, journal it before anything else happens."""
    w.seq += 1
    if t_ns < w.now_ns:
        w.codes[TP_ENGINE_CLOCK] += 1
    else:
        w.now_ns = t_ns
    execute_begin(w.execute)
    journal(w, kind, source, data, size)


cdef inline int32_t leave(Walk* w, int32_t code) noexcept nogil:
    """Journal what is about to leave."""
    cdef int64_t at = 0
    cdef tp_out_header head
    w.codes[code] += 1
    if w.execute.money.stopped and not w.halted:
        halt(w, TP_EXECUTE_LEDGER)
    while at < w.execute.out_bytes:
        memcpy(&head, w.execute.out + at, sizeof(tp_out_header))
        at += sizeof(tp_out_header)
        journal(w, RECORD_OUT, head.venue, w.execute.out + at, head.bytes)
        at += head.bytes
    if w.halted:
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
    code = strategies_evaluate(
        w.strategies, view, &w.rows[view.instrument * TP_FEATURES_MAX],
        w.widths[view.instrument], w.execute.own, only, &w.intents)
    if code != TP_OK:
        w.codes[code] += 1
    stamp(w, 5)
    act(w)


cdef inline int32_t route_one(Walk* w, const tp_intent* intent, tp_request* out) noexcept nogil:
    """A venue for an allowed intent. Risk is asked again on the instrument a router chose instead:
    routing is no way around a limit."""
    cdef tp_intent moved
    cdef int32_t code = route_pick(w.route, intent, w.views, out)
    if code != TP_OK or out.instrument == intent.instrument:
        return code
    moved = intent[0]
    moved.instrument = out.instrument
    moved.price_ticks = out.price_ticks
    moved.quantity_lots = out.quantity_lots
    return risk_validate_moved(
        w.risk, intent, &moved, w.execute.positions, w.views, w.last_market_ns, w.equity_units,
        w.now_ns)


cdef inline void act(Walk* w) noexcept nogil:
    """risk -> route -> execute. Nothing reaches a venue by another way."""
    cdef int32_t k, code
    if w.intents.count == 0:
        return
    for k in range(w.currency_count):
        w.equity_units[k] = execute_equity(w.execute, k, w.views)
    for k in range(w.intents.count):
        w.replaced_lots[k] = execute_given_back(w.execute, &w.intents.items[k])
    risk_validate(
        w.risk, &w.intents, w.execute.positions, w.views, w.last_market_ns,
        w.equity_units, w.replaced_lots, w.now_ns, w.verdicts)
    stamp(w, 6)
    for k in range(w.intents.count):
        if w.verdicts[k] == TP_OK:
            w.verdicts[k] = route_one(w, &w.intents.items[k], &w.requests[k])
    for k in range(w.intents.count):
        code = w.verdicts[k]
        if code == TP_OK:
            code = execute_send(w.execute, &w.requests[k], w.seq, w.now_ns)
        if code != TP_OK:
            w.codes[code] += 1
    stamp(w, 7)


cdef inline void cancel_open(Walk* w, int32_t policy, int32_t instrument) noexcept nogil:
    """Cancel the open orders of an instrument; `reduce` keeps those that reduce the position."""
    cdef const tp_own_orders* own
    cdef const tp_open_order* order
    cdef tp_intent* intent
    cdef int64_t lots = w.execute.positions[instrument].position_lots
    cdef int32_t s, k
    if policy == POLICY_KEEP:
        return
    for s in range(w.strategy_count):
        own = &w.execute.own[s * TP_INSTRUMENTS_MAX + instrument]
        w.intents.count = 0
        for k in range(own.count):
            order = &own.items[k]
            if order.state != TP_ORDER_LIVE and order.state != TP_ORDER_PENDING_NEW:
                continue
            if policy == POLICY_REDUCE and (lots > 0 if order.side == TP_SELL else lots < 0):
                continue
            intent = &w.intents.items[w.intents.count]
            intent.kind = TP_CANCEL
            intent.strategy = s
            intent.instrument = instrument
            intent.side = 0
            intent.type = 0
            intent.time_in_force = 0
            intent.flags = 0
            intent.tag = 0
            intent.price_ticks = 0
            intent.quantity_lots = 0
            intent.client_order_id = order.client_order_id
            intent.at_ns = 0
            w.intents.count += 1
        act(w)
