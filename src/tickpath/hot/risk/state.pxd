"""What risk remembers, and what it is given to read."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport (
    TP_INSTRUMENTS_MAX,
    TP_MESSAGE_RATE_PER_S_MAX,
    TP_ORDER_RATE_PER_S_MAX,
    TP_STRATEGIES_MAX,
    TP_VENUES_MAX,
    tp_committed,
    tp_instrument,
    tp_limits,
    tp_portfolio,
    tp_position,
    tp_view,
)
from tickpath.hot.risk.exposure cimport Exposures, Pending
from tickpath.hot.risk.peers cimport Peer
from tickpath.hot.risk.rate cimport Bucket, bucket_set
from tickpath.hot.risk.recent cimport RecentRing

cdef struct RiskSample:             # borrowed for one batch; by instrument unless said otherwise
    const tp_position* positions
    const tp_position* legs         # [instrument * 2 + leg] where accounts hedge, else NULL
    const tp_committed* committed
    const tp_view* views
    const int64_t* last_market_ns
    const int64_t* equity_units     # by currency
    const int64_t* cash_units       # by currency
    const int64_t* replaced_lots    # by intent: leaves of the order that a REPLACE gives back
    const int64_t* replaced_ticks   # by intent: its price
    int64_t now_ns
    int32_t repeats                 # 1: the engine sends what a strategy wanted once: no duplicate
    int32_t probe                   # 1: asks for an order that waits first: it meets nothing yet

cdef struct RiskState:
    int32_t killed
    int32_t instrument_count
    int64_t now_ns                  # of the newest batch
    uint64_t batch
    uint64_t touched                # instruments to value again
    uint64_t venues_down
    Bucket orders
    Bucket messages
    Bucket venue_orders[TP_VENUES_MAX]
    Bucket venue_messages[TP_VENUES_MAX]
    Pending pending[TP_INSTRUMENTS_MAX]
    int32_t gates[TP_INSTRUMENTS_MAX]           # written by control: flags, and above them a code
    int32_t strategy_gates[TP_STRATEGIES_MAX]
    int64_t reference_ticks[TP_INSTRUMENTS_MAX]  # set by command, 0: none
    Peer peers[TP_INSTRUMENTS_MAX]
    tp_limits limits[TP_INSTRUMENTS_MAX]
    tp_instrument instruments[TP_INSTRUMENTS_MAX]
    Exposures exposures
    tp_portfolio portfolio          # written by portfolio
    RecentRing recent[TP_INSTRUMENTS_MAX]


cdef inline Pending* risk_pending(RiskState* r, int32_t instrument) noexcept nogil:
    """What the batch in hand has pending on an instrument."""
    cdef Pending* p = &r.pending[instrument]
    if p.batch != r.batch:
        p.batch = r.batch
        p.buy_lots = p.sell_lots = p.orders = 0
        p.best_buy = p.best_sell = p.cost_units = 0
    return p


cdef inline void rate_set(
    Bucket* b, int64_t rate_per_s, int64_t burst, int64_t most, int64_t now_ns
) noexcept nogil:
    """A rate and a burst, never above the compiled ceiling."""
    bucket_set(b, rate_per_s if rate_per_s < most else most, burst if burst < most else most,
               now_ns)


cdef inline void risk_rates(RiskState* r) noexcept nogil:
    """The limits say other rates: all instruments have them in common."""
    cdef const tp_limits* l = &r.limits[0]
    cdef int64_t orders = TP_ORDER_RATE_PER_S_MAX
    cdef int64_t messages = TP_MESSAGE_RATE_PER_S_MAX
    cdef int32_t v
    rate_set(&r.orders, l.order_rate_per_s, l.order_burst, orders, r.now_ns)
    rate_set(&r.messages, l.message_rate_per_s, l.message_burst, messages, r.now_ns)
    for v in range(TP_VENUES_MAX):
        rate_set(&r.venue_orders[v], l.venue_order_rate_per_s, l.venue_order_burst, orders,
                 r.now_ns)
        rate_set(&r.venue_messages[v], l.venue_message_rate_per_s, l.venue_message_burst,
                 messages, r.now_ns)
