"""The walk, fused: bytes in, order bytes out, eight verbs in order, no GIL, no allocation.

`reference.py` says the same in plain Python; both give the same decisions, bytes and state.
Worst case: a snapshot of 10 000 levels a side, about a millisecond.
"""

from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset
from tickpath.core.codes cimport (
    TP_ENGINE_COMMAND,
    TP_ENGINE_HALTED,
    TP_FEED_OVERSIZED,
    TP_OK,
)
from tickpath.core.hint cimport tp_unlikely
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_BOOK_STALE,
    TP_EVENT_BBO,
    TP_EVENT_DEPTH,
    TP_EVENT_ORDER,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_STATUS,
    TP_EVENT_TIMER,
    TP_FEATURES_MAX,
    TP_FRAME_BYTES_MAX,
    TP_FRAME_PADDING_BYTES,
    TP_INPUT_COMMAND,
    TP_INPUT_MARKET,
    TP_INPUT_ORDER,
    TP_INPUT_TIMER,
    TP_INSTRUMENTS_MAX,
    TP_REPORT_REPLACE_ACK,
    TP_REPORT_CANCEL_REJECT,
    TP_REPORTS_PER_FRAME_MAX,
    TP_TIMERS_MAX,
    tp_engine_api,
    tp_feature_input,
    tp_intent,
    tp_market_event,
    tp_order_update,
    tp_out_header,
    tp_report,
    tp_view,
)
from tickpath.engine.walk cimport (
    CODES_MAX,
    POLICY_CANCEL,
    STAMPS_MAX,
    Before,
    LimitsValue,
    Walk,
    answer_input,
    cancel_open,
    catch_up,
    decide,
    enter,
    gap_watched,
    leave,
    next_timer,
    notify,
    route_one,
    split_stages,
    limits_input,
    scores_input,
    market_watched,
    report_before,
    report_watched,
    stamp,
    stamps_begin,
    stamps_fold,
    sweep,
    trigger,
    view_of,
    work,
)
from tickpath.engine.latency cimport HISTOGRAM_BUCKETS, Histogram, bucket_floor
from tickpath.hot.book.native cimport (
    Book,
    BookState,
    book_apply,
    book_clear,
    book_snapshot,
    book_top,
)
from tickpath.hot.execute.algorithm cimport execute_pause
from tickpath.hot.execute.apply cimport execute_apply
from tickpath.hot.execute.native cimport Execute, execute_decode
from tickpath.hot.execute.send cimport execute_send
from tickpath.hot.execute.working cimport execute_expire
from tickpath.hot.features.native cimport Features, FeaturesState, features_update
from tickpath.hot.feed.native cimport (
    Feed,
    feed_invalidate,
    feed_next,
    feed_on_frame,
    feed_on_next,
    feed_restart,
)
from tickpath.hot.model.lane cimport LaneAnswer, lane_row
from tickpath.hot.model.lane_native cimport Lane
from tickpath.hot.model.native cimport Model, ModelState, model_score
from tickpath.hot.risk.control.native cimport (
    SWEEP_CANCEL,
    WATCH_PORTFOLIO,
    WATCH_STRATEGIES,
    WATCH_TOTAL,
    Control,
    control_pause,
    control_rearm,
    control_reset,
    control_set_limit,
    control_sweep,
)
from tickpath.hot.risk.control.rule cimport ON_MARKET, ON_REPORT
from tickpath.hot.risk.portfolio.native cimport Portfolio, PortfolioAnswer, snapshot_bytes
from tickpath.hot.risk.native cimport (
    Risk,
    risk_kill,
    risk_rearm,
    risk_reference,
    risk_touch,
    risk_venue,
)
from tickpath.engine.sampling cimport CURRENCIES_MAX, sampling_begin
from tickpath.engine.split cimport SplitStages, split_on_update, split_plan, split_send
from tickpath.hot.route.native cimport (
    Route,
    route_end,
    route_on_trade,
    route_set_health,
    route_splits,
)
from tickpath.hot.strategy.native cimport Strategies, strategies_pop_timer
from tickpath.lanes.journal cimport Journal
from tickpath.lanes.ring cimport RingWriter
from tickpath.lanes.slot cimport Slot

import math

from tickpath.core.backend import Backend
from tickpath.core.codes import Code
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.records import Bbo, Trade
from tickpath.engine import state
from tickpath.engine.commands import command_bytes
from tickpath.engine.money_commands import WORDS, apply_money
from tickpath.engine.stages import build_stages
from tickpath.engine.state import parts_of
from tickpath.hot import STAGES

cdef enum:
    WATCH_MARKET = ON_MARKET | WATCH_TOTAL | WATCH_STRATEGIES | WATCH_PORTFOLIO
    WATCH_REPORTS = ON_REPORT | WATCH_TOTAL | WATCH_STRATEGIES
    COMMAND_KILL = 1               # Command of commands.py
    COMMAND_REARM = 2
    COMMAND_VENUE_UP = 3
    COMMAND_VENUE_DOWN = 4
    COMMAND_PAUSE_STRATEGY = 5
    COMMAND_RESUME_STRATEGY = 6
    COMMAND_PAUSE_INSTRUMENT = 7
    COMMAND_RESUME_INSTRUMENT = 8
    COMMAND_REARM_BREAKER = 9
    COMMAND_RESET_DRAWDOWN = 10
    COMMAND_SET_LIMIT = 11
    COMMAND_SET_REFERENCE = 12
    COMMAND_RESTART_SOURCE = 13
    COMMAND_PAUSE_ORDER = 24
    COMMAND_RESUME_ORDER = 25

POLICIES = ("keep", "cancel", "reduce")
STAMP_NAMES = (
    "total", "feed", "book", "features", "model", "strategy", "risk", "route_execute", "journal")


cdef inline int32_t apply_all(Walk* w, tp_market_event* event) noexcept nogil:
    """An event and what it lets out of the buffer; `event` is the last one applied."""
    cdef tp_market_event more
    cdef int32_t code = apply(w, event)
    if event.kind == TP_EVENT_SNAPSHOT:
        while code == TP_OK and feed_next(w.feed, &more):
            event[0] = more
            code = apply(w, event)
    return code


cdef int32_t market_frame(
    Walk* w, int32_t source, const char* data, int64_t size, int64_t t_ns
) noexcept nogil:
    """One market-data frame, through all eight stages."""
    cdef tp_market_event event
    cdef int32_t code
    stamps_begin(w)
    enter(w, TP_INPUT_MARKET, source, data, size, t_ns)
    code = feed_on_frame(w.feed, source, data, size, w.now_ns, &event)
    stamp(w, 1)
    if tp_unlikely(code != TP_OK):
        if w.feed.lost != 0:
            lose_books(w)
        if w.feed.more != NULL:
            code = market_rest(w, code)
        return leave(w, code)
    code = apply_all(w, &event)
    stamp(w, 2)
    if code == TP_OK:
        if w.control.wants & WATCH_MARKET:
            market_watched(w, event.instrument)
        think(w, &event)
    if tp_unlikely(w.feed.more != NULL):
        code = market_rest(w, code)
    leave(w, code)
    stamps_fold(w)
    return code


cdef int32_t market_rest(Walk* w, int32_t first) noexcept nogil:
    """Further events of a frame, each through all stages. The first code that is not OK is the
    frame's; the others are counted here."""
    cdef tp_market_event event
    cdef int32_t code = TP_OK
    while feed_on_next(w.feed, &event, &code):
        if code == TP_OK:
            code = apply_all(w, &event)
            if code == TP_OK:
                if w.control.wants & WATCH_MARKET:
                    market_watched(w, event.instrument)
                think(w, &event)
        elif w.feed.lost != 0:
            lose_books(w)
        w.codes[first if first == TP_OK else code] += 1
        first = code if first == TP_OK else first
    return first


cdef void cancel_late(Walk* w, const tp_order_update* update) noexcept nogil:
    """What a report shows open after a kill is cancelled. A refused cancel is not sent again by
    itself, or a venue that always refuses would be asked without end."""
    if update.strategy >= 0 and update.report != TP_REPORT_CANCEL_REJECT:
        cancel_open(w, POLICY_CANCEL, update.instrument)


cdef int32_t order_frame(
    Walk* w, int32_t venue, const char* data, int64_t size, int64_t t_ns
) noexcept nogil:
    """One frame of an order connection: execute -> position -> strategy -> risk -> ..."""
    cdef tp_report[TP_REPORTS_PER_FRAME_MAX] reports
    cdef tp_order_update update
    cdef Before before
    cdef tp_view* view
    cdef int32_t code, count = 0, k
    enter(w, TP_INPUT_ORDER, venue, data, size, t_ns)
    before.fee_units = 0
    before.sent_ns = -1
    code = execute_decode(w.execute, venue, data, size, reports, &count)
    for k in range(count):
        if w.control.wants & WATCH_REPORTS:
            report_before(w, &reports[k], &before)
        execute_apply(w.execute, &reports[k], w.seq, w.now_ns, &update)
        if w.control.wants & WATCH_REPORTS:
            report_watched(w, &update, &before)
        if tp_unlikely(update.code != TP_OK):
            w.codes[update.code] += 1
        if w.route.split:
            follow(w, &reports[k], &update)
        if update.strategy >= 0 and update.order.client_order_id != 0:
            work(w, update.instrument)
            view = view_of(w, update.instrument, TP_EVENT_ORDER)
            view.order = update.order
            view.fill_ticks = update.fill_ticks
            view.fill_lots = update.fill_lots
            decide(w, view, update.strategy)
        if tp_unlikely(w.risk.killed) and not w.halted:
            cancel_late(w, &update)
    notify(w)
    return leave(w, code)


cdef void send_split(void* walk) noexcept nogil:
    """route -> execute of an allowed batch whose orders may be split."""
    cdef Walk* w = <Walk*>walk
    cdef SplitStages s
    cdef const tp_intent* intent
    cdef int32_t k, code
    split_stages(w, &s)
    for k in range(w.intents.count):
        intent = &w.intents.items[k]
        if w.verdicts[k] != TP_OK:
            continue
        if route_splits(w.route, intent):
            w.verdicts[k] = split_plan(&s, intent, &w.splits[k])
        else:
            w.verdicts[k] = route_one(w, intent, &w.requests[k])
    for k in range(w.intents.count):
        code = w.verdicts[k]
        if code == TP_OK and route_splits(w.route, &w.intents.items[k]):
            split_send(&s, &w.splits[k])
        elif code == TP_OK:
            code = execute_send(w.execute, &w.requests[k], w.seq, w.now_ns)
        if code != TP_OK:
            w.codes[code] += 1


cdef void follow(Walk* w, const tp_report* report, const tp_order_update* update) noexcept nogil:
    """Where the children of split orders stand; a refused one may move."""
    cdef SplitStages s
    split_stages(w, &s)
    if report.kind == TP_REPORT_REPLACE_ACK:
        route_end(w.route, report.orig_client_order_id)
    split_on_update(&s, update)


cdef int32_t timer(Walk* w, int64_t t_ns) noexcept nogil:
    """Every timer that is due."""
    cdef int32_t strategy, instrument, tag, k
    cdef tp_view* view
    enter(w, TP_INPUT_TIMER, 0, NULL, 0, t_ns)
    execute_expire(w.execute, w.seq, w.now_ns)
    for k in range(w.instrument_count):
        work(w, k)
    notify(w)
    for k in range(TP_TIMERS_MAX):
        if not strategies_pop_timer(w.strategies, w.now_ns, &strategy, &instrument, &tag):
            break
        view = view_of(w, instrument, TP_EVENT_TIMER)
        view.timer_tag = tag
        decide(w, view, strategy)
    return leave(w, TP_OK)


cdef inline int32_t apply(Walk* w, const tp_market_event* event) noexcept nogil:
    """feed -> book: one event into the records of its instrument."""
    cdef tp_view* view = &w.views[event.instrument]
    cdef int32_t code
    w.last_market_ns[event.instrument] = w.now_ns
    risk_touch(w.risk, event.instrument)
    if event.kind == TP_EVENT_DEPTH:
        code = book_apply(w.books[event.instrument], event)
    elif event.kind == TP_EVENT_SNAPSHOT:
        code = book_snapshot(w.books[event.instrument], event)
    else:
        if event.kind == TP_EVENT_BBO:
            view.bbo.update_id = event.last_id
            view.bbo.t_recv_ns = w.now_ns
            view.bbo.bid_ticks = event.bids[0].price_ticks
            view.bbo.bid_lots = event.bids[0].quantity_lots
            view.bbo.ask_ticks = event.asks[0].price_ticks
            view.bbo.ask_lots = event.asks[0].quantity_lots
        return TP_OK
    if code == TP_OK:
        book_top(w.books[event.instrument], &view.top, w.levels[event.instrument])
    else:
        feed_invalidate(w.feed, event.instrument)
        lose_book(w, event.instrument)
    return code


cdef inline void think(Walk* w, const tp_market_event* event) noexcept nogil:
    """book -> features -> model -> strategy ..., once a message, a trade at a time."""
    cdef tp_feature_input x
    cdef tp_view* view
    cdef int32_t i = event.instrument
    cdef int32_t k, count = event.trade_count if event.trade_count > 0 else 1
    for k in range(count):
        view = view_of(w, i, event.kind)
        if event.trade_count > 0:
            view.trade = event.trades[k]
            risk_touch(w.risk, i)
            if w.route.split:
                route_on_trade(
                    w.route, i, view.trade.aggressor, view.trade.quantity_lots, w.now_ns)
        trigger(w, view)
        x.kind = event.kind
        x.now_ns = w.now_ns
        x.top = &view.top
        x.bbo = &view.bbo
        x.trade = &view.trade
        features_update(w.features[i], &x, &w.rows[i * TP_FEATURES_MAX])
        stamp(w, 3)
        if tp_unlikely(w.lane.on):
            lane_row(w.lane, i, w.seq, w.now_ns, &w.rows[i * TP_FEATURES_MAX], w.widths[i])
        else:
            view.score_valid = model_score(
                w.models[i], &w.rows[i * TP_FEATURES_MAX], w.widths[i], &view.score) == TP_OK
        stamp(w, 4)
        decide(w, view, -1)
    if tp_unlikely(w.views[i].top.status != TP_BOOK_OK):
        cancel_open(w, w.stale_policy, i)
    notify(w)


cdef void lose_book(Walk* w, int32_t instrument) noexcept nogil:
    """The book cannot be trusted: tell strategies, treat open orders by the stale policy."""
    book_clear(w.books[instrument], TP_BOOK_STALE)
    book_top(w.books[instrument], &w.views[instrument].top, w.levels[instrument])
    risk_touch(w.risk, instrument)
    decide(w, view_of(w, instrument, TP_EVENT_STATUS), -1)
    cancel_open(w, w.stale_policy, instrument)


cdef void lose_books(Walk* w) noexcept nogil:
    """Books whose next change the feed cannot know: those of the event it refused."""
    cdef uint64_t lost = w.feed.lost
    cdef int32_t k
    for k in range(w.instrument_count):
        if lost >> k & 1:
            gap_watched(w, k)
            lose_book(w, k)


cdef int32_t restart_source(Walk* w, int64_t source) noexcept nogil:
    """A connection begins anew: the books it feeds wait for a snapshot."""
    cdef int32_t code = feed_restart(w.feed, source)
    lose_books(w)
    notify(w)
    return code


cdef int32_t command_apply(
    Walk* w, int32_t command, int32_t detail, int64_t argument
) noexcept nogil:
    """A command to the stage it is for. TP_ENGINE_COMMAND: it names nothing there is."""
    if command == COMMAND_KILL:
        risk_kill(w.risk)
        control_sweep(w.control, -1, SWEEP_CANCEL)
    elif command == COMMAND_REARM:
        if w.halted:
            return TP_ENGINE_HALTED
        risk_rearm(w.risk)
    elif command == COMMAND_VENUE_UP or command == COMMAND_VENUE_DOWN:
        if argument < 0 or argument >= w.route.venue_count:
            return TP_ENGINE_COMMAND
        route_set_health(w.route, <int32_t>argument, command == COMMAND_VENUE_UP)
        risk_venue(w.risk, <int32_t>argument, command == COMMAND_VENUE_UP)
    elif command == COMMAND_PAUSE_STRATEGY or command == COMMAND_RESUME_STRATEGY:
        return control_pause(w.control, 1, argument, command == COMMAND_PAUSE_STRATEGY)
    elif command == COMMAND_PAUSE_INSTRUMENT or command == COMMAND_RESUME_INSTRUMENT:
        return control_pause(w.control, 0, argument, command == COMMAND_PAUSE_INSTRUMENT)
    elif command == COMMAND_REARM_BREAKER:
        return control_rearm(w.control, argument, w.now_ns)
    elif command == COMMAND_RESET_DRAWDOWN:
        return control_reset(w.control, argument)
    elif command == COMMAND_SET_LIMIT:
        return control_set_limit(w.control, detail & 255, (detail >> 8) - 1, argument)
    elif command == COMMAND_SET_REFERENCE:
        return risk_reference(w.risk, detail, argument)
    elif command == COMMAND_RESTART_SOURCE:
        return restart_source(w, argument)
    else:
        return TP_ENGINE_COMMAND
    return TP_OK


cdef int32_t pause_order(Walk* w, uint64_t id, bint paused) noexcept nogil:
    """Pause or resume the parent of clips; what that makes due goes out at once."""
    cdef int32_t k, code = execute_pause(w.execute, id, paused)
    for k in range(w.instrument_count):
        work(w, k)
    notify(w)
    return code


cdef int32_t api_market(
    void* e, int32_t source, const char* data, int64_t size, int64_t t_ns
) noexcept nogil:
    return market_frame(<Walk*>e, source, data, size, t_ns)


cdef int32_t api_order(
    void* e, int32_t venue, const char* data, int64_t size, int64_t t_ns
) noexcept nogil:
    return order_frame(<Walk*>e, venue, data, size, t_ns)


cdef int32_t api_timer(void* e, int64_t t_ns) noexcept nogil:
    return timer(<Walk*>e, t_ns)


cdef int64_t api_next_timer(void* e) noexcept nogil:
    return next_timer(<Walk*>e)


cdef const char* api_out(void* e, int64_t* size) noexcept nogil:
    size[0] = (<Walk*>e).execute.out_bytes
    return (<Walk*>e).execute.out


cdef void api_catch_up(void* e) noexcept nogil:
    catch_up(<Walk*>e)


cdef class Engine:
    """The fused engine. Same inputs, same results as `tickpath.engine.reference.Engine`."""

    cdef Walk* walk
    cdef tp_engine_api api
    cdef char* frame
    cdef int64_t* stamp_store
    cdef readonly object config, stages, journal
    cdef object limits_slot, portfolio_slots, owned

    def __cinit__(self):
        self.walk = <Walk*>calloc(1, sizeof(Walk))
        self.frame = <char*>calloc(1, TP_FRAME_BYTES_MAX + TP_FRAME_PADDING_BYTES)
        self.stamp_store = <int64_t*>calloc(STAMPS_MAX, sizeof(int64_t))
        if self.walk == NULL or self.frame == NULL or self.stamp_store == NULL:
            raise MemoryError
        self.walk.latency = <Histogram*>calloc(STAMPS_MAX, sizeof(Histogram))
        if self.walk.latency == NULL:
            raise MemoryError

    def __init__(self, config, Journal journal=None):
        cdef int32_t k, count = len(config.instruments)
        cdef Walk* w = self.walk
        if w.books != NULL:
            raise ConfigError("an engine is built once: make a new one")
        if len(config.currencies) > CURRENCIES_MAX:
            raise ConfigError(f"{len(config.currencies)} currencies: at most {CURRENCIES_MAX}")
        self.config = config
        self.journal = journal
        self.stages = build_stages(config, dict.fromkeys(STAGES, Backend.NATIVE))
        self.owned = (*parts_of(self.stages), *self.stages.models, self.stages.lane)
        w.instrument_count = count
        w.strategy_count = len(config.strategies)
        w.currency_count = len(config.currencies)
        w.stale_policy = POLICIES.index(config.stale_policy)
        w.books = <BookState**>calloc(count, sizeof(BookState*))
        w.features = <FeaturesState**>calloc(count, sizeof(FeaturesState*))
        w.models = <ModelState**>calloc(count, sizeof(ModelState*))
        w.views = <tp_view*>calloc(count, sizeof(tp_view))
        w.rows = <double*>calloc(count * TP_FEATURES_MAX, sizeof(double))
        w.widths = <int32_t*>calloc(count, sizeof(int32_t))
        w.levels = <int32_t*>calloc(count, sizeof(int32_t))
        w.last_market_ns = <int64_t*>calloc(count, sizeof(int64_t))
        for k in range(count * TP_FEATURES_MAX):
            w.rows[k] = math.nan
        for k in range(count):
            w.views[k].abi = 2
            w.views[k].instrument = k
            w.books[k] = (<Book?>self.stages.books[k]).state
            w.features[k] = (<Features?>self.stages.features[k]).state
            w.models[k] = (<Model?>self.stages.models[k]).state
            w.models_behind |= w.models[k].later != NULL
            w.widths[k] = len(self.stages.columns[k])
            w.levels[k] = self.stages.levels[k]
        w.feed = (<Feed?>self.stages.feed).state
        w.strategies = (<Strategies?>self.stages.strategy).state
        w.risk = (<Risk?>self.stages.risk).state
        w.control = (<Control?>self.stages.control).state
        w.portfolio = (<Portfolio?>self.stages.portfolio).state
        w.lane = (<Lane?>self.stages.lane).state
        w.portfolio_currency = config.instruments[0].settle if config.instruments else 0
        w.route = (<Route?>self.stages.route).state
        w.execute = (<Execute?>self.stages.execute).state
        sampling_begin(&w.sampling, w.execute, w.views, w.last_market_ns)
        if config.route.split:
            w.send_split = send_split
        w.journal = journal.state if journal is not None else NULL
        self.api.engine = w
        self.api.on_market_frame = api_market
        self.api.on_order_frame = api_order
        self.api.on_timer = api_timer
        self.api.next_timer = api_next_timer
        self.api.out = api_out
        self.api.catch_up = api_catch_up

    def __dealloc__(self):
        if self.walk != NULL:
            free(self.walk.latency)
            free(self.walk.books)
            free(self.walk.features)
            free(self.walk.models)
            free(self.walk.views)
            free(self.walk.rows)
            free(self.walk.widths)
            free(self.walk.levels)
            free(self.walk.last_market_ns)
            free(self.walk.doors.snapshot)
        free(self.walk)
        free(self.frame)
        free(self.stamp_store)

    cdef int64_t take(self, const unsigned char[::1] data) noexcept:
        """Copy a frame into the padded receive buffer; -1 when it is too long."""
        cdef int64_t size = data.shape[0]
        if size > TP_FRAME_BYTES_MAX:
            return -1
        if size > 0:
            memcpy(self.frame, &data[0], size)
        memset(self.frame + size, 0, TP_FRAME_PADDING_BYTES)
        return size

    def on_market_frame(self, int32_t source, const unsigned char[::1] data, int64_t t_ns) -> int:
        """One frame of a market-data connection. Returns its code."""
        cdef int64_t size = self.take(data)
        if size < 0:
            self.walk.codes[TP_FEED_OVERSIZED] += 1
            return TP_FEED_OVERSIZED
        return market_frame(self.walk, source, self.frame, size, t_ns)

    def on_order_frame(self, int32_t venue, const unsigned char[::1] data, int64_t t_ns) -> int:
        """One frame of an order connection. Returns its code."""
        cdef int64_t size = self.take(data)
        if size < 0:
            self.walk.codes[TP_FEED_OVERSIZED] += 1
            return TP_FEED_OVERSIZED
        return order_frame(self.walk, venue, self.frame, size, t_ns)

    def on_timer(self, int64_t t_ns) -> int:
        """Delivers every timer that is due at `t_ns`."""
        return timer(self.walk, t_ns)

    def on_command(
        self, int32_t command, int64_t argument, int64_t t_ns, int32_t detail=0, words=()
    ) -> int:
        """A person's or supervisor's order to the engine, see `Command`. Returns its code."""
        cdef Walk* w = self.walk
        cdef bytes payload = command_bytes(command, argument, detail, words)
        cdef int32_t code
        enter(w, TP_INPUT_COMMAND, 0, payload, len(payload), t_ns)
        if command in WORDS:
            code = apply_money(self.stages.execute.money, command, argument, words, w.now_ns)
        elif command == COMMAND_PAUSE_ORDER or command == COMMAND_RESUME_ORDER:
            code = pause_order(w, <uint64_t>argument, command == COMMAND_PAUSE_ORDER)
        else:
            code = command_apply(w, command, detail, argument)
        if w.control.pending:
            sweep(w)
        return leave(w, code)

    def attach_limits(self, Slot slot) -> None:
        """Sample this slot at the entry of every input; it holds a `LIMITS_VALUE`."""
        if slot.state.value_bytes != sizeof(LimitsValue):
            raise ConfigError(
                f"limits slot: {slot.state.value_bytes} bytes of value, not {sizeof(LimitsValue)}")
        self.limits_slot = slot
        self.walk.limits_slot = &slot.state
        self.walk.slots_attached = 1

    def on_limits(self, const unsigned char[::1] value, int64_t t_ns) -> int:
        """A value of the limits slot as a journal recorded it. Returns its code."""
        cdef LimitsValue limits
        if value.shape[0] != sizeof(LimitsValue):
            raise DataError(f"limits: {value.shape[0]} bytes, not {sizeof(LimitsValue)}")
        memcpy(&limits, &value[0], sizeof(LimitsValue))
        limits_input(self.walk, &limits, t_ns)
        return TP_OK

    def attach_portfolio(self, Slot snapshots, Slot answers) -> None:
        """Leave a snapshot once an interval of the grid, and sample the answers at the entry of
        every input."""
        cdef int64_t size = snapshot_bytes(self.walk.portfolio)
        if not self.walk.portfolio.on:
            raise ConfigError("[portfolio] has no grid_ns: there is nothing to attach to")
        if (snapshots.state.value_bytes != size
                or answers.state.value_bytes != sizeof(PortfolioAnswer)):
            raise ConfigError(
                f"portfolio slots: {snapshots.state.value_bytes} and {answers.state.value_bytes} "
                f"bytes of value, not {size} and {sizeof(PortfolioAnswer)}")
        if not snapshots.mapping.writable:
            raise ConfigError("portfolio slots: the snapshots are mapped for reading only")
        if self.walk.doors.snapshot == NULL:
            self.walk.doors.snapshot = <char*>calloc(1, size)
        if self.walk.doors.snapshot == NULL:
            raise MemoryError("portfolio snapshot")
        self.portfolio_slots = (snapshots, answers)
        self.walk.doors.snapshots = &snapshots.state
        self.walk.doors.answers = &answers.state
        self.walk.doors.answers_sequence = 0
        self.walk.slots_attached = 1

    def on_answer(self, const unsigned char[::1] value, int64_t t_ns) -> int:
        """An answer of the portfolio worker as a journal recorded it. Returns its code."""
        cdef PortfolioAnswer answer
        if not self.walk.portfolio.on or value.shape[0] != sizeof(PortfolioAnswer):
            raise DataError(
                f"portfolio answer: {value.shape[0]} bytes, not {sizeof(PortfolioAnswer)}, or no "
                "[portfolio] grid_ns")
        memcpy(&answer, &value[0], sizeof(PortfolioAnswer))
        answer_input(self.walk, &answer, t_ns)
        return TP_OK

    def attach_scores(self, RingWriter rows, Slot answers) -> None:
        """Leave every event's feature row, and sample the answers at the entry of every input."""
        (<Lane>self.stages.lane).attach(rows, answers)
        self.walk.slots_attached = 1

    def on_scores(self, const unsigned char[::1] value, int64_t t_ns) -> int:
        """Scores from off the path as a journal recorded them. Returns their code."""
        cdef LaneAnswer answer
        (<Lane>self.stages.lane).parse(value, &answer)
        scores_input(self.walk, &answer, t_ns)
        return TP_OK

    def next_timer(self) -> int:
        """When `on_timer` is wanted, 2**63 - 1 when never."""
        return next_timer(self.walk)

    def capsule(self):
        """The `tp_engine_api` of this engine for a native loop; keep the engine alive beside it."""
        return PyCapsule_New(&self.api, "tickpath.engine_api", NULL)

    def measure(self, bint on) -> None:
        """Take a time stamp after every stage (about 10 ns each), or stop taking them."""
        self.walk.stamps = self.stamp_store if on else NULL

    def latency_ticks(self) -> dict:
        """Stage name to (count, max, floors, counts) in time-stamp ticks, only buckets in use."""
        cdef Histogram* h
        cdef int32_t k, b
        found = {}
        for k, name in enumerate(STAMP_NAMES):
            h = &self.walk.latency[k]
            used = [b for b in range(HISTOGRAM_BUCKETS) if h.buckets[b]]
            found[name] = (
                h.count, h.max, [bucket_floor(b) for b in used], [h.buckets[b] for b in used])
        return found

    @property
    def seq(self):
        return self.walk.seq

    @property
    def now_ns(self):
        return self.walk.now_ns

    @property
    def halted(self):
        return bool(self.walk.halted)

    @property
    def codes(self):
        """Inputs, intents and reports by code."""
        return {k: self.walk.codes[k] for k in range(CODES_MAX) if self.walk.codes[k]}

    def catch_up(self) -> None:
        """What may wait until requests have left; the next input does what is left of it."""
        catch_up(self.walk)

    def take_out(self):
        """(venue, client order id, bytes) of the last input's requests."""
        cdef int64_t at = 0
        cdef tp_out_header head
        cdef list out = []
        while at < self.walk.execute.out_bytes:
            memcpy(&head, self.walk.execute.out + at, sizeof(tp_out_header))
            at += sizeof(tp_out_header)
            data = self.walk.execute.out[at:at + head.bytes]
            out.append((head.venue, head.client_order_id, data))
            at += head.bytes
        return out

    def take_decisions(self):
        """Decision records since the last call."""
        return self.stages.execute.take_decisions()

    def export_state(self) -> bytes:
        """Canonical state, the same bytes on every backend."""
        cdef Walk* w = self.walk
        cdef tp_view* v
        cdef int32_t k, c
        memories = []
        for k in range(w.instrument_count):
            v = &w.views[k]
            memories.append(state.Memory(
                Bbo(v.bbo.update_id, v.bbo.t_recv_ns, v.bbo.bid_ticks, v.bbo.bid_lots,
                    v.bbo.ask_ticks, v.bbo.ask_lots),
                Trade(v.trade.trade_id, v.trade.price_ticks, v.trade.quantity_lots,
                      v.trade.aggressor),
                w.last_market_ns[k],
                v.score if v.score_valid else math.nan,
                [w.rows[k * TP_FEATURES_MAX + c] for c in range(w.widths[k])],
            ))
        parts = [handle.export_state() for handle in state.parts_of(self.stages)]
        return state.join(w.seq, w.now_ns, bool(w.halted), memories, parts)

    def import_state(self, data: bytes) -> None:
        """Continue from a state exported by any backend under the same configuration."""
        cdef Walk* w = self.walk
        cdef tp_view* v
        cdef int32_t k, c
        w.seq, w.now_ns, w.halted, memories, parts = state.split(data)
        for k, m in enumerate(memories):
            v = &w.views[k]
            v.bbo.update_id, v.bbo.t_recv_ns = m.bbo.update_id, m.bbo.t_recv_ns
            v.bbo.bid_ticks, v.bbo.bid_lots = m.bbo.bid_ticks, m.bbo.bid_lots
            v.bbo.ask_ticks, v.bbo.ask_lots = m.bbo.ask_ticks, m.bbo.ask_lots
            v.trade.trade_id, v.trade.price_ticks = m.trade.trade_id, m.trade.price_ticks
            v.trade.quantity_lots, v.trade.aggressor = m.trade.quantity_lots, m.trade.aggressor
            v.score_valid = not math.isnan(m.score)
            v.score = m.score
            w.last_market_ns[k] = m.last_market_ns
            for c, value in enumerate(m.row):
                w.rows[k * TP_FEATURES_MAX + c] = value
        for handle, part in zip(state.parts_of(self.stages), parts, strict=True):
            handle.import_state(part)
        for k in range(w.instrument_count):
            book_top(w.books[k], &w.views[k].top, w.levels[k])
