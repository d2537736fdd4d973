"""Our resting orders against the replayed book: queue positions, fills, expiry.

In: the venue's own book before and after each frame, its trades. Out: fills with their reason.
All integers; the order of our orders is the order of their arrival. Worst case: SIM_ORDERS_MAX
resting orders touched by every trade.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.fixed cimport divide_half_even
from tickpath.core.records cimport (
    TP_BUY,
    TP_INVERSE,
    TP_SELL,
    int128,
    tp_instrument,
    tp_level,
)
from tickpath.venues.sim.queue cimport QueueModel, queue_advance

cdef enum:
    SIM_ORDERS_MAX = 1024             # open, those that rest and those that wait
    SIM_ALGO_ORDERS_MAX = 5           # waiting stops of an instrument: MAX_NUM_ALGO_ORDERS
    SIM_ICEBERG_PARTS_MAX = 10
    SIM_GOOD_TILL_MS_MIN = 600000
    SIM_FILLS_MAX = 65536
    SIM_ENDED_MAX = 4096              # ended orders that a query still finds (power of two)
    SIM_DEPTH_MAX = 256               # levels a taking order walks
    WHY_TAKE = 0
    WHY_QUEUE = 1
    WHY_THROUGH = 2
    WHY_CROSS = 3
    LEG_BOTH = 0
    LEG_LONG = 1
    LEG_SHORT = 2
    LEGS = 3

cdef struct SimOrder:
    uint64_t client_order_id
    int64_t order_id
    int32_t instrument
    int32_t side
    int32_t type
    int32_t time_in_force
    int32_t reduce_only
    int32_t beside                    # 1: rests where it took; the other side still stands there
    int32_t waits                     # 1: a stop that no trade has reached
    int32_t leg                       # of a hedging account: LEG_LONG, LEG_SHORT; else LEG_BOTH
    int64_t stop_ticks                # 0: no stop
    int64_t display_lots              # 0: no iceberg
    int64_t clip_lots                 # what of an iceberg is shown
    int64_t good_till_ms              # 0: good till cancelled
    int64_t price_ticks
    int64_t quantity_lots
    int64_t filled_lots
    int64_t quote_units               # of all fills so far, 0 for inverse contracts
    int64_t created_ns
    int64_t updated_ns
    int64_t ahead_lots                # displayed quantity that trades before us
    int64_t shown_lots                # displayed at our price after the last depth message
    int64_t traded_lots               # traded at our price since then
    int64_t arrival                   # in a queue of single orders: numbered with theirs

cdef struct SimFill:
    int64_t t_ns
    uint64_t client_order_id
    int64_t price_ticks
    int64_t quantity_lots
    int64_t fee_units
    int64_t trade_id
    int32_t instrument
    int32_t side
    int32_t maker
    int32_t why


cdef inline int64_t leaves(const SimOrder* o) noexcept nogil:
    return o.quantity_lots - o.filled_lots


cdef inline int64_t offer(const SimOrder* o) noexcept nogil:
    """What others can hit."""
    return o.clip_lots if o.display_lots != 0 else leaves(o)


cdef inline bint closes_leg(const SimOrder* o) noexcept nogil:
    """Whether it takes from a leg of a hedging account."""
    return o.leg == LEG_LONG and o.side == TP_SELL or o.leg == LEG_SHORT and o.side == TP_BUY


cdef inline void show_clip(SimOrder* o) noexcept nogil:
    o.clip_lots = o.display_lots if o.display_lots < leaves(o) else leaves(o)


cdef inline bint clip_filled(SimOrder* o, int64_t lots) noexcept nogil:
    """A fill of what rests; whether the next clip of an iceberg follows."""
    if o.display_lots == 0:
        return 0
    o.clip_lots -= lots
    if o.clip_lots > 0 or leaves(o) == 0:
        return 0
    show_clip(o)
    return 1


cdef inline bint stop_reached(const SimOrder* o, int64_t ticks) noexcept nogil:
    """Whether a trade at a price triggers a stop."""
    return ticks >= o.stop_ticks if o.side == TP_BUY else ticks <= o.stop_ticks


cdef inline int64_t fee_of(
    const tp_instrument* i, int64_t ticks, int64_t lots, bint maker
) noexcept nogil:
    """Fee in settle units, rounded half to even; negative is a rebate."""
    cdef int128 num, den
    cdef int64_t ppm = i.maker_fee_ppm if maker else i.taker_fee_ppm
    if i.kind == TP_INVERSE:
        num = <int128>lots * i.value_num
        den = <int128>ticks * i.value_den
    else:
        num = <int128>ticks * lots * i.value_num
        den = i.value_den
    return divide_half_even(num * ppm, den * 1000000)


cdef inline int64_t quote_of(const tp_instrument* i, int64_t ticks, int64_t lots) noexcept nogil:
    """Price times quantity in settle units, rounded half to even; 0 for inverse contracts."""
    if i.kind == TP_INVERSE:
        return 0
    return divide_half_even(<int128>ticks * lots * i.value_num, i.value_den)


cdef inline bint too_small(const tp_instrument* i, int64_t ticks, int64_t lots) noexcept nogil:
    """Whether the notional is below the instrument's minimum, exactly."""
    if i.kind == TP_INVERSE:
        return <int128>lots * i.value_num < <int128>ticks * i.value_den * i.notional_units_min
    return <int128>ticks * lots * i.value_num < <int128>i.value_den * i.notional_units_min


cdef inline void order_depth(
    SimOrder* o, const QueueModel* model, int64_t shown_now
) noexcept nogil:
    """A depth message passed: explain the change at our price, advance the queue."""
    cdef int64_t shown = o.shown_lots - o.traded_lots
    cdef int64_t decrease
    if shown < 0:
        shown = 0
    decrease = shown - shown_now
    if decrease > 0:
        o.ahead_lots -= queue_advance(model, o.ahead_lots, shown, decrease)
    if o.ahead_lots > shown_now:
        o.ahead_lots = shown_now
    if o.ahead_lots < 0:
        o.ahead_lots = 0
    o.shown_lots = shown_now
    o.traded_lots = 0


cdef inline int64_t order_trade(
    SimOrder* o, int32_t aggressor, int64_t ticks, int64_t lots, int64_t left, bint whole,
    int32_t* why
) noexcept nogil:
    """Quantity of ours that a trade of `lots` fills; our earlier orders left `left` of it. `whole`:
    what it reaches is filled as a whole.

    The recorded book never held our orders, so all of the trade explains the next decrease."""
    cdef int64_t past
    if aggressor == o.side or lots <= 0:
        return 0
    if o.price_ticks != ticks:
        if (o.price_ticks > ticks) != (o.side == TP_BUY):
            return 0
        why[0] = WHY_THROUGH
        return leaves(o)
    o.traded_lots += lots
    past = left - o.ahead_lots
    o.ahead_lots = o.ahead_lots - left if past < 0 else 0
    if past <= 0:
        return 0
    why[0] = WHY_QUEUE
    return past if past < offer(o) and not whole else offer(o)


cdef inline bint would_cross(int32_t side, int64_t ticks, int64_t bid, int64_t ask) noexcept nogil:
    """Whether a price takes from the other side; an empty side crosses nothing."""
    if side == TP_BUY:
        return ask > 0 and ticks >= ask
    return bid > 0 and ticks <= bid
