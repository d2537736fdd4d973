"""Python handle of native control: built once by an engine, then tests and mixed backends."""

from libc.stdint cimport INT64_MIN, int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from tickpath.core.records cimport TP_INSTRUMENTS_MAX, int128
from tickpath.hot.risk.limits cimport LIMIT_COUNT, limit_of, risk_set_limit
from tickpath.hot.risk.native cimport Risk

from tickpath.core.codes import Code
from tickpath.hot.risk.control import state as layout
from tickpath.hot.risk.control.plan import plans_of
from tickpath.hot.risk.control.spec import On
from tickpath.hot.risk.drawdown import limits_strategy, limits_total


cdef int128 wide_of(object value) except *:
    """A 128-bit integer of a Python one."""
    cdef int128 high = <int64_t>(value >> 64)
    return high * (<int128>1 << 64) + <uint64_t>(value & (2**64 - 1))


cdef object from_wide(int128 value):
    return (<int64_t>(value >> 64)) * 2**64 + <uint64_t>value


cdef int levels_fill(DrawdownLimits* to, object limits) except -1:
    to.reduce_ppm, to.halt_ppm = limits.reduce_ppm, limits.halt_ppm
    to.daily_reduce_ppm, to.daily_halt_ppm = limits.daily_reduce_ppm, limits.daily_halt_ppm
    to.day_start_ns = limits.day_start_ns
    return 0


cdef class Control:
    """Breakers, drawdowns and pauses over the risk handle whose gates it writes."""

    def __cinit__(self, config, Risk risk):
        cdef ControlState* c
        cdef int32_t k
        self.config, self.risk = config, risk
        plans = plans_of(config)
        total = sum(len(plan.watched) for plan in plans)
        n_strategies, n_currencies = len(config.strategies), len(config.currencies)
        c = self.state = <ControlState*>calloc(1, sizeof(ControlState))
        if c == NULL:
            raise MemoryError
        c.risk = risk.state
        c.instrument_count, c.strategy_count = len(config.instruments), n_strategies
        c.currency_count, c.breaker_count = n_currencies, total
        words = sum(plan.words * len(plan.watched) for plan in plans)
        c.breakers = <Breaker*>calloc(total + 1, sizeof(Breaker))
        c.words = <int64_t*>calloc(words + 1, sizeof(int64_t))
        c.drawdowns = <Drawdown*>calloc((1 + n_strategies) * n_currencies + 1, sizeof(Drawdown))
        c.cells = <StrategyCell*>calloc(
            n_strategies * c.instrument_count + 1, sizeof(StrategyCell))
        if c.breakers == NULL or c.words == NULL or c.drawdowns == NULL or c.cells == NULL:
            raise MemoryError
        levels_fill(&c.total, limits_total(config))
        levels_fill(&c.by_strategy, limits_strategy(config))
        for k in range(n_currencies):
            c.opening_units[k] = config.balance_units(k)
        for k in range((1 + n_strategies) * n_currencies):
            c.drawdowns[k].peak_units = c.opening_units[k % n_currencies]
            c.drawdowns[k].equity_units = c.drawdowns[k].peak_units
            c.drawdowns[k].day_open_units = c.drawdowns[k].peak_units
            c.drawdowns[k].day = -1
        self.fill_plans(plans)
        if limits_total(config).watched or c.wants & ON_MONEY:
            c.wants |= WATCH_TOTAL
        if limits_strategy(config).watched:
            c.wants |= WATCH_STRATEGIES
        if config.portfolio.grid_ns > 0:
            c.wants |= WATCH_PORTFOLIO
        c.tick_ns = INT64_MIN
        control_gates(c)

    cdef int fill_plans(self, plans) except -1:
        cdef ControlState* c = self.state
        cdef Plan* p
        cdef Breaker* b
        cdef int32_t k, i, first = 0
        cdef int64_t at = 0
        c.plan_count = len(plans)
        for k, plan in enumerate(plans):
            p = &c.plans[k]
            p.events, p.first, p.count = int(plan.rule.on), first, len(plan.watched)
            p.wide, p.cancel, p.manual = plan.wide, plan.spec.cancel, plan.spec.manual
            p.forgets, p.code = plan.rule.forgets, int(plan.rule.code)
            p.cooling_ns = plan.spec.cooling_ns
            for i in range(TP_INSTRUMENTS_MAX):
                place = plan.place(i)
                p.place[i] = -1 if place < 0 else first + <int32_t>place
            c.wants |= p.events
            for instrument in plan.watched:
                b = &c.breakers[first]
                first += 1
                b.rule, b.plan, b.instrument = plan.number, k, instrument
                b.limit, b.window_ns, b.count = (
                    plan.spec.limit, plan.spec.window_ns, plan.spec.count)
                b.word_count = plan.words
                b.words = c.words + at
                at += plan.words
        return 0

    def __dealloc__(self):
        if self.state != NULL:
            free(self.state.breakers)
            free(self.state.words)
            free(self.state.drawdowns)
            free(self.state.cells)
        free(self.state)

    @property
    def wants(self):
        return self.state.wants

    @property
    def tick_ns(self):
        """`tick` has nothing to do before."""
        return self.state.tick_ns

    @property
    def pending(self):
        """Whether the walk has something to cancel."""
        return bool(self.state.pending)

    @property
    def limits_version(self):
        """How many changes of a limit were accepted."""
        return self.state.limits_version

    @property
    def slot_version(self):
        """Version of the limits slot that was applied last."""
        return self.state.slot_version

    def tick(self, int64_t now_ns) -> None:
        control_tick(self.state, now_ns)

    def event(self, x) -> None:
        """One event to the breakers that ask for its kind."""
        cdef ControlEvent e
        e.on, e.instrument, e.report, e.reserved = int(x.on), x.instrument, x.report, 0
        e.now_ns, e.bid_ticks, e.ask_ticks = x.now_ns, x.bid_ticks, x.ask_ticks
        e.latency_ns, e.fill_lots = x.latency_ns, x.fill_lots
        e.peak_units, e.equity_units = x.peak_units, x.equity_units
        control_event(self.state, &e)

    def next_timer(self) -> int:
        """When a rule wants to see silence, 2**63 - 1 when none does."""
        return control_next_timer(self.state)

    def total(self, int32_t instrument, int64_t equity_units, int64_t now_ns) -> None:
        control_total(self.state, instrument, equity_units, now_ns)

    def marked(self, int32_t instrument, int64_t mid2, int64_t now_ns) -> None:
        control_marked(self.state, instrument, mid2, now_ns)

    def filled(self, int32_t strategy, int32_t instrument, int64_t lots, int64_t ticks,
               int64_t fee_units, int64_t mid2, int64_t now_ns) -> None:
        control_filled(self.state, strategy, instrument, lots, ticks, fee_units, mid2, now_ns)

    def pause(self, bint strategies, int64_t index, bint on) -> int:
        """Pause or resume an instrument or strategy."""
        return control_pause(self.state, strategies, index, on)

    def rearm(self, int64_t plan, int64_t now_ns) -> int:
        """A person re-arms a configured breaker, -1: all."""
        return control_rearm(self.state, plan, now_ns)

    def reset(self, int64_t strategy) -> int:
        """A person resets the drawdown of a strategy, -1: of the currencies as a whole."""
        return control_reset(self.state, strategy)

    def set_limit(self, int32_t limit, int32_t instrument, int64_t value) -> int:
        """A limit of an instrument, -1: of all; ENGINE_LIMIT outside 0 to the ceiling."""
        return control_set_limit(self.state, limit, instrument, value)

    def set_limits(self, uint64_t version, values) -> list:
        """What the limits slot says, for all instruments; -1 leaves a limit as it is."""
        self.state.slot_version = version
        return [self.set_limit(k, -1, value) for k, value in enumerate(values) if value != -1]

    def sweep_all(self) -> None:
        """Everything that is open is to be cancelled: the kill switch."""
        control_sweep(self.state, -1, SWEEP_CANCEL)

    def sweeps(self) -> tuple:
        """What the walk is to do, by instrument and by strategy."""
        return (
            [self.state.sweep[k] for k in range(self.state.instrument_count)],
            [self.state.sweep_strategies[k] for k in range(self.state.strategy_count)],
        )

    def swept(self, int32_t instrument, int32_t strategy) -> None:
        """One of them is done; -1: not that kind."""
        if 0 <= instrument < self.state.instrument_count:
            self.state.sweep[instrument] = SWEEP_NONE
        if 0 <= strategy < self.state.strategy_count:
            self.state.sweep_strategies[strategy] = SWEEP_NONE
        control_pending(self.state)

    def export_state(self) -> bytes:
        """Canonical bytes, see state.py."""
        cdef ControlState* c = self.state
        cdef Breaker* b
        cdef Drawdown* d
        cdef StrategyCell* cell
        cdef int32_t k, w
        image = layout.Image(limits_version=c.limits_version, slot_version=c.slot_version)
        image.sweep, image.sweep_strategies = self.sweeps()
        for k in range(c.instrument_count):
            image.limits.append([limit_of(&c.risk.limits[k], w) for w in range(LIMIT_COUNT)])
            image.paused.append(c.paused[k])
        image.paused_strategies = [c.paused_strategies[k] for k in range(c.strategy_count)]
        for k in range(c.breaker_count):
            b = &c.breakers[k]
            words = [b.words[w] for w in range(b.word_count)]
            image.breakers.append(
                (b.state, b.over, b.until_ns, b.deadline_ns, b.trips, words))
        for k in range((1 + c.strategy_count) * c.currency_count):
            d = &c.drawdowns[k]
            image.drawdowns.append((
                d.peak_units, d.equity_units, d.day_open_units, d.day, d.halted, d.day_halted,
                d.level))
        for k in range(c.strategy_count * c.instrument_count):
            cell = &c.cells[k]
            image.cells.append((
                cell.lots, cell.fee_units, cell.pnl_units, cell.broken, from_wide(cell.cost)))
        return layout.pack(image, c.currency_count)

    def import_state(self, data: bytes) -> None:
        """Raises DataError for a state of another configuration, or a forged one."""
        cdef ControlState* c = self.state
        cdef Breaker* b
        cdef Drawdown* d
        cdef StrategyCell* cell
        cdef int32_t k, w
        image = layout.unpack(
            data, c.instrument_count, c.strategy_count, c.currency_count,
            plans_of(self.config))
        c.limits_version, c.slot_version = image.limits_version, image.slot_version
        for k in range(c.instrument_count):
            for w in range(LIMIT_COUNT):
                risk_set_limit(c.risk, w, k, image.limits[k][w])
            c.paused[k], c.sweep[k] = image.paused[k], image.sweep[k]
        for k in range(c.strategy_count):
            c.paused_strategies[k] = image.paused_strategies[k]
            c.sweep_strategies[k] = image.sweep_strategies[k]
        for k in range(c.breaker_count):
            b = &c.breakers[k]
            b.state, b.over, b.until_ns, b.deadline_ns, b.trips, words = image.breakers[k]
            for w in range(b.word_count):
                b.words[w] = words[w]
        for k in range((1 + c.strategy_count) * c.currency_count):
            d = &c.drawdowns[k]
            (d.peak_units, d.equity_units, d.day_open_units, d.day, d.halted, d.day_halted,
             d.level) = image.drawdowns[k]
        for k in range(c.strategy_count * c.instrument_count):
            cell = &c.cells[k]
            cell.lots, cell.fee_units, cell.pnl_units, cell.broken, cost = image.cells[k]
            cell.cost = wide_of(cost)
        control_pending(c)
        c.tick_ns = INT64_MIN
        control_gates(c)
