"""Exchange rates: exact fractions for equity in one currency. They value, they never post.

A rate says how many units of `to` one unit of `from` is worth, num / den, with the time it was set.
A pair is used both ways; rates are not chained. A rate older than the configured age is no rate.
Worst case: TP_FX_PAIRS_MAX comparisons.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport TP_FX_PAIRS_MAX, int128
from tickpath.hot.execute.position cimport Ratio, fits_guard, round_ratio

cdef struct FxRate:
    int32_t from_currency
    int32_t to_currency
    int64_t num
    int64_t den
    int64_t t_ns                      # when it was set

cdef struct FxTable:
    int64_t count
    int64_t stale_ns                  # age from which a rate is no rate
    FxRate rates[TP_FX_PAIRS_MAX]


cdef inline FxRate* fx_find(FxTable* t, int32_t first, int32_t second) noexcept nogil:
    """The rate of exactly this pair, in this direction, or NULL."""
    cdef int64_t k
    for k in range(t.count):
        if t.rates[k].from_currency == first and t.rates[k].to_currency == second:
            return &t.rates[k]
    return NULL


cdef inline bint fx_set(FxTable* t, int32_t first, int32_t second, int64_t num, int64_t den,
                        int64_t now_ns) noexcept nogil:
    """Enter or renew a rate of a checked pair; the other direction goes. 0: the table is full."""
    cdef FxRate* rate = fx_find(t, first, second)
    if rate == NULL:
        rate = fx_find(t, second, first)
    if rate == NULL:
        if t.count >= TP_FX_PAIRS_MAX:
            return 0
        rate = &t.rates[t.count]
        t.count += 1
    rate.from_currency = first
    rate.to_currency = second
    rate.num = num
    rate.den = den
    rate.t_ns = now_ns
    return 1


cdef inline bint fx_convert(FxTable* t, int32_t first, int32_t second, int128 amount,
                            int64_t now_ns, int128* out) noexcept nogil:
    """Guard units of `first` in those of `second`, rounded half to even. 0: no fresh rate, or the
    product does not fit."""
    cdef FxRate* rate
    cdef Ratio r
    if first == second or amount == 0:
        out[0] = amount
        return 1
    rate = fx_find(t, first, second)
    r.num = amount
    if rate != NULL:
        r.den = rate.den
    else:
        rate = fx_find(t, second, first)
        if rate == NULL:
            return 0
        r.den = rate.num
    if now_ns - rate.t_ns > t.stale_ns:
        return 0
    if not round_ratio(&r, rate.num if rate.from_currency == first else rate.den, out):
        return 0
    return fits_guard(out[0])
