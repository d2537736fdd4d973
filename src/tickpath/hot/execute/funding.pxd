"""Funding of a perpetual future: rate x value of the leg at the mark price, in the settle currency.

A positive rate is paid by longs to shorts (Binance, "Introduction to Binance Futures Funding
Rates": payment = nominal value of positions x funding rate). The rate counts 10^-12, the mark is a
fraction of ticks. The value is rounded to the guard, then the product once to the guard and once to
units, each half to even: at most half a guard unit of the value x rate beside the exact payment.
"""

from libc.stdint cimport int64_t
from tickpath.core.fixed cimport mul128_overflows
from tickpath.core.records cimport TP_INVERSE, int128, tp_instrument
from tickpath.hot.execute.position cimport (
    TP_GUARD, Ratio, fits64, fits_guard, round_ratio,
)

cdef extern from *:
    """
    #define TP_FUNDING_SCALE ((__int128)1000000000000)
    """
    const int128 TP_FUNDING_SCALE


cdef inline bint funding_value(const tp_instrument* i, int64_t lots, int64_t mark_num,
                               int64_t mark_den, int128* out) noexcept nogil:
    """Value of `lots` at mark_num / mark_den ticks, guard units."""
    cdef Ratio r
    cdef int128 product
    if i.kind == TP_INVERSE:
        product = <int128>lots * i.value_num
        if mul128_overflows(product, mark_den, &r.num):
            return 0
        product = <int128>mark_num * i.value_den
        r.den = product
    else:
        product = <int128>lots * mark_num
        if mul128_overflows(product, i.value_num, &r.num):
            return 0
        r.den = <int128>mark_den * i.value_den
    return round_ratio(&r, TP_GUARD, out) and fits_guard(out[0])


cdef inline bint funding_payment(int128 value, int64_t rate_e12, int64_t* units,
                                 int128* exact) noexcept nogil:
    """What a leg of that value pays; negative: receives."""
    cdef Ratio r
    cdef int128 whole
    if mul128_overflows(value, rate_e12, &r.num):
        return 0
    r.den = TP_FUNDING_SCALE
    if not round_ratio(&r, 1, exact) or not fits_guard(exact[0]):
        return 0
    r.den = TP_FUNDING_SCALE * TP_GUARD
    if not round_ratio(&r, 1, &whole) or not fits64(whole):
        return 0
    units[0] = <int64_t>whole
    return 1
