"""Risk in C: the generated list of checks over every intent of a batch.

Owns the kill state and the order tokens. Limits are copied from the configuration at start, after
the compiled ceilings were checked, and the checks clamp to the compiled ones once more. Worst case:
TP_INTENTS_MAX intents, about 2 us.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_INSTRUMENT, TP_RISK_INTENT
from tickpath.core.records cimport (
    TP_BLOCK_SHIFT,
    TP_BUY,
    TP_CANCEL,
    TP_INSTRUMENTS_MAX,
    TP_KILLED,
    TP_REDUCE_ONLY_ALL,
    TP_STRATEGIES_MAX,
    TP_SUBMIT,
    int128,
    tp_instrument,
    tp_intent,
    tp_intents,
    tp_limits,
    tp_portfolio,
    tp_position,
    tp_risk_input,
    tp_view,
)
from tickpath.hot.risk.values cimport added_lots

include "_checks.pxi"

cdef enum:
    NS_PER_S = 1000000000

cdef struct RiskPending:            # accepted in the batch in hand, not yet open orders
    uint64_t batch                  # of an earlier batch: nothing is pending
    int64_t buy_lots
    int64_t sell_lots

cdef struct RiskState:
    int32_t killed
    int32_t instrument_count
    int64_t credit                  # order tokens * 10^9
    int64_t credit_max
    int64_t rate_per_s
    int64_t refilled_ns
    uint64_t batch
    RiskPending pending[TP_INSTRUMENTS_MAX]
    int32_t gates[TP_INSTRUMENTS_MAX]           # written by control: flags, and above them a code
    int32_t strategy_gates[TP_STRATEGIES_MAX]
    tp_portfolio portfolio                      # written by portfolio
    tp_limits limits[TP_INSTRUMENTS_MAX]
    tp_instrument instruments[TP_INSTRUMENTS_MAX]


cdef inline void risk_kill(RiskState* r) noexcept nogil:
    """From now on only cancels are allowed."""
    r.killed = 1


cdef inline void risk_rearm(RiskState* r) noexcept nogil:
    """A person allows orders again."""
    r.killed = 0


cdef inline int32_t risk_flags(const RiskState* r, const tp_intent* intent) noexcept nogil:
    """What is closed for an order: kill switch, gate of its instrument, gate of its strategy."""
    cdef int32_t gate = r.gates[intent.instrument]
    cdef int32_t other = 0
    if 0 <= intent.strategy < TP_STRATEGIES_MAX:
        other = r.strategy_gates[intent.strategy]
    if gate >> TP_BLOCK_SHIFT == 0:
        gate |= other
    else:
        gate |= other & TP_REDUCE_ONLY_ALL
    return gate | TP_KILLED if r.killed else gate


cdef inline void risk_refill(RiskState* r, int64_t now_ns) noexcept nogil:
    """Token bucket: `rate_per_s` tokens a second up to the burst."""
    cdef int128 credit
    if now_ns <= r.refilled_ns:
        return
    credit = <int128>r.credit + (<int128>now_ns - r.refilled_ns) * r.rate_per_s
    r.credit = r.credit_max if credit > r.credit_max else <int64_t>credit
    r.refilled_ns = now_ns


cdef inline RiskPending* risk_pending(RiskState* r, int32_t instrument) noexcept nogil:
    """What the batch in hand has pending on an instrument."""
    cdef RiskPending* p = &r.pending[instrument]
    if p.batch != r.batch:
        p.batch = r.batch
        p.buy_lots = 0
        p.sell_lots = 0
    return p


cdef inline int32_t risk_one(
    RiskState* r, tp_risk_input* x, const tp_position* positions, const tp_view* views,
    const int64_t* last_market_ns, const int64_t* equity_units
) noexcept nogil:
    """All checks on one intent; what is allowed counts for the rest of the batch."""
    cdef int32_t i = x.intent.instrument
    cdef int32_t code
    cdef RiskPending* pending
    if i < 0 or i >= r.instrument_count:
        return TP_RISK_INSTRUMENT
    pending = risk_pending(r, i)
    x.instrument_known = 1
    x.instrument = &r.instruments[i]
    x.limits = &r.limits[i]
    x.position = &positions[i]
    x.top = &views[i].top
    x.bbo = &views[i].bbo
    x.portfolio = &r.portfolio
    x.last_trade_ticks = views[i].trade.price_ticks
    x.equity_units = equity_units[x.instrument.settle]
    x.last_market_ns = last_market_ns[i]
    x.pending_buy_lots = pending.buy_lots
    x.pending_sell_lots = pending.sell_lots
    x.tokens = r.credit / NS_PER_S
    x.flags = risk_flags(r, x.intent)
    code = checks_run(x)
    if code == TP_OK:
        r.credit -= NS_PER_S
        if x.intent.side == TP_BUY:
            pending.buy_lots += added_lots(x)
        else:
            pending.sell_lots += added_lots(x)
    return code


cdef inline void risk_validate(
    RiskState* r, const tp_intents* batch, const tp_position* positions, const tp_view* views,
    const int64_t* last_market_ns, const int64_t* equity_units, const int64_t* replaced_lots,
    int64_t now_ns, int32_t* verdicts
) noexcept nogil:
    """A code for every intent, 0 allowed. A cancel of a known instrument is always allowed."""
    cdef tp_risk_input x
    cdef int32_t k
    risk_refill(r, now_ns)
    r.batch += 1
    x.now_ns = now_ns
    for k in range(batch.count):
        x.intent = &batch.items[k]
        x.replaced_lots = replaced_lots[k]
        if x.intent.kind != TP_CANCEL:
            verdicts[k] = risk_one(r, &x, positions, views, last_market_ns, equity_units)
        elif 0 <= x.intent.instrument < r.instrument_count:
            verdicts[k] = TP_OK
        else:
            verdicts[k] = TP_RISK_INSTRUMENT


cdef inline bint risk_take_back(RiskState* r, const tp_intent* allowed) noexcept nogil:
    """Return the token and the pending lots of a SUBMIT allowed in the batch in hand; 0 when the
    batch has none such."""
    cdef int32_t i = allowed.instrument
    cdef int64_t* lots
    if i < 0 or i >= r.instrument_count or allowed.kind != TP_SUBMIT:
        return 0
    lots = &risk_pending(r, i).buy_lots
    if allowed.side != TP_BUY:
        lots = &risk_pending(r, i).sell_lots
    if allowed.quantity_lots <= 0 or allowed.quantity_lots > lots[0]:
        return 0
    lots[0] -= allowed.quantity_lots
    r.credit = r.credit + NS_PER_S if r.credit + NS_PER_S < r.credit_max else r.credit_max
    return 1


cdef inline int32_t risk_validate_moved(
    RiskState* r, const tp_intent* allowed, const tp_intent* moved, const tp_position* positions,
    const tp_view* views, const int64_t* last_market_ns, const int64_t* equity_units,
    int64_t now_ns
) noexcept nogil:
    """A SUBMIT allowed in the batch in hand that route moved to another instrument: all checks
    there, beside what the batch has pending there. Its first token and pending lots are returned
    before; TP_RISK_INTENT when the batch has none such. Positions are those the batch was
    validated with: ask before any of it is sent."""
    cdef tp_risk_input x
    if moved.kind != TP_SUBMIT or not risk_take_back(r, allowed):
        return TP_RISK_INTENT
    x.intent = moved
    x.replaced_lots = 0
    x.now_ns = now_ns
    return risk_one(r, &x, positions, views, last_market_ns, equity_units)


cdef inline void risk_validate_children(
    RiskState* r, const tp_intent* allowed, int32_t allowed_count, const tp_intent* children,
    int32_t count, const tp_position* positions, const tp_view* views,
    const int64_t* last_market_ns, const int64_t* equity_units, int64_t now_ns,
    int32_t* verdicts
) noexcept nogil:
    """SUBMITs that route made of others allowed in the batch in hand (an order, or children of an
    earlier try): what was allowed is taken back, then every child passes all checks, each beside
    those before it. TP_RISK_INTENT for all when one of `allowed` is not there to take back."""
    cdef tp_risk_input x
    cdef int32_t k, code = TP_OK
    for k in range(allowed_count):
        if not risk_take_back(r, &allowed[k]):
            code = TP_RISK_INTENT
    x.replaced_lots = 0
    x.now_ns = now_ns
    for k in range(count):
        x.intent = &children[k]
        verdicts[k] = code
        if code == TP_OK:
            verdicts[k] = TP_RISK_INTENT
            if children[k].kind == TP_SUBMIT:
                verdicts[k] = risk_one(r, &x, positions, views, last_market_ns, equity_units)


cdef class Risk:
    cdef RiskState* state
    cdef tp_position* positions
    cdef tp_view* views
    cdef int64_t* equity_units
    cdef int64_t last_market_ns[TP_INSTRUMENTS_MAX]
    cdef int32_t currency_count

    cdef int sample(self, context) except -1
