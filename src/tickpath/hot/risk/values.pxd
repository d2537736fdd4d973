"""What several checks need: the order's price, the worst case, exact comparisons of notionals.

Products are taken in 128 bits with overflow caught; a product that does not fit is refused, never
wrapped. For linear and spot instruments value grows with the price, so the higher of the order's
price and the reference counts; an inverse contract's value grows as the price falls, so the lower.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_NOTIONAL_MIN, TP_RISK_OVERFLOW
from tickpath.core.fixed cimport mul128_overflows, wide_divide
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_BUY,
    TP_INVERSE,
    TP_MARKET,
    int128,
    tp_risk_input,
)

cdef enum:
    OVER = -1


cdef inline int64_t order_ticks(const tp_risk_input* x) noexcept nogil:
    """The price the order may trade at: its limit, or the far touch of a market order."""
    if x.intent.type != TP_MARKET:
        return x.intent.price_ticks
    return x.top.ask_ticks if x.intent.side == TP_BUY else x.top.bid_ticks


cdef inline int128 reference_twice(const tp_risk_input* x) noexcept nogil:
    """Twice the reference price in ticks: mid of a good book, else the last trade, else 0."""
    if x.top.status == TP_BOOK_OK and x.top.bid_ticks > 0 and x.top.ask_ticks > 0:
        return <int128>x.top.bid_ticks + x.top.ask_ticks
    return <int128>2 * x.last_trade_ticks


cdef inline int128 worst_lots(const tp_risk_input* x) noexcept nogil:
    """Position in the order's direction if everything open there fills; <= 0: it only reduces."""
    cdef int128 held = x.position.position_lots
    cdef int128 more = <int128>x.intent.quantity_lots - x.replaced_lots
    if x.intent.side == TP_BUY:
        return held + x.position.open_buy_lots + x.pending_buy_lots + more
    return -held + x.position.open_sell_lots + x.pending_sell_lots + more


cdef inline int64_t part_of_equity(const tp_risk_input* x, int64_t ppm) noexcept nogil:
    """equity * ppm / 10^6, rounded down; 0 for equity that is not positive."""
    if x.equity_units <= 0:
        return 0
    return <int64_t>wide_divide(<int128>x.equity_units * ppm, 1000000)


cdef inline int64_t value_ticks(const tp_risk_input* x) noexcept nogil:
    """The price that values the order the higher: of its own and the reference."""
    cdef int64_t own = order_ticks(x)
    cdef int128 reference2 = reference_twice(x)
    cdef int64_t reference
    if reference2 <= 0:
        return own
    if x.instrument.kind == TP_INVERSE:
        reference = <int64_t>(reference2 / 2)
        if reference < 1:
            reference = 1
        return own if own < reference else reference
    reference = <int64_t>((reference2 + 1) / 2)
    return own if own > reference else reference


cdef inline int32_t notional_compare(
    const tp_risk_input* x, int64_t ticks, int64_t lots, int64_t units, int32_t* sign
) noexcept nogil:
    """sign of notional(ticks, lots) - units, exactly; TP_RISK_OVERFLOW when a product is too big."""
    cdef int128 left, right
    if x.instrument.kind == TP_INVERSE:
        left = <int128>lots * x.instrument.value_num
        right = <int128>units * x.instrument.value_den
        if mul128_overflows(right, ticks, &right):
            return TP_RISK_OVERFLOW
    else:
        left = <int128>ticks * lots
        right = <int128>units * x.instrument.value_den
        if mul128_overflows(left, x.instrument.value_num, &left):
            return TP_RISK_OVERFLOW
    sign[0] = (left > right) - (left < right)
    return TP_OK


cdef inline int32_t notional_over(
    const tp_risk_input* x, int64_t lots, int64_t units
) noexcept nogil:
    """OK, OVER when the notional is above `units`, or TP_RISK_OVERFLOW."""
    cdef int32_t sign = 0
    cdef int32_t code = notional_compare(x, value_ticks(x), lots, units, &sign)
    if code != TP_OK:
        return code
    return OVER if sign > 0 else TP_OK


cdef inline int32_t notional_floor(const tp_risk_input* x, int64_t units) noexcept nogil:
    """TP_RISK_NOTIONAL_MIN when the notional at the order's own price is below `units`."""
    cdef int32_t sign = 0
    cdef int32_t code = notional_compare(
        x, order_ticks(x), x.intent.quantity_lots, units, &sign)
    if code != TP_OK:
        return code
    return TP_RISK_NOTIONAL_MIN if sign < 0 else TP_OK
