"""Risk in C: the generated list of checks over every intent of a batch.

Owns the kill state, the buckets of the rate limits, what was accepted last and the sums of
exposure. Limits are copied from the configuration at start, after the compiled ceilings were
checked, and the checks clamp to the compiled ones once more. `state.pxd` holds the structs,
`sample.pxd` brings together what the checks of one order read. Worst case: every instrument valued
again, then TP_INTENTS_MAX intents, about 4 us.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.codes cimport (
    TP_ENGINE_COMMAND,
    TP_OK,
    TP_RISK_INSTRUMENT,
    TP_RISK_INTENT,
)
from tickpath.core.hint cimport tp_likely, tp_unlikely
from tickpath.core.records cimport (
    TP_BUY,
    TP_CANCEL,
    TP_GTC,
    TP_INSTRUMENTS_MAX,
    TP_INTENTS_MAX,
    TP_MARKET,
    TP_SUBMIT,
    tp_committed,
    tp_intent,
    tp_position,
    tp_risk_input,
    tp_view,
)
from tickpath.hot.risk.exposure cimport Exposure, Pending, exposure_put, exposure_refresh
from tickpath.hot.risk.peers cimport lowest_bit
from tickpath.hot.risk.rate cimport bucket_give, bucket_spend, bucket_take, bucket_tokens
from tickpath.hot.risk.recent cimport recent_put
from tickpath.hot.risk.sample cimport intent_cost, sample_order
from tickpath.hot.risk.state cimport RiskSample, RiskState, risk_pending

include "_checks.pxi"


cdef inline void risk_kill(RiskState* r) noexcept nogil:
    """From now on only cancels are allowed."""
    r.killed = 1


cdef inline void risk_rearm(RiskState* r) noexcept nogil:
    """A person allows orders again."""
    r.killed = 0


cdef inline void risk_venue(RiskState* r, int32_t venue, bint up) noexcept nogil:
    """A venue is up or down."""
    cdef uint64_t bit = <uint64_t>1 << venue
    r.venues_down = r.venues_down & ~bit if up else r.venues_down | bit


cdef inline int32_t risk_reference(
    RiskState* r, int32_t instrument, int64_t ticks
) noexcept nogil:
    """The price that orders are compared with, 0: none."""
    if instrument < 0 or instrument >= r.instrument_count or ticks < 0 or ticks >> 62 != 0:
        return TP_ENGINE_COMMAND
    r.reference_ticks[instrument] = ticks
    return TP_OK


cdef inline int64_t risk_tokens(
    const RiskState* r, int32_t venue, int64_t now_ns
) noexcept nogil:
    """Orders that may go to a venue at once."""
    cdef int64_t all_venues = bucket_tokens(&r.orders, now_ns)
    cdef int64_t one = bucket_tokens(&r.venue_orders[venue], now_ns)
    return one if one < all_venues else all_venues


cdef inline void risk_touch(RiskState* r, int32_t instrument) noexcept nogil:
    """The mark, the position or the open orders of an instrument may have changed."""
    r.touched |= <uint64_t>1 << instrument


cdef inline void take_message(RiskState* r, int32_t venue) noexcept nogil:
    bucket_take(&r.messages, r.now_ns)
    bucket_take(&r.venue_messages[venue], r.now_ns)


cdef inline void refresh(RiskState* r, const RiskSample* s, int32_t k) noexcept nogil:
    exposure_refresh(
        &r.exposures, &r.instruments[k], &s.positions[k], &s.committed[k], risk_pending(r, k),
        &s.views[k])


cdef inline void accept(
    RiskState* r, const RiskSample* s, Pending* p, const tp_risk_input* x, const Exposure* after,
    bint repeats, bint alone
) noexcept nogil:
    """What is allowed counts for the rest of the batch; of an order that is `alone` in it the sums
    are left as they were, since the next batch values its instrument again."""
    cdef const tp_intent* i = x.intent
    cdef int32_t venue = x.instrument.venue
    cdef bint rests = i.type != TP_MARKET and i.time_in_force == TP_GTC
    bucket_spend(&r.orders, r.now_ns)
    bucket_spend(&r.venue_orders[venue], r.now_ns)
    bucket_spend(&r.messages, r.now_ns)
    bucket_spend(&r.venue_messages[venue], r.now_ns)
    p.orders += i.kind == TP_SUBMIT
    p.cost_units += after.reserved_units - r.exposures.of[i.instrument].reserved_units
    if i.side == TP_BUY:
        p.buy_lots += x.added_lots
        if rests and i.price_ticks > p.best_buy:
            p.best_buy = i.price_ticks
    else:
        p.sell_lots += x.added_lots
        if rests and (p.best_sell == 0 or i.price_ticks < p.best_sell):
            p.best_sell = i.price_ticks
    if tp_unlikely(x.limits.duplicate_ns > 0) and i.kind == TP_SUBMIT and not repeats:
        recent_put(&r.recent[i.instrument], i, r.now_ns)
    if tp_unlikely(not alone):
        if x.exposure_unknown:
            refresh(r, s, i.instrument)
        else:
            exposure_put(&r.exposures, x.instrument, after)
    risk_touch(r, i.instrument)


cdef inline int32_t risk_one(
    RiskState* r, const tp_intent* intent, const RiskSample* s, int64_t replaced_lots,
    int64_t replaced_ticks, bint repeats, bint alone
) noexcept nogil:
    """All checks on one intent."""
    cdef tp_risk_input x
    cdef Exposure after
    cdef Pending* p
    cdef int32_t code
    if tp_unlikely(intent.instrument < 0 or intent.instrument >= r.instrument_count):
        return TP_RISK_INSTRUMENT
    x.intent = intent
    x.replaced_lots = replaced_lots
    p = risk_pending(r, intent.instrument)
    sample_order(r, s, p, &x, replaced_ticks, repeats, &after)
    code = checks_run(&x)
    if tp_likely(code == TP_OK):
        accept(r, s, p, &x, &after, repeats, alone)
    return code


cdef inline void risk_begin(RiskState* r, const RiskSample* s) noexcept nogil:
    """A new batch: nothing is pending, what was touched is valued again."""
    cdef uint64_t left = r.touched
    r.batch += 1
    if s.now_ns > r.now_ns:
        r.now_ns = s.now_ns
    while left != 0:
        refresh(r, s, lowest_bit(left))
        left &= left - 1
    r.touched = 0


cdef inline void risk_validate(
    RiskState* r, const tp_intent* intents, int32_t count, const RiskSample* s,
    int32_t* verdicts
) noexcept nogil:
    """A code for every intent, 0 allowed. A cancel of a known instrument is always allowed; it is a
    message all the same."""
    cdef const tp_intent* i
    cdef int32_t k
    risk_begin(r, s)
    for k in range(count):
        i = &intents[k]
        if i.kind != TP_CANCEL:
            verdicts[k] = risk_one(
                r, i, s, s.replaced_lots[k] if s.replaced_lots != NULL else 0,
                s.replaced_ticks[k] if s.replaced_ticks != NULL else 0, s.repeats, count == 1)
        elif 0 <= i.instrument < r.instrument_count:
            take_message(r, r.instruments[i.instrument].venue)
            verdicts[k] = TP_OK
        else:
            verdicts[k] = TP_RISK_INSTRUMENT


cdef inline bint risk_take_back(
    RiskState* r, const tp_intent* allowed, const RiskSample* s
) noexcept nogil:
    """Return the tokens and the pending lots of a SUBMIT allowed in the batch in hand; 0 when the
    batch has none such. Its price stays among the pending ones."""
    cdef int32_t i = allowed.instrument
    cdef int32_t venue
    cdef int64_t* lots
    cdef int64_t cost = 0
    cdef Pending* p
    if i < 0 or i >= r.instrument_count or allowed.kind != TP_SUBMIT:
        return 0
    p = risk_pending(r, i)
    lots = &p.buy_lots if allowed.side == TP_BUY else &p.sell_lots
    if allowed.quantity_lots <= 0 or allowed.quantity_lots > lots[0] or p.orders <= 0:
        return 0
    venue = r.instruments[i].venue
    if p.cost_units != 0 and allowed.side == TP_BUY:
        intent_cost(r, s, allowed, &cost)
        p.cost_units = p.cost_units - cost if p.cost_units > cost else 0
    lots[0] -= allowed.quantity_lots
    p.orders -= 1
    bucket_give(&r.orders)
    bucket_give(&r.venue_orders[venue])
    bucket_give(&r.messages)
    bucket_give(&r.venue_messages[venue])
    refresh(r, s, i)
    risk_touch(r, i)
    return 1


cdef inline int32_t risk_validate_moved(
    RiskState* r, const tp_intent* allowed, const tp_intent* moved, const RiskSample* s
) noexcept nogil:
    """A SUBMIT allowed in the batch in hand that route moved to another instrument: all checks
    there, beside what the batch has pending there. Its first tokens and pending lots are returned
    before; TP_RISK_INTENT when the batch has none such. Positions are those the batch was
    validated with: ask before any of it is sent."""
    if moved.kind != TP_SUBMIT or not risk_take_back(r, allowed, s):
        return TP_RISK_INTENT
    return risk_one(r, moved, s, 0, 0, 1, 0)


cdef inline void risk_validate_children(
    RiskState* r, const tp_intent* allowed, int32_t allowed_count, const tp_intent* children,
    int32_t count, const RiskSample* s, int32_t* verdicts
) noexcept nogil:
    """SUBMITs that route made of others allowed in the batch in hand (an order, or children of an
    earlier try): what was allowed is taken back, then every child passes all checks, each beside
    those before it. TP_RISK_INTENT for all when one of `allowed` is not there to take back."""
    cdef int32_t k, code = TP_OK
    for k in range(allowed_count):
        if not risk_take_back(r, &allowed[k], s):
            code = TP_RISK_INTENT
    for k in range(count):
        verdicts[k] = code
        if code == TP_OK:
            verdicts[k] = TP_RISK_INTENT
            if children[k].kind == TP_SUBMIT:
                verdicts[k] = risk_one(r, &children[k], s, 0, 0, 1, 0)


cdef class Risk:
    cdef RiskState* state
    cdef tp_position* positions
    cdef tp_committed* committed
    cdef tp_position* legs
    cdef tp_view* views
    cdef int64_t* equity_units
    cdef int64_t* cash_units
    cdef int64_t last_market_ns[TP_INSTRUMENTS_MAX]
    cdef int64_t replaced_lots[TP_INTENTS_MAX]
    cdef int64_t replaced_ticks[TP_INTENTS_MAX]
    cdef int32_t currency_count

    cdef void touch_all(self) noexcept
    cdef void borrow(self, RiskSample* s, int64_t now_ns) noexcept
    cdef int sample(self, context, RiskSample* s) except -1
