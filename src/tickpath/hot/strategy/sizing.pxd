"""Order and position sizes from the starting equity: the twin of sizing.py.

A declaration with `params={**SIZING_PARAMS, ...}` and `derived=SIZING_DERIVED` has these numbers at
the front of params_i, its own parameters from SIZE_END on. Worst case: three 128-bit divisions.
"""

from libc.stdint cimport int64_t
from tickpath.core.fixed cimport mul128_overflows, wide_divide
from tickpath.core.records cimport int128

cdef enum:
    SIZE_ORDER_UNITS = 0
    SIZE_POSITION_UNITS = 1
    SIZE_LOTS_MIN = 2
    SIZE_NOTIONAL_FLOOR_UNITS = 3
    SIZE_VALUE_NUM = 4
    SIZE_VALUE_DEN = 5
    SIZE_INVERSE = 6
    SIZE_STEP_LOTS = 7
    SIZE_ORDER_LOTS = 8
    SIZE_ORDER_EQUITY_PPM = 9
    SIZE_POSITION_EQUITY_PPM = 10
    SIZE_END = 11
    POSITION_ORDERS = 8


cdef inline int128 floor_divide(int128 num, int128 den) noexcept nogil:
    """num / den rounded down; den > 0."""
    cdef int128 q = wide_divide(num, den)
    return q - 1 if num - q * den < 0 else q


cdef inline int64_t lots_worth(
    const int64_t* p, int64_t units, int64_t price_ticks, bint up
) noexcept nogil:
    """Lots whose notional at a price is `units`, at most 2^62. Formulas of tp_instrument."""
    cdef int128 most = <int128>1 << 62
    cdef int128 num, den, lots
    if p[SIZE_INVERSE]:
        num = <int128>units * <int128>price_ticks
        if mul128_overflows(num, p[SIZE_VALUE_DEN], &num):
            return <int64_t>most
        den = p[SIZE_VALUE_NUM]
    else:
        num = <int128>units * <int128>p[SIZE_VALUE_DEN]
        den = <int128>price_ticks * <int128>p[SIZE_VALUE_NUM]
    lots = wide_divide(num, den)
    if up and lots * den != num:
        lots += 1
    return <int64_t>(lots if lots < most else most)


cdef inline int64_t order_lots_at(const int64_t* p, int64_t price_ticks) noexcept nogil:
    """Lots of an order at a price above 0, rounded up to the order step."""
    cdef int64_t lots = p[SIZE_ORDER_LOTS]
    cdef int64_t units = p[SIZE_NOTIONAL_FLOOR_UNITS]
    cdef int64_t step = p[SIZE_STEP_LOTS]
    cdef int64_t least
    # the larger of two rounded quotients is the rounded quotient of the larger
    if lots == 0 and units < p[SIZE_ORDER_UNITS]:
        units = p[SIZE_ORDER_UNITS]
    least = lots_worth(p, units, price_ticks, 1)
    lots = lots if lots > least else least
    lots = lots if lots > p[SIZE_LOTS_MIN] else p[SIZE_LOTS_MIN]
    return lots if step == 1 else (lots + step - 1) / step * step


cdef inline int64_t position_lots_at(const int64_t* p, int64_t price_ticks) noexcept nogil:
    """The largest position at a price, either way."""
    cdef int128 most = <int128>1 << 62
    cdef int128 lots
    if p[SIZE_POSITION_UNITS] == 0:
        lots = <int128>POSITION_ORDERS * <int128>order_lots_at(p, price_ticks)
        return <int64_t>(lots if lots < most else most)
    return lots_worth(p, p[SIZE_POSITION_UNITS], price_ticks, 0)
