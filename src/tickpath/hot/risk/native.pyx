"""Python handle of the native risk stage: tests, shadow, mixed backends. No logic."""

cimport numpy as cnp
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from tickpath.core.instruments cimport instrument_fill
from tickpath.core.record_faces cimport intent_in
from tickpath.core.records cimport (
    TP_DUPLICATES_MAX,
    TP_INSTRUMENTS_MAX,
    TP_INTENTS_MAX,
    TP_STRATEGIES_MAX,
    TP_VENUES_MAX,
    tp_bbo,
    tp_book_top,
    tp_committed,
    tp_instrument,
    tp_intent,
    tp_limits,
    tp_portfolio,
    tp_position,
    tp_risk_input,
    tp_view,
)
from tickpath.hot.risk.faces cimport (
    fill_accounts,
    fill_committed,
    fill_input,
    fill_limits,
    fill_portfolio,
    fill_position,
    fill_top,
)
from tickpath.hot.risk.limits cimport LIMIT_COUNT, limit_of, risk_set_limit
from tickpath.hot.risk.rate cimport Bucket
from tickpath.hot.risk.recent cimport Recent, RecentRing
from tickpath.hot.risk.values cimport risk_derive
from tickpath.hot.risk.state cimport RiskSample, RiskState, risk_rates

from tickpath.core.backend import Available
from tickpath.core.errors import CapacityError
from tickpath.core.records import INTENT_DTYPE
from tickpath.hot.risk import state as layout
from tickpath.hot.risk.batch import refuse_arrays
from tickpath.hot.risk.context import limits_of
from tickpath.hot.risk.recent import Recent as RecentOrder

cnp.import_array()
cdef object WANTED = INTENT_DTYPE


def probe() -> Available:
    """There when it was built."""
    return Available(ok=True, reason="compiled")


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
    fill_input(&c, x)
    c.intent, c.instrument, c.position, c.limits = &intent, &instrument, &position, &limits
    c.top, c.bbo = &top, &bbo
    fill_portfolio(&portfolio, x.portfolio)
    c.portfolio = &portfolio
    risk_derive(&c)
    return checks_run(&c)


cdef list buckets_of(RiskState* r):
    """Every bucket's address as it is exported."""
    cdef int32_t v
    found = [<uint64_t>&r.orders]
    found += [<uint64_t>&r.venue_orders[v] for v in range(TP_VENUES_MAX)]
    found.append(<uint64_t>&r.messages)
    found += [<uint64_t>&r.venue_messages[v] for v in range(TP_VENUES_MAX)]
    return found


cdef list ring_out(const RecentRing* ring):
    """Oldest first."""
    cdef int32_t k
    cdef const Recent* e
    found = []
    for k in range(ring.count):
        e = &ring.items[(ring.next - ring.count + k + TP_DUPLICATES_MAX) % TP_DUPLICATES_MAX]
        found.append(RecentOrder(e.at_ns, e.price_ticks, e.quantity_lots, e.key))
    return found


cdef class Risk:
    """Verdicts on batches of intents; owns the kill state, the buckets of the rate limits and what
    was accepted last."""

    def __cinit__(self, config):
        cdef int32_t k
        limits = limits_of(config)
        self.currency_count = len(config.currencies)
        self.state = <RiskState*>calloc(1, sizeof(RiskState))
        self.positions = <tp_position*>calloc(TP_INSTRUMENTS_MAX, sizeof(tp_position))
        self.committed = <tp_committed*>calloc(TP_INSTRUMENTS_MAX, sizeof(tp_committed))
        self.legs = <tp_position*>calloc(TP_INSTRUMENTS_MAX, 2 * sizeof(tp_position))
        self.views = <tp_view*>calloc(TP_INSTRUMENTS_MAX, sizeof(tp_view))
        self.equity_units = <int64_t*>calloc(self.currency_count + 1, sizeof(int64_t))
        self.cash_units = <int64_t*>calloc(self.currency_count + 1, sizeof(int64_t))
        if (self.state == NULL or self.positions == NULL or self.committed == NULL
                or self.legs == NULL or self.views == NULL or self.equity_units == NULL
                or self.cash_units == NULL):
            raise MemoryError()
        self.state.instrument_count = len(config.instruments)
        for k, instrument in enumerate(config.instruments):
            instrument_fill(&self.state.instruments[k], instrument)
            fill_limits(&self.state.limits[k], limits[k])
        fill_accounts(self.state, config)
        risk_rates(self.state)
        self.touch_all()

    def __dealloc__(self):
        free(self.state)
        free(self.positions)
        free(self.committed)
        free(self.legs)
        free(self.views)
        free(self.equity_units)
        free(self.cash_units)

    cdef void touch_all(self) noexcept:
        """Everything may have changed."""
        cdef int32_t k
        for k in range(self.state.instrument_count):
            risk_touch(self.state, k)

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

    def set_venue(self, int32_t venue, bint up) -> None:
        """A venue is up or down."""
        if 0 <= venue < TP_VENUES_MAX:
            risk_venue(self.state, venue, up)

    def set_reference(self, int32_t instrument, int64_t ticks) -> int:
        """The price that orders are compared with, 0: none. ENGINE_COMMAND outside the tables."""
        return risk_reference(self.state, instrument, ticks)

    def tokens(self, int32_t venue, int64_t now_ns) -> int:
        """Orders that may go to a venue at once."""
        if not 0 <= venue < TP_VENUES_MAX:
            raise IndexError("venue out of range")
        return risk_tokens(self.state, venue, now_ns)

    def set_limit(self, int32_t limit, int32_t instrument, int64_t value) -> int:
        """A limit of an instrument, -1: of all; ENGINE_LIMIT outside 0 to the ceiling."""
        return risk_set_limit(self.state, limit, instrument, value)

    def limits(self) -> list:
        """Limits by instrument in the order of LIMIT_FIELDS."""
        cdef int32_t k, n
        return [
            [limit_of(&self.state.limits[k], n) for n in range(LIMIT_COUNT)]
            for k in range(self.state.instrument_count)
        ]

    cdef void borrow(self, RiskSample* s, int64_t now_ns) noexcept:
        """What the last context left here, for one batch."""
        s.positions, s.committed, s.views = self.positions, self.committed, self.views
        s.legs = NULL
        s.last_market_ns = self.last_market_ns
        s.equity_units, s.cash_units = self.equity_units, self.cash_units
        s.replaced_lots = s.replaced_ticks = NULL
        s.now_ns = now_ns
        s.repeats = s.probe = 0
        self.touch_all()

    def load(self, context) -> None:
        """Positions, books, equity and cash that `validate_batch` reads from now on."""
        cdef int32_t k
        for k in range(self.state.instrument_count):
            fill_position(&self.positions[k], context.positions[k])
            fill_committed(&self.committed[k], context.committed[k])
            fill_top(&self.views[k].top, context.tops[k])
            self.views[k].trade.price_ticks = context.last_trade_ticks[k]
            self.last_market_ns[k] = context.last_market_ns[k]
        for k in range(len(context.legs)):
            for n, leg in enumerate(context.legs[k]):
                fill_position(&self.legs[2 * k + <int32_t>n], leg)
        for k in range(self.currency_count):
            self.equity_units[k] = context.equity_units[k]
            self.cash_units[k] = context.cash_units[k]

    cdef int sample(self, context, RiskSample* s) except -1:
        """The context's Python records as the structs the walk would hand over."""
        cdef int32_t k
        self.load(context)
        self.borrow(s, context.now_ns)
        s.repeats, s.probe = context.repeats, context.probe
        s.legs = self.legs if len(context.legs) else NULL
        for k in range(min(<int32_t>len(context.replaced_lots), <int32_t>TP_INTENTS_MAX)):
            self.replaced_lots[k] = context.replaced_lots[k]
            self.replaced_ticks[k] = context.replaced_ticks[k]
        s.replaced_lots, s.replaced_ticks = self.replaced_lots, self.replaced_ticks
        return 0

    def validate(self, intents, context) -> list:
        """A code for every intent, 0 allowed; what is allowed counts for the rest of the batch."""
        cdef tp_intent[TP_INTENTS_MAX] batch
        cdef int32_t[TP_INTENTS_MAX] verdicts
        cdef RiskSample s
        cdef int32_t k
        if len(intents) > TP_INTENTS_MAX:
            raise CapacityError(f"{len(intents)} intents in one input: at most {TP_INTENTS_MAX}")
        self.sample(context, &s)
        for k, intent in enumerate(intents):
            intent_in(intent, &batch[k])
        risk_validate(self.state, batch, len(intents), &s, verdicts)
        return [verdicts[k] for k in range(len(intents))]

    def validate_batch(self, intents, codes, int64_t now_ns) -> int:
        """Codes of an array of intents into an array of int32, both read and written in place; how
        many are allowed. Positions and books are those of `load`."""
        cdef RiskSample s
        cdef const int32_t* out
        cdef int64_t k, count, allowed = 0
        if not (cnp.PyArray_Check(intents) and cnp.PyArray_Check(codes)
                and (<cnp.ndarray>intents).descr is WANTED
                and cnp.PyArray_TYPE(<cnp.ndarray>codes) == cnp.NPY_INT32
                and cnp.PyArray_NDIM(<cnp.ndarray>intents) == 1
                and cnp.PyArray_NDIM(<cnp.ndarray>codes) == 1
                and cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>intents)
                and cnp.PyArray_ISCARRAY(<cnp.ndarray>codes)
                and cnp.PyArray_SIZE(<cnp.ndarray>codes)
                >= cnp.PyArray_SIZE(<cnp.ndarray>intents)):
            refuse_arrays(intents, codes)
        count = cnp.PyArray_SIZE(<cnp.ndarray>intents)
        out = <const int32_t*>cnp.PyArray_DATA(<cnp.ndarray>codes)
        self.borrow(&s, now_ns)
        risk_validate(
            self.state, <const tp_intent*>cnp.PyArray_DATA(<cnp.ndarray>intents), <int32_t>count,
            &s, <int32_t*>out)
        for k in range(count):
            allowed += out[k] == 0
        return allowed

    def validate_moved(self, allowed, moved, context) -> int:
        """The code of an allowed SUBMIT that route moved to another instrument."""
        cdef tp_intent first
        cdef tp_intent second
        cdef RiskSample s
        intent_in(allowed, &first)
        intent_in(moved, &second)
        self.sample(context, &s)
        return risk_validate_moved(self.state, &first, &second, &s)

    def validate_children(self, allowed, children, context) -> list:
        """Codes of the children that route made of allowed SUBMITs."""
        cdef tp_intent[TP_INTENTS_MAX] first
        cdef tp_intent[TP_INTENTS_MAX] second
        cdef int32_t[TP_INTENTS_MAX] verdicts
        cdef RiskSample s
        cdef int32_t k
        if max(len(allowed), len(children)) > TP_INTENTS_MAX:
            raise CapacityError(f"more than {TP_INTENTS_MAX} children of one order")
        for k, intent in enumerate(allowed):
            intent_in(intent, &first[k])
        for k, intent in enumerate(children):
            intent_in(intent, &second[k])
        self.sample(context, &s)
        risk_validate_children(
            self.state, first, len(allowed), second, len(children), &s, verdicts)
        return [verdicts[k] for k in range(len(children))]

    def export_state(self) -> bytes:
        """Canonical state, see state.py."""
        cdef RiskState* r = self.state
        cdef int32_t k
        image = layout.Image(
            killed=bool(r.killed),
            now_ns=r.now_ns,
            venues_down=r.venues_down,
            full_ns=[(<Bucket*><uint64_t>place).full_ns for place in buckets_of(r)],
            reference_ticks=[r.reference_ticks[k] for k in range(r.instrument_count)],
            recent=[ring_out(&r.recent[k]) for k in range(r.instrument_count)],
        )
        return layout.pack(image)

    def import_state(self, data: bytes) -> None:
        """Raises DataError for a state that is not one of this stage and its limits."""
        cdef RiskState* r = self.state
        cdef RecentRing* ring
        cdef int32_t k, n
        image = layout.unpack(data, r.instrument_count)
        r.killed, r.now_ns, r.venues_down = image.killed, image.now_ns, image.venues_down
        for place, full_ns in zip(buckets_of(r), image.full_ns):
            (<Bucket*><uint64_t>place).full_ns = full_ns
        for k in range(r.instrument_count):
            r.reference_ticks[k] = image.reference_ticks[k]
            ring = &r.recent[k]
            ring.count = len(image.recent[k])
            ring.next = ring.count % TP_DUPLICATES_MAX
            for n, entry in enumerate(image.recent[k]):
                ring.items[n].at_ns, ring.items[n].price_ticks = entry.at_ns, entry.price_ticks
                ring.items[n].quantity_lots, ring.items[n].key = entry.quantity_lots, entry.key
        self.touch_all()
