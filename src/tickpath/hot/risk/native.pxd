"""Risk in C: the generated list of checks over every intent of a batch.

Owns the kill state and the order tokens. Limits are copied from the configuration at start, after
the compiled ceilings were checked. Worst case: TP_INTENTS_MAX intents, about 3 us.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport *
from tickpath.core.records cimport (
    TP_CANCEL,
    TP_INSTRUMENTS_MAX,
    TP_KILLED,
    TP_BUY,
    int128,
    tp_instrument,
    tp_intent,
    tp_intents,
    tp_limits,
    tp_position,
    tp_risk_input,
    tp_view,
)

include "_checks.pxi"

cdef enum:
    NS_PER_S = 1000000000

cdef struct RiskState:
    int32_t killed
    int32_t instrument_count
    int64_t credit                  # order tokens * 10^9
    int64_t credit_max
    int64_t rate_per_s
    int64_t refilled_ns
    tp_instrument instruments[TP_INSTRUMENTS_MAX]
    tp_limits limits[TP_INSTRUMENTS_MAX]
    int64_t pending_buy[TP_INSTRUMENTS_MAX]     # of the batch in hand
    int64_t pending_sell[TP_INSTRUMENTS_MAX]


cdef inline void risk_kill(RiskState* r) noexcept nogil:
    """From now on only cancels are allowed."""
    r.killed = 1


cdef inline void risk_rearm(RiskState* r) noexcept nogil:
    """A person allows orders again."""
    r.killed = 0


cdef inline void risk_refill(RiskState* r, int64_t now_ns) noexcept nogil:
    """Token bucket: `rate_per_s` tokens a second up to the burst."""
    cdef int128 credit
    if now_ns <= r.refilled_ns:
        return
    credit = <int128>r.credit + (<int128>now_ns - r.refilled_ns) * r.rate_per_s
    r.credit = r.credit_max if credit > r.credit_max else <int64_t>credit
    r.refilled_ns = now_ns


cdef inline void risk_begin(RiskState* r, const tp_intents* batch) noexcept nogil:
    """Forget what the last batch accepted, for the instruments this one names."""
    cdef int32_t k, i
    for k in range(batch.count):
        i = batch.items[k].instrument
        if 0 <= i < r.instrument_count:
            r.pending_buy[i] = 0
            r.pending_sell[i] = 0


cdef inline int32_t risk_one(
    RiskState* r, tp_risk_input* x, const tp_position* positions, const tp_view* views,
    const int64_t* last_market_ns, const int64_t* equity_units
) noexcept nogil:
    """All checks on one intent; what is allowed counts for the rest of the batch."""
    cdef int32_t i = x.intent.instrument
    cdef int32_t code
    x.instrument_known = 0 <= i < r.instrument_count
    if not x.instrument_known:
        i = 0
    x.instrument = &r.instruments[i]
    x.limits = &r.limits[i]
    x.position = &positions[i]
    x.top = &views[i].top
    x.bbo = &views[i].bbo
    x.last_trade_ticks = views[i].trade.price_ticks
    x.equity_units = equity_units[x.instrument.settle]
    x.last_market_ns = last_market_ns[i]
    x.pending_buy_lots = r.pending_buy[i]
    x.pending_sell_lots = r.pending_sell[i]
    x.tokens = r.credit / NS_PER_S
    x.flags = TP_KILLED if r.killed else 0
    code = checks_run(x)
    if code == TP_OK:
        r.credit -= NS_PER_S
        if x.intent.side == TP_BUY:
            r.pending_buy[i] += x.intent.quantity_lots - x.replaced_lots
        else:
            r.pending_sell[i] += x.intent.quantity_lots - x.replaced_lots
    return code


cdef inline void risk_validate(
    RiskState* r, const tp_intents* batch, const tp_position* positions, const tp_view* views,
    const int64_t* last_market_ns, const int64_t* equity_units, const int64_t* replaced_lots,
    int64_t now_ns, int32_t* verdicts
) noexcept nogil:
    """A code for every intent, 0 allowed."""
    cdef tp_risk_input x
    cdef int32_t k
    risk_refill(r, now_ns)
    risk_begin(r, batch)
    x.now_ns = now_ns
    for k in range(batch.count):
        x.intent = &batch.items[k]
        x.replaced_lots = replaced_lots[k]
        if x.intent.kind == TP_CANCEL:
            verdicts[k] = TP_OK if 0 <= x.intent.instrument < r.instrument_count \
                else TP_RISK_INSTRUMENT
        else:
            verdicts[k] = risk_one(r, &x, positions, views, last_market_ns, equity_units)


cdef class Risk:
    cdef RiskState* state
    cdef tp_position* positions
    cdef tp_view* views
    cdef int32_t currency_count

    cdef int sample(self, context, int64_t* last_market_ns, int64_t* equity_units) except -1
