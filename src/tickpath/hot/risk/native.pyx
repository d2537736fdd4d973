"""Python handle of the native risk stage: tests, shadow, mixed backends. No logic."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from tickpath.core.codes cimport TP_OK
from tickpath.core.instruments cimport instrument_fill
from tickpath.core.records cimport (
    TP_INSTRUMENTS_MAX,
    TP_INTENTS_MAX,
    tp_intent,
    tp_intents,
    tp_position,
    tp_view,
)

from tickpath.core.backend import Available
from tickpath.core.errors import CapacityError
from tickpath.hot.risk import state as layout
from tickpath.hot.risk.context import limits_of

cdef enum:
    CURRENCIES_MAX = 64


def probe() -> Available:
    """There when it was built."""
    return Available(ok=True, reason="compiled")


cdef class Risk:
    """Verdicts on batches of intents; owns the kill state and the order tokens."""

    def __cinit__(self, config):
        cdef int32_t k
        self.state = <RiskState*>calloc(1, sizeof(RiskState))
        self.positions = <tp_position*>calloc(TP_INSTRUMENTS_MAX, sizeof(tp_position))
        self.views = <tp_view*>calloc(TP_INSTRUMENTS_MAX, sizeof(tp_view))
        if self.state == NULL or self.positions == NULL or self.views == NULL:
            raise MemoryError
        limits = limits_of(config)
        self.state.instrument_count = len(config.instruments)
        for k, instrument in enumerate(config.instruments):
            instrument_fill(&self.state.instruments[k], instrument)
            self.state.limits[k].order_lots_max = limits[k].order_lots_max
            self.state.limits[k].order_notional_units_max = limits[k].order_notional_units_max
            self.state.limits[k].position_ceiling_ppm = limits[k].position_ceiling_ppm
            self.state.limits[k].price_collar_ppm = limits[k].price_collar_ppm
            self.state.limits[k].order_rate_per_s = limits[k].order_rate_per_s
            self.state.limits[k].order_burst = limits[k].order_burst
            self.state.limits[k].stale_ns = limits[k].stale_ns
        self.state.rate_per_s = config.risk.order_rate_per_s
        self.state.credit_max = config.risk.order_burst * NS_PER_S
        self.state.credit = self.state.credit_max
        self.currency_count = len(config.currencies)

    def __dealloc__(self):
        free(self.state)
        free(self.positions)
        free(self.views)

    def kill(self) -> None:
        """From now on only cancels are allowed."""
        risk_kill(self.state)

    def rearm(self) -> None:
        """A person allows orders again."""
        risk_rearm(self.state)

    @property
    def killed(self):
        return bool(self.state.killed)

    cdef int sample(self, context, int64_t* last_market_ns, int64_t* equity_units) except -1:
        """The context's Python records as the structs the walk would hand over."""
        cdef int32_t k
        cdef tp_view* v
        for k in range(self.state.instrument_count):
            v = &self.views[k]
            p, top, bbo = context.positions[k], context.tops[k], context.bbos[k]
            self.positions[k].position_lots = p.position_lots
            self.positions[k].open_buy_lots = p.open_buy_lots
            self.positions[k].open_sell_lots = p.open_sell_lots
            self.positions[k].open_order_count = p.open_order_count
            v.top.bid_ticks, v.top.bid_lots = top.bid_ticks, top.bid_lots
            v.top.ask_ticks, v.top.ask_lots = top.ask_ticks, top.ask_lots
            v.top.status = top.status
            v.bbo.bid_ticks, v.bbo.ask_ticks = bbo.bid_ticks, bbo.ask_ticks
            v.trade.price_ticks = context.last_trade_ticks[k]
            last_market_ns[k] = context.last_market_ns[k]
        for k in range(self.currency_count):
            equity_units[k] = context.equity_units[k]
        return 0

    def validate(self, intents, context) -> list:
        """A code for every intent, 0 allowed; what is allowed counts for the rest of the batch."""
        cdef tp_intents batch
        cdef tp_intent* to
        cdef int64_t[TP_INSTRUMENTS_MAX] last_market_ns
        cdef int64_t[CURRENCIES_MAX] equity_units
        cdef int64_t[TP_INTENTS_MAX] replaced_lots
        cdef int32_t[TP_INTENTS_MAX] verdicts
        cdef int32_t k
        if len(intents) > TP_INTENTS_MAX:
            raise CapacityError(f"{len(intents)} intents in one input: at most {TP_INTENTS_MAX}")
        self.sample(context, last_market_ns, equity_units)
        batch.count = len(intents)
        batch.overflow = 0
        for k, i in enumerate(intents):
            to = &batch.items[k]
            to.kind, to.strategy, to.instrument, to.side = i.kind, i.strategy, i.instrument, i.side
            to.type, to.time_in_force, to.flags, to.tag = i.type, i.time_in_force, i.flags, i.tag
            to.price_ticks, to.quantity_lots = i.price_ticks, i.quantity_lots
            to.client_order_id, to.at_ns = i.client_order_id, i.at_ns
            replaced_lots[k] = context.replaced_lots[k]
        risk_validate(
            self.state, &batch, self.positions, self.views, last_market_ns, equity_units,
            replaced_lots, context.now_ns, verdicts)
        return [verdicts[k] for k in range(batch.count)]

    def export_state(self) -> bytes:
        """Canonical state, see state.py."""
        return layout.pack(bool(self.state.killed), self.state.credit, self.state.refilled_ns)

    def import_state(self, data: bytes) -> None:
        """Raises VerificationError for a state that is not one of this stage."""
        killed, credit, refilled_ns = layout.unpack(data, self.state.credit_max)
        self.state.killed = killed
        self.state.credit = credit
        self.state.refilled_ns = refilled_ns
