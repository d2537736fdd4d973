"""Exact money of a fill: entry value, profit and fee of spot, linear and inverse instruments.

In: price ticks, lots and the instrument's value ratio (records.h). Out: integers of the settle
currency, and the same in 10^-9 of a unit (the guard). All in 128 bits; a product that does not fit
is 0 and nothing is changed. While all open lots have one entry price the profit is
the exact rational, rounded once, half to even; after mixed prices it is taken from the average cost
in guard units. Worst case: eight 128-bit divisions a fill.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.fixed cimport mul128_overflows
from tickpath.core.records cimport (
    TP_INVERSE, int128, tp_instrument,
)

cdef extern from *:
    """
    #include <stdint.h>
    #define TP_GUARD ((__int128)1000000000)
    #define TP_PPM ((__int128)1000000)
    static inline int tp_sub_i128(__int128 a, __int128 b, __int128* out) {
        return __builtin_sub_overflow(a, b, out);
    }
    """
    const int128 TP_GUARD
    const int128 TP_PPM
    bint sub_overflows_wide "tp_sub_i128" (int128 a, int128 b, int128* out) noexcept nogil

cdef struct Ratio:                    # an exact amount in settle units; den > 0
    int128 num
    int128 den

cdef struct Leg:                      # an open position at its cost
    int64_t lots
    int64_t entry_ticks               # one price of all its lots; 0: none or mixed
    int128 value                      # guard units, signed like the lots

cdef struct FillMoney:                # what one fill does to the money
    int64_t position_lots             # after the fill
    int64_t entry_ticks               # after; 0: none or mixed
    int128 entry_value                # after, guard units, signed like the position
    int64_t notional_units
    int64_t realised_units            # rounded once
    int128 realised_guard
    int64_t fee_units                 # by the instrument's rate, rounded once
    int128 fee_guard


cdef inline bint fits64(int128 value) noexcept nogil:
    return value == <int128><int64_t>value


cdef inline bint fits_guard(int128 value) noexcept nogil:
    """Within 2^96: sums of two such amounts never pass 128 bits."""
    cdef int128 high = value >> 96
    return high == 0 or high == -1


cdef inline bint round_ratio(const Ratio* r, int128 scale, int128* out) noexcept nogil:
    """num * scale / den, half to even. 0 when a product does not fit."""
    cdef int128 num
    cdef int128 q
    cdef int128 rest
    cdef int128 twice
    if mul128_overflows(r.num, scale, &num):
        return 0
    q = num // r.den
    rest = num - q * r.den
    if rest < 0:
        rest += r.den
        q -= 1
    if mul128_overflows(rest, 2, &twice):
        return 0
    if twice > r.den or (twice == r.den and (q & 1) != 0):
        q += 1
    out[0] = q
    return 1


cdef inline bint value_ratio(const tp_instrument* i, int64_t ticks, int64_t lots,
                             Ratio* out) noexcept nogil:
    """Value of `lots` at `ticks`: ticks * lots * num / den, or lots * num / (ticks * den)."""
    cdef int128 product
    if i.kind == TP_INVERSE:
        out.num = <int128>lots * i.value_num
        out.den = <int128>ticks * i.value_den
        return 1
    product = <int128>ticks * lots
    out.den = i.value_den
    return not mul128_overflows(product, i.value_num, &out.num)


cdef inline bint value_guard(const tp_instrument* i, int64_t ticks, int64_t lots,
                             int128* out) noexcept nogil:
    cdef Ratio r
    return value_ratio(i, ticks, lots, &r) and round_ratio(&r, TP_GUARD, out)


cdef inline bint profit_one_price(const tp_instrument* i, int64_t entry_ticks, int64_t ticks,
                                  int64_t closed, Ratio* out) noexcept nogil:
    """Profit of `closed` lots (negative: of a short) opened at one price: the exact formula."""
    cdef int128 move = <int128>ticks - entry_ticks
    cdef int128 product
    cdef int128 value
    if mul128_overflows(move, closed, &product):
        return 0
    if mul128_overflows(product, i.value_num, &out.num):
        return 0
    out.den = i.value_den
    if i.kind == TP_INVERSE:
        value = <int128>entry_ticks * ticks
        return not mul128_overflows(value, i.value_den, &out.den)
    return 1


cdef inline bint profit_average(const tp_instrument* i, int128 released, int64_t ticks,
                                int64_t closed, Ratio* out) noexcept nogil:
    """Profit of `closed` lots (negative: of a short) whose cost was `released` guard units."""
    cdef Ratio value
    cdef int128 exit_scaled
    cdef int128 entry_scaled
    if not value_ratio(i, ticks, closed, &value):
        return 0
    if mul128_overflows(value.num, TP_GUARD, &exit_scaled):
        return 0
    if mul128_overflows(released, value.den, &entry_scaled):
        return 0
    if mul128_overflows(value.den, TP_GUARD, &out.den):
        return 0
    if i.kind == TP_INVERSE:
        return not sub_overflows_wide(entry_scaled, exit_scaled, &out.num)
    return not sub_overflows_wide(exit_scaled, entry_scaled, &out.num)


cdef inline bint fill_close(const tp_instrument* i, const Leg* leg, int64_t ticks, int64_t closed,
                            FillMoney* out) noexcept nogil:
    """Close `closed` lots (signed like the leg) of it."""
    cdef Ratio profit
    cdef Ratio share
    cdef int128 released
    cdef int128 realised
    cdef int64_t left = leg.lots - closed
    if leg.entry_ticks != 0:
        if not value_guard(i, leg.entry_ticks, left, &out.entry_value):
            return 0
        if not profit_one_price(i, leg.entry_ticks, ticks, closed, &profit):
            return 0
    else:
        if mul128_overflows(leg.value, closed, &share.num):
            return 0
        share.den = leg.lots
        if share.den < 0:
            share.den = -share.den
            share.num = -share.num
        if not round_ratio(&share, 1, &released) or not fits_guard(released):
            return 0
        out.entry_value = leg.value - released
        if not profit_average(i, released, ticks, closed, &profit):
            return 0
    if not round_ratio(&profit, 1, &realised) or not fits64(realised):
        return 0
    out.realised_units = <int64_t>realised
    out.position_lots = left
    out.entry_ticks = leg.entry_ticks if left != 0 else 0
    if not round_ratio(&profit, TP_GUARD, &out.realised_guard):
        return 0
    return fits_guard(out.realised_guard) and fits_guard(out.entry_value)


cdef inline bint fill_open(const tp_instrument* i, int64_t ticks, int64_t opened,
                           FillMoney* out) noexcept nogil:
    """Add `opened` lots (signed like the position it makes) to what `out` holds."""
    cdef int128 value
    cdef int64_t lots = out.position_lots + opened
    if out.position_lots == 0 or out.entry_ticks == ticks:
        out.entry_ticks = ticks
        if not value_guard(i, ticks, lots, &out.entry_value):
            return 0
    else:
        out.entry_ticks = 0
        if not value_guard(i, ticks, opened, &value) or not fits_guard(value):
            return 0
        out.entry_value += value
    out.position_lots = lots
    return fits_guard(out.entry_value)


cdef inline bint fill_fee(const tp_instrument* i, const Ratio* value, int32_t maker,
                          FillMoney* out) noexcept nogil:
    """Notional x rate, rounded once; negative is a rebate."""
    cdef Ratio fee
    cdef int128 units
    cdef int32_t rate = i.maker_fee_ppm if maker else i.taker_fee_ppm
    if mul128_overflows(value.num, rate, &fee.num):
        return 0
    if mul128_overflows(value.den, TP_PPM, &fee.den):
        return 0
    if not round_ratio(&fee, 1, &units) or not fits64(units):
        return 0
    out.fee_units = <int64_t>units
    return round_ratio(&fee, TP_GUARD, &out.fee_guard) and fits_guard(out.fee_guard)


cdef inline bint fill_notional(const tp_instrument* i, int64_t ticks, int64_t lots, int32_t maker,
                               FillMoney* out) noexcept nogil:
    """What the fill is worth and the fee by the instrument's rate."""
    cdef Ratio value
    cdef int128 notional
    if not value_ratio(i, ticks, lots, &value) or not round_ratio(&value, 1, &notional):
        return 0
    out.notional_units = <int64_t>notional
    return fits64(notional) and fill_fee(i, &value, maker, out)


cdef inline bint fill_average(const tp_instrument* i, const Leg* leg, int64_t ticks,
                              int64_t signed_lots, FillMoney* out) noexcept nogil:
    """The leg after a fill (buys positive), at average cost, computed before anything is changed.
    Closes, opens, or does both when the leg flips."""
    cdef int128 after = <int128>leg.lots + signed_lots
    cdef bint reduces = leg.lots != 0 and (leg.lots > 0) != (signed_lots > 0)
    if not fits64(after):
        return 0
    out.position_lots = leg.lots
    out.entry_ticks = leg.entry_ticks
    out.entry_value = leg.value
    out.realised_units = 0
    out.realised_guard = 0
    if not reduces:
        return fill_open(i, ticks, signed_lots, out)
    if (after > 0) == (leg.lots > 0) or after == 0:
        return fill_close(i, leg, ticks, -signed_lots, out)
    return (fill_close(i, leg, ticks, leg.lots, out)
            and fill_open(i, ticks, <int64_t>after, out))


cdef inline bint mark_guard(const tp_instrument* i, const Leg* leg, int64_t mid2,
                            int128* out) noexcept nogil:
    """Value of the open position at half of `mid2` ticks; at cost when `mid2` is 0. Guard units."""
    cdef Ratio r
    if mid2 == 0:
        out[0] = leg.value
        return 1
    if not value_ratio(i, mid2, leg.lots, &r):
        return 0
    if i.kind == TP_INVERSE:
        return not mul128_overflows(r.num, 2, &r.num) and round_ratio(&r, TP_GUARD, out)
    return round_ratio(&r, TP_GUARD // 2, out)
