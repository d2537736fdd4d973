"""Python handle of the native risk stage: tests, shadow, mixed backends. No logic."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from tickpath.core.instruments cimport instrument_fill
from tickpath.core.record_faces cimport intent_in
from tickpath.core.records cimport (
    TP_INSTRUMENTS_MAX,
    TP_INTENTS_MAX,
    TP_ORDER_RATE_PER_S_MAX,
    TP_STRATEGIES_MAX,
    tp_bbo,
    tp_book_top,
    tp_figure,
    tp_instrument,
    tp_intent,
    tp_intents,
    tp_limits,
    tp_portfolio,
    tp_position,
    tp_risk_input,
    tp_view,
)
from tickpath.hot.risk.limits cimport LIMIT_COUNT, limit_of, risk_set_limit

from tickpath.core.backend import Available
from tickpath.core.errors import CapacityError
from tickpath.hot.risk import state as layout
from tickpath.hot.risk.context import limits_of


def probe() -> Available:
    """There when it was built."""
    return Available(ok=True, reason="compiled")


cdef int fill_limits(tp_limits* to, object limits) except -1:
    to.order_lots_max = limits.order_lots_max
    to.order_notional_units_max = limits.order_notional_units_max
    to.position_ceiling_ppm = limits.position_ceiling_ppm
    to.price_collar_ppm = limits.price_collar_ppm
    to.order_rate_per_s = limits.order_rate_per_s
    to.order_burst = limits.order_burst
    to.stale_ns = limits.stale_ns
    return 0


cdef int fill_position(tp_position* to, object p) except -1:
    to.position_lots = p.position_lots
    to.open_buy_lots = p.open_buy_lots
    to.open_sell_lots = p.open_sell_lots
    to.open_order_count = p.open_order_count
    return 0


cdef int fill_top(tp_book_top* to, object top) except -1:
    to.bid_ticks, to.bid_lots = top.bid_ticks, top.bid_lots
    to.ask_ticks, to.ask_lots = top.ask_ticks, top.ask_lots
    to.status = top.status
    return 0


cdef int fill_figure(tp_figure* to, object p, str name) except -1:
    to.var_units = getattr(p, f"{name}_var_units")
    to.var_units_max = getattr(p, f"{name}_var_units_max")
    to.shortfall_units = getattr(p, f"{name}_shortfall_units")
    to.shortfall_units_max = getattr(p, f"{name}_shortfall_units_max")
    to.from_ns = getattr(p, f"{name}_from_ns")
    to.age_ns_max = getattr(p, f"{name}_age_ns_max")
    return 0


cdef int fill_portfolio(tp_portfolio* to, object p) except -1:
    """Figures and limits of the portfolio."""
    cdef int32_t k
    to.watched = p.watched
    fill_figure(&to.historical, p, "historical")
    fill_figure(&to.parametric, p, "parametric")
    fill_figure(&to.monte_carlo, p, "monte_carlo")
    to.correlated_units_max, to.correlated_from_ns = p.correlated_units_max, p.correlated_from_ns
    to.correlated_age_ns_max = p.correlated_age_ns_max
    for k, units in enumerate(p.correlated_units):
        to.correlated_units[k] = units
    return 0


def verdict(x) -> int:
    """The code that all checks in order give one input; decides nothing, changes nothing."""
    cdef tp_intent intent
    cdef tp_instrument instrument
    cdef tp_position position
    cdef tp_limits limits
    cdef tp_book_top top
    cdef tp_bbo bbo
    cdef tp_portfolio portfolio
    cdef tp_risk_input c
    intent_in(x.intent, &intent)
    instrument_fill(&instrument, x.instrument)
    fill_position(&position, x.position)
    fill_limits(&limits, x.limits)
    fill_top(&top, x.top)
    bbo.bid_ticks, bbo.ask_ticks = x.bbo.bid_ticks, x.bbo.ask_ticks
    c.intent, c.instrument, c.position, c.limits = &intent, &instrument, &position, &limits
    c.top, c.bbo, c.last_trade_ticks = &top, &bbo, x.last_trade_ticks
    fill_portfolio(&portfolio, x.portfolio)
    c.portfolio = &portfolio
    c.equity_units, c.now_ns, c.last_market_ns = x.equity_units, x.now_ns, x.last_market_ns
    c.pending_buy_lots, c.pending_sell_lots = x.pending_buy_lots, x.pending_sell_lots
    c.tokens, c.replaced_lots = x.tokens, x.replaced_lots
    c.instrument_known, c.flags = x.instrument_known, x.flags
    return checks_run(&c)


cdef class Risk:
    """Verdicts on batches of intents; owns the kill state and the order tokens."""

    def __cinit__(self, config):
        cdef int32_t k
        limits = limits_of(config)
        self.currency_count = len(config.currencies)
        self.state = <RiskState*>calloc(1, sizeof(RiskState))
        self.positions = <tp_position*>calloc(TP_INSTRUMENTS_MAX, sizeof(tp_position))
        self.views = <tp_view*>calloc(TP_INSTRUMENTS_MAX, sizeof(tp_view))
        self.equity_units = <int64_t*>calloc(self.currency_count + 1, sizeof(int64_t))
        if (self.state == NULL or self.positions == NULL or self.views == NULL
                or self.equity_units == NULL):
            raise MemoryError()
        self.state.instrument_count = len(config.instruments)
        for k, instrument in enumerate(config.instruments):
            instrument_fill(&self.state.instruments[k], instrument)
            fill_limits(&self.state.limits[k], limits[k])
        self.state.rate_per_s = min(<int64_t>config.risk.order_rate_per_s, TP_ORDER_RATE_PER_S_MAX)
        self.state.credit_max = NS_PER_S * min(
            <int64_t>config.risk.order_burst, TP_ORDER_RATE_PER_S_MAX)
        self.state.credit = self.state.credit_max

    def __dealloc__(self):
        free(self.state)
        free(self.positions)
        free(self.views)
        free(self.equity_units)

    def kill(self) -> None:
        """From now on only cancels are allowed."""
        risk_kill(self.state)

    def rearm(self) -> None:
        """A person allows orders again."""
        risk_rearm(self.state)

    @property
    def killed(self):
        """Whether the kill switch is set."""
        return bool(self.state.killed)

    def set_gate(self, int32_t instrument, int32_t flags) -> None:
        """What control closed for an instrument."""
        if 0 <= instrument < self.state.instrument_count:
            self.state.gates[instrument] = flags

    def set_strategy_gate(self, int32_t strategy, int32_t flags) -> None:
        """What control closed for a strategy."""
        if 0 <= strategy < TP_STRATEGIES_MAX:
            self.state.strategy_gates[strategy] = flags

    def set_limit(self, int32_t limit, int32_t instrument, int64_t value) -> int:
        """A limit of an instrument, -1: of all; ENGINE_LIMIT outside 0 to the ceiling."""
        return risk_set_limit(self.state, limit, instrument, value)

    def limits(self) -> list:
        """Limits by instrument in the order of control.state.LIMIT_FIELDS."""
        cdef int32_t k, n
        return [
            [limit_of(&self.state.limits[k], n) for n in range(LIMIT_COUNT)]
            for k in range(self.state.instrument_count)
        ]

    cdef int sample(self, context) except -1:
        """The context's Python records as the structs the walk would hand over."""
        cdef int32_t k
        for k in range(self.state.instrument_count):
            fill_position(&self.positions[k], context.positions[k])
            fill_top(&self.views[k].top, context.tops[k])
            self.views[k].trade.price_ticks = context.last_trade_ticks[k]
            self.last_market_ns[k] = context.last_market_ns[k]
        for k in range(self.currency_count):
            self.equity_units[k] = context.equity_units[k]
        return 0

    def validate(self, intents, context) -> list:
        """A code for every intent, 0 allowed; what is allowed counts for the rest of the batch."""
        cdef tp_intents batch
        cdef int64_t[TP_INTENTS_MAX] replaced_lots
        cdef int32_t[TP_INTENTS_MAX] verdicts
        cdef int32_t k
        if len(intents) > TP_INTENTS_MAX:
            raise CapacityError(f"{len(intents)} intents in one input: at most {TP_INTENTS_MAX}")
        self.sample(context)
        batch.count = len(intents)
        batch.overflow = 0
        for k, intent in enumerate(intents):
            intent_in(intent, &batch.items[k])
            replaced_lots[k] = context.replaced_lots[k]
        risk_validate(
            self.state, &batch, self.positions, self.views, self.last_market_ns,
            self.equity_units, replaced_lots, context.now_ns, verdicts)
        return [verdicts[k] for k in range(batch.count)]

    def validate_moved(self, allowed, moved, context) -> int:
        """The code of an allowed SUBMIT that route moved to another instrument."""
        cdef tp_intent first
        cdef tp_intent second
        intent_in(allowed, &first)
        intent_in(moved, &second)
        self.sample(context)
        return risk_validate_moved(
            self.state, &first, &second, self.positions, self.views, self.last_market_ns,
            self.equity_units, context.now_ns)

    def validate_children(self, allowed, children, context) -> list:
        """Codes of the children that route made of allowed SUBMITs."""
        cdef tp_intent[TP_INTENTS_MAX] first
        cdef tp_intent[TP_INTENTS_MAX] second
        cdef int32_t[TP_INTENTS_MAX] verdicts
        cdef int32_t k
        if max(len(allowed), len(children)) > TP_INTENTS_MAX:
            raise CapacityError(f"more than {TP_INTENTS_MAX} children of one order")
        for k, intent in enumerate(allowed):
            intent_in(intent, &first[k])
        for k, intent in enumerate(children):
            intent_in(intent, &second[k])
        self.sample(context)
        risk_validate_children(
            self.state, first, len(allowed), second, len(children), self.positions, self.views,
            self.last_market_ns, self.equity_units, context.now_ns, verdicts)
        return [verdicts[k] for k in range(len(children))]

    def export_state(self) -> bytes:
        """Canonical state, see state.py."""
        return layout.pack(bool(self.state.killed), self.state.credit, self.state.refilled_ns)

    def import_state(self, data: bytes) -> None:
        """Raises DataError for a state that is not one of this stage and its limits."""
        killed, credit, refilled_ns = layout.unpack(data, self.state.credit_max)
        self.state.killed = killed
        self.state.credit = credit
        self.state.refilled_ns = refilled_ns
