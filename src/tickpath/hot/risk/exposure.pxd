"""What positions and open orders may come to, by settle currency, kept as sums.

An instrument's worst case is the larger of what it is if all open buys fill and if all open sells
fill, valued at the mark: the mid of a good book, else the last trade. Sums of a currency: gross
(worst cases added), net long and net short (all buys, all sells filled), margin, the cash that open
buys need, and gross by base currency. Only instruments that something touched are valued again.
Values are rounded up, away from zero. An instrument with lots and no mark, or beyond 57 bits, makes
its currency unknown: nothing that adds passes. Worst case: TP_INSTRUMENTS_MAX valuations.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.fixed cimport add_overflows, mul128_overflows, mul_overflows, sub_overflows
from tickpath.core.hint cimport tp_likely, tp_unlikely
from tickpath.core.records cimport (
    TP_CURRENCIES_MAX,
    TP_INSTRUMENTS_MAX,
    TP_INVERSE,
    TP_PRICE_COLLAR_PPM_MAX,
    int128,
    tp_committed,
    tp_instrument,
    tp_position,
    tp_view,
)
from tickpath.hot.risk.values cimport PPM, WORD_MAX, mark_twice, product_overflows

cdef enum:
    UNITS_BITS = 57                 # of one instrument: sums of all fit a word

cdef struct Pending:                # accepted in the batch in hand, not yet open orders
    uint64_t batch                  # of an earlier batch: nothing is pending
    int64_t buy_lots
    int64_t sell_lots
    int64_t orders
    int64_t best_buy                # 0: none
    int64_t best_sell               # 0: none
    int64_t cost_units              # cash of the buys

cdef struct Exposure:               # of one instrument, as valued last
    int64_t long_lots               # if all buys fill
    int64_t short_lots              # if all sells fill
    int64_t long_units              # signed like the lots
    int64_t short_units
    int64_t gross_units             # the larger
    int64_t margin_units
    int64_t reserved_units          # cash of open buys
    int64_t mark2                   # twice the mark in ticks, 0: none
    int32_t unknown
    int32_t reserved

cdef struct Totals:                 # of one settle currency
    int64_t gross
    int64_t net_long
    int64_t net_short
    int64_t margin
    int64_t cash
    int64_t unknown

cdef struct Account:                # what an instrument's orders are paid with
    int64_t lot_num                 # base currency units of a lot, a fraction
    int64_t lot_den
    int32_t cash
    int32_t group                   # place of its (base, settle) pair
    int32_t base
    int32_t reserved

cdef struct Exposures:
    Exposure of[TP_INSTRUMENTS_MAX]
    Account accounts[TP_INSTRUMENTS_MAX]
    Totals totals[TP_CURRENCIES_MAX]
    int64_t groups[TP_INSTRUMENTS_MAX]
    int64_t margin_ppm
    int32_t any_cash                # 1: some orders are paid in cash
    int32_t reserved


cdef inline int64_t saturated(int128 units) noexcept nogil:
    if units > <int128>WORD_MAX:
        return WORD_MAX
    return <int64_t>units if units > -<int128>WORD_MAX else -WORD_MAX


cdef inline bint quotient_up(int128 num, int128 den, int64_t* out) noexcept nogil:
    """num / den rounded up, both positive; 0 past UNITS_BITS."""
    cdef int128 units
    if tp_likely(num <= <int128>WORD_MAX and den <= <int128>WORD_MAX):
        units = (<uint64_t>num + <uint64_t>den - 1) // <uint64_t>den
    else:
        units = num // den + (num % den != 0)
    out[0] = <int64_t>units
    return units <= (<int128>1 << UNITS_BITS)


cdef inline bint value_up_wide(
    const tp_instrument* i, int64_t price2, int64_t lots, int64_t* out
) noexcept nogil:
    """Value of lots > 0 at half of `price2` ticks > 0, rounded up; 0 when it does not fit."""
    cdef int128 num, den
    if i.kind == TP_INVERSE:
        den = <int128>price2 * i.value_den
        if tp_unlikely(product_overflows(lots, i.value_num, 2, &num)):
            return 0
        return quotient_up(num, den, out)
    if tp_unlikely(product_overflows(price2, lots, i.value_num, &num)):
        return 0
    return quotient_up(num, <int128>i.value_den * 2, out)


cdef inline bint value_up(
    const tp_instrument* i, int64_t price2, int64_t lots, int64_t* out
) noexcept nogil:
    """The same: one word is enough for whole units a tick and lot, unless the value is huge."""
    cdef int64_t twice = 0
    if tp_unlikely(i.value_den != 1 or i.kind == TP_INVERSE or mul_overflows(price2, lots, &twice)
            or mul_overflows(twice, i.value_num, &twice)):
        return value_up_wide(i, price2, lots, out)
    out[0] = (twice >> 1) + (twice & 1)
    return out[0] <= (<int64_t>1 << UNITS_BITS)


cdef inline bint value_signed(
    const tp_instrument* i, int64_t price2, int64_t lots, int64_t* out
) noexcept nogil:
    """The same for any lots, with their sign."""
    out[0] = 0
    if lots == 0:
        return 1
    if tp_unlikely(price2 <= 0 or lots == -WORD_MAX - 1):
        return 0
    if tp_unlikely(not value_up(i, price2, lots if lots > 0 else -lots, out)):
        return 0
    out[0] = out[0] if lots > 0 else -out[0]
    return 1


cdef inline int64_t part_up(int64_t units, int64_t ppm) noexcept nogil:
    """units * ppm / 10^6 rounded up; units 0..2^57, ppm 0..10^6."""
    cdef int64_t whole = units // PPM
    return whole * ppm + ((units - whole * PPM) * ppm + PPM - 1) // PPM


cdef inline bint cost_up(
    const tp_instrument* i, int128 price_lots, int64_t* out
) noexcept nogil:
    """Cash for a sum of ticks x lots >= 0 of a spot instrument with its taker fee, rounded up."""
    cdef int64_t fee_ppm = i.taker_fee_ppm if i.taker_fee_ppm > 0 else 0
    cdef int128 num, den
    if tp_unlikely(mul128_overflows(price_lots, i.value_num, &num)):
        return 0
    if tp_unlikely(mul128_overflows(num, PPM + fee_ppm, &num)):
        return 0
    den = <int128>i.value_den * PPM
    return quotient_up(num, den, out)


cdef inline bint reserve_up(
    const tp_instrument* i, const tp_committed* c, const Pending* p, int64_t mark2, int64_t* out
) noexcept nogil:
    """Cash that open buys of a spot instrument need; those without a price slip by the collar."""
    cdef int128 sum = c.buy_value
    cdef int128 slipped
    if tp_unlikely(c.market_buy_lots > 0):
        slipped = (<int128>mark2 * (PPM + TP_PRICE_COLLAR_PPM_MAX) + 2 * PPM - 1) // (2 * PPM)
        if mul128_overflows(slipped, c.market_buy_lots, &slipped):
            return 0
        sum += slipped
    out[0] = p.cost_units
    if sum == 0:
        return 1
    if tp_unlikely(not cost_up(i, sum, out)):
        return 0
    sum = <int128>out[0] + p.cost_units
    out[0] = <int64_t>sum
    return sum <= (<int128>1 << UNITS_BITS)


cdef inline bint exposure_lots(
    const tp_position* p, const Pending* pending, Exposure* out
) noexcept nogil:
    """Lots of both sides if all that is open fills; 0 when they do not fit."""
    return not (
        add_overflows(p.position_lots, p.open_buy_lots, &out.long_lots)
        or add_overflows(out.long_lots, pending.buy_lots, &out.long_lots)
        or sub_overflows(p.open_sell_lots, p.position_lots, &out.short_lots)
        or add_overflows(out.short_lots, pending.sell_lots, &out.short_lots))


cdef inline bint exposure_stands(const Exposure* now, const Exposure* after) noexcept nogil:
    """Whether mark and lots are those an instrument was valued with: with no cash for its orders,
    so is its value."""
    return (now.mark2 == after.mark2 and now.long_lots == after.long_lots
            and now.short_lots == after.short_lots and now.unknown == 0)


cdef inline bint exposure_fill(
    const Exposures* e, const tp_instrument* i, const tp_committed* c, const Pending* pending,
    Exposure* out
) noexcept nogil:
    """Value the lots of an instrument at out.mark2; 0 when that is not known."""
    out.margin_units = out.reserved_units = 0
    if not (value_signed(i, out.mark2, out.long_lots, &out.long_units)
            and value_signed(i, out.mark2, out.short_lots, &out.short_units)):
        return 0
    out.gross_units = out.long_units if out.long_units > out.short_units else out.short_units
    if e.accounts[i.index].cash:
        return reserve_up(i, c, pending, out.mark2, &out.reserved_units)
    out.margin_units = part_up(out.gross_units, e.margin_ppm)
    return 1


cdef inline void exposure_put(
    Exposures* e, const tp_instrument* i, const Exposure* after
) noexcept nogil:
    """An instrument has another value: it and the sums of its currency."""
    cdef Totals* t = &e.totals[i.settle]
    cdef Exposure* x = &e.of[i.index]
    t.gross += after.gross_units - x.gross_units
    t.net_long += after.long_units - x.long_units
    t.net_short += after.short_units - x.short_units
    t.margin += after.margin_units - x.margin_units
    t.cash += after.reserved_units - x.reserved_units
    t.unknown += after.unknown - x.unknown
    e.groups[e.accounts[i.index].group] += after.gross_units - x.gross_units
    x[0] = after[0]


cdef inline void exposure_refresh(
    Exposures* e, const tp_instrument* i, const tp_position* p, const tp_committed* c,
    const Pending* pending, const tp_view* view
) noexcept nogil:
    """Value an instrument again and bring the sums up to date."""
    cdef uint64_t mark2 = mark_twice(&view.top, view.trade.price_ticks)
    cdef Exposure after
    cdef bint known = exposure_lots(p, pending, &after)
    after.mark2 = <int64_t>mark2 if mark2 <= <uint64_t>WORD_MAX else 0
    after.unknown = 0
    if known and exposure_stands(&e.of[i.index], &after) and not e.accounts[i.index].cash:
        return
    if tp_unlikely(not (known and exposure_fill(e, i, c, pending, &after))):
        after.unknown = 1
        after.long_units = after.short_units = after.gross_units = 0
        after.margin_units = after.reserved_units = 0
    exposure_put(e, i, &after)
