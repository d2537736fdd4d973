"""What several checks need: the order's price, the worst case, exact comparisons of notionals.

Value. Linear and spot value grows with the price, so the higher of the order's price and the
reference counts. An inverse contract's value in its settle currency grows as the price falls, so
the lower counts: the conservative choice for both. A market order has no limit: it may slip from
the far touch to the collar, and that end counts. Products are taken in 128 bits with overflow
caught: one that does not fit is refused, never wrapped.
"""

from libc.stdint cimport INT64_MIN, int32_t, int64_t, uint64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_NOTIONAL_MIN, TP_RISK_OVERFLOW
from tickpath.core.fixed cimport add_overflows, mul128_overflows, mul_overflows
from tickpath.core.hint cimport tp_likely, tp_unlikely
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_BUY,
    TP_INVERSE,
    TP_MARKET,
    TP_POSITION_LONG,
    TP_POSITION_SHORT,
    TP_PRICE_COLLAR_PPM_MAX,
    TP_REDUCE_ONLY,
    TP_REPLACE,
    TP_SELL,
    int128,
    tp_book_top,
    tp_intent,
    tp_risk_input,
)

cdef enum:
    OVER = -1
    PPM = 1000000
    WORD_MAX = 0x7FFFFFFFFFFFFFFF


cdef inline int64_t own_ticks_of(const tp_risk_input* x) noexcept nogil:
    """The order's own price: its limit, or the far touch of a market order."""
    if x.intent.type != TP_MARKET:
        return x.intent.price_ticks
    return x.top.ask_ticks if x.intent.side == TP_BUY else x.top.bid_ticks


cdef inline int64_t collar_ppm(const tp_risk_input* x) noexcept nogil:
    """The configured collar, never wider than the compiled one."""
    cdef int64_t ppm = x.limits.price_collar_ppm
    return ppm if ppm < TP_PRICE_COLLAR_PPM_MAX else TP_PRICE_COLLAR_PPM_MAX


cdef inline bint reduces_only(const tp_intent* i) noexcept nogil:
    """Whether an order may only reduce: it says so, or it closes the leg that it names, which no
    fill takes through zero."""
    return (i.flags & (TP_REDUCE_ONLY | (
        TP_POSITION_LONG if i.side == TP_SELL else TP_POSITION_SHORT))) != 0


cdef inline int64_t part_of(int64_t value, int64_t ppm) noexcept nogil:
    """value * ppm / 10^6 rounded down, without a 128-bit division; value >= 0, ppm 0..10^6."""
    cdef uint64_t whole = <uint64_t>value / PPM
    cdef uint64_t rest = <uint64_t>value - whole * PPM
    return <int64_t>(whole * <uint64_t>ppm + rest * <uint64_t>ppm / PPM)


cdef inline bint outside(int64_t ticks, int64_t center, int64_t ppm) noexcept nogil:
    """Whether a price is further than a part of `center` > 0 from it."""
    cdef int128 off = <int128>ticks - center
    return (-off if off < 0 else off) * PPM > <int128>center * ppm


cdef inline int64_t reach_ticks_of(const tp_risk_input* x) noexcept nogil:
    """The worst price the order may trade at: its limit, or the far touch slipped by the collar;
    INT64_MIN past 63 bits."""
    cdef int64_t touch = own_ticks_of(x)
    cdef int64_t ppm, slip, sum
    if tp_likely(x.intent.type != TP_MARKET or touch <= 0):
        return touch
    ppm = collar_ppm(x)
    slip = part_of(touch, ppm) + (touch % PPM * ppm % PPM != 0)
    if x.intent.side == TP_BUY:
        return INT64_MIN if add_overflows(touch, slip, &sum) else sum
    return touch - slip if touch > slip else 1


cdef inline uint64_t mark_twice(
    const tp_book_top* top, int64_t last_trade_ticks
) noexcept nogil:
    """Twice the mark in ticks: mid of a good book, else the last trade, else 0."""
    if top.status == TP_BOOK_OK and top.bid_ticks > 0 and top.ask_ticks > 0:
        return <uint64_t>top.bid_ticks + <uint64_t>top.ask_ticks
    return 2 * <uint64_t>last_trade_ticks if last_trade_ticks > 0 else 0


cdef inline int64_t value_ticks_of(const tp_risk_input* x) noexcept nogil:
    """The price of the two, own reach and reference, that makes the order worth more."""
    cdef int64_t own = x.reach_ticks
    cdef uint64_t reference2 = x.reference2
    cdef int64_t reference
    if reference2 == 0 or own == INT64_MIN:
        return own
    if x.instrument.kind == TP_INVERSE:
        reference = <int64_t>(reference2 >> 1)
        return own if own < reference else reference
    reference = <int64_t>((reference2 + 1) >> 1)
    return own if own > reference else reference


cdef inline int64_t given_back_of(const tp_risk_input* x) noexcept nogil:
    """Lots of the replaced order that no longer count: at most those open on the order's side, and
    never more than the new order takes, since the old one may still fill before it is gone."""
    cdef int64_t lots = x.replaced_lots
    cdef int64_t open_lots
    if x.intent.kind != TP_REPLACE:
        return 0
    open_lots = x.position.open_buy_lots if x.intent.side == TP_BUY else x.position.open_sell_lots
    if lots > open_lots:
        lots = open_lots
    if lots > x.intent.quantity_lots:
        lots = x.intent.quantity_lots
    return lots if lots > 0 else 0


cdef inline int64_t pending_lots(const tp_risk_input* x) noexcept nogil:
    """Accepted before in this batch on the order's side."""
    return x.pending_buy_lots if x.intent.side == TP_BUY else x.pending_sell_lots


cdef inline int128 worst_lots_of(const tp_risk_input* x) noexcept nogil:
    """Position in the order's direction if everything open there fills; <= 0: it only reduces."""
    cdef int128 held = x.position.position_lots
    if x.intent.side == TP_BUY:
        held += x.position.open_buy_lots
    else:
        held = x.position.open_sell_lots - held
    return held + pending_lots(x) + x.added_lots


cdef inline void risk_derive(tp_risk_input* x) noexcept nogil:
    """The fields that follow from others: every check may read them."""
    x.own_ticks = own_ticks_of(x)
    x.reach_ticks = reach_ticks_of(x)
    x.reference2 = mark_twice(x.top, x.last_trade_ticks)
    x.value_ticks = value_ticks_of(x)
    x.given_lots = given_back_of(x)
    x.added_lots = x.intent.quantity_lots - x.given_lots
    x.worst_lots = worst_lots_of(x)


cdef inline int64_t part_of_equity(const tp_risk_input* x, int64_t ppm) noexcept nogil:
    """equity * ppm / 10^6, rounded down; 0 for equity that is not positive."""
    return part_of(x.equity_units, ppm) if x.equity_units > 0 else 0


cdef inline bint past_part(
    const tp_risk_input* x, int64_t units, int64_t ppm, int64_t ppm_max
) noexcept nogil:
    """Whether an order that adds brings `units` past a part of equity, never more than ppm_max."""
    return x.worst_lots > 0 and (
        <int128>units * PPM > <int128>x.equity_units * (ppm if ppm < ppm_max else ppm_max))


cdef inline bint product_overflows(int64_t a, int64_t b, int64_t c, int128* out) noexcept nogil:
    """a * b * c; the usual product of the first two fits one word, which saves the wide check."""
    cdef int64_t word
    if tp_likely(not mul_overflows(a, b, &word)):
        out[0] = <int128>word * c
        return 0
    return mul128_overflows(<int128>a * b, c, out)


cdef inline bint notional_sides(
    const tp_risk_input* x, int64_t ticks, int64_t lots, int64_t units, int128* left, int128* right
) noexcept nogil:
    """Two numbers that compare as notional(ticks, lots) and `units` do, exactly; 0 when a product
    is too big."""
    if x.instrument.kind == TP_INVERSE:
        left[0] = <int128>lots * x.instrument.value_num
        return not product_overflows(units, x.instrument.value_den, ticks, right)
    right[0] = <int128>units * x.instrument.value_den
    return not product_overflows(ticks, lots, x.instrument.value_num, left)


cdef inline int32_t notional_over(
    const tp_risk_input* x, int128 lots, int64_t units
) noexcept nogil:
    """OK, OVER when the notional is above `units`, or TP_RISK_OVERFLOW."""
    cdef int64_t ticks = x.value_ticks
    cdef int128 left, right
    if tp_unlikely(ticks == INT64_MIN or lots > <int128>WORD_MAX):
        return TP_RISK_OVERFLOW
    if tp_unlikely(not notional_sides(x, ticks, <int64_t>lots, units, &left, &right)):
        return TP_RISK_OVERFLOW
    return OVER if left > right else TP_OK


cdef inline int32_t notional_floor(const tp_risk_input* x, int64_t units) noexcept nogil:
    """TP_RISK_NOTIONAL_MIN when the notional at the order's own price is below `units`."""
    cdef int128 left, right
    if tp_unlikely(not notional_sides(
            x, x.own_ticks, x.intent.quantity_lots, units, &left, &right)):
        return TP_RISK_OVERFLOW
    return TP_RISK_NOTIONAL_MIN if left < right else TP_OK
