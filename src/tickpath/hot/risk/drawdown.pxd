"""Drawdown monitor: peak-to-trough and daily loss of an equity, and profit by strategy.

Two levels: past the first only orders that reduce the position pass, past the second nothing new.
`halted` stays until a person resets it, `day_halted` until the next day. Comparisons are exact in
128 bits. A strategy's profit comes from its own fills: spot and linear sum ticks * lots exactly and
round once when marked; inverse rounds each fill to settle units, half to even. Worst case of a
mark: one 128-bit division.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.fixed cimport add_overflows, divide_half_even, mul128_overflows
from tickpath.core.records cimport TP_INVERSE, int128, tp_instrument

cdef enum:
    LEVEL_NONE = 0
    LEVEL_REDUCE = 1
    LEVEL_HALT = 2
    DAY_NONE = -1
    DRAWDOWN_PPM = 1000000

cdef extern from *:
    """
    #include <stdint.h>
    #define TP_DAY_NS ((int64_t)86400000000000LL)
    #define TP_UNITS_MAX ((int64_t)1 << 62)
    #define TP_COST_MAX ((__int128)1 << 124)
    """
    const int64_t DAY_NS "TP_DAY_NS"
    const int64_t UNITS_MAX "TP_UNITS_MAX"
    const int128 COST_MAX "TP_COST_MAX"

cdef struct DrawdownLimits:
    int64_t reduce_ppm            # 0: not watched
    int64_t halt_ppm
    int64_t daily_reduce_ppm
    int64_t daily_halt_ppm
    int64_t day_start_ns

cdef struct Drawdown:             # of one currency: of all, or of one strategy
    int64_t peak_units
    int64_t equity_units          # as marked last
    int64_t day_open_units
    int64_t day                   # number of the day, DAY_NONE before the first mark
    int64_t halted
    int64_t day_halted
    int64_t level                 # LEVEL_*

cdef struct StrategyCell:         # what a strategy's own fills made in one instrument
    int64_t lots
    int64_t fee_units
    int64_t pnl_units             # as marked last, before fees
    int64_t broken                # 1: a sum did not fit; the strategy counts as ruined
    int128 cost                   # ticks * lots, inverse: settle units


cdef inline bint fell(int64_t from_units, int64_t units, int64_t ppm) noexcept nogil:
    """Whether `units` is more than that part below `from_units`."""
    return (ppm > 0 and from_units > 0
            and (<int128>from_units - units) * DRAWDOWN_PPM > <int128>ppm * from_units)


cdef inline int64_t day_of(const DrawdownLimits* limits, int64_t now_ns) noexcept nogil:
    """Number of the day that `now_ns` is in, from 0."""
    cdef int64_t day = now_ns // DAY_NS
    return day + 1 if now_ns % DAY_NS >= limits.day_start_ns else day


cdef inline int32_t drawdown_level(
    Drawdown* d, const DrawdownLimits* limits
) noexcept nogil:
    """Bring the level up to date; 1 when it changed."""
    cdef int64_t level = LEVEL_NONE
    if (fell(d.peak_units, d.equity_units, limits.reduce_ppm)
            or fell(d.day_open_units, d.equity_units, limits.daily_reduce_ppm)):
        level = LEVEL_REDUCE
    if d.halted or d.day_halted:
        level = LEVEL_HALT
    if level == d.level:
        return 0
    d.level = level
    return 1


cdef inline int32_t drawdown_day(
    Drawdown* d, const DrawdownLimits* limits, int64_t now_ns
) noexcept nogil:
    """Begin the day that `now_ns` is in with the equity marked last; 1 when the level changed."""
    cdef int64_t day = day_of(limits, now_ns)
    if day == d.day:
        return 0
    if d.day != DAY_NONE:
        d.day_open_units = d.equity_units
        d.day_halted = 0
    d.day = day
    return drawdown_level(d, limits)


cdef inline int32_t drawdown_mark(
    Drawdown* d, const DrawdownLimits* limits, int64_t equity_units, int64_t now_ns
) noexcept nogil:
    """A new mark; 1 when the level changed."""
    cdef int32_t changed = drawdown_day(d, limits, now_ns)
    d.equity_units = equity_units
    if equity_units > d.peak_units:
        d.peak_units = equity_units
    if fell(d.peak_units, equity_units, limits.halt_ppm):
        d.halted = 1
    if fell(d.day_open_units, equity_units, limits.daily_halt_ppm):
        d.day_halted = 1
    return drawdown_level(d, limits) | changed


cdef inline int32_t drawdown_reset(Drawdown* d, const DrawdownLimits* limits) noexcept nogil:
    """A person begins anew from the equity marked last; 1 when the level changed."""
    d.peak_units = d.equity_units
    d.day_open_units = d.equity_units
    d.halted = 0
    d.day_halted = 0
    return drawdown_level(d, limits)


cdef inline bint quotient_fits(int128 num, int128 den, int64_t* out) noexcept nogil:
    """num / den half to even when it is within UNITS_MAX."""
    cdef int128 q = num / den
    if q >= UNITS_MAX or q <= -<int128>UNITS_MAX:
        return 0
    out[0] = divide_half_even(num, den)
    return 1


cdef inline bint cell_pay(
    StrategyCell* c, const tp_instrument* i, int64_t lots, int64_t ticks, int64_t fee_units
) noexcept nogil:
    """Add a fill's cost, `lots` signed; 0 when a sum does not fit."""
    cdef int64_t units = 0
    cdef int64_t sum
    if i.kind == TP_INVERSE:
        if not quotient_fits(<int128>lots * i.value_num, <int128>ticks * i.value_den, &units):
            return 0
        c.cost += units
    else:
        c.cost += <int128>ticks * lots if ticks * <int128>lots < COST_MAX \
            and ticks * <int128>lots > -COST_MAX else COST_MAX
    if c.cost >= COST_MAX or c.cost <= -COST_MAX:
        return 0
    if add_overflows(c.fee_units, fee_units, &sum):
        return 0
    c.fee_units = sum
    if add_overflows(c.lots, lots, &sum):
        return 0
    c.lots = sum
    return 1


cdef inline bint cell_value(
    const StrategyCell* c, const tp_instrument* i, int64_t mid2, int64_t* out
) noexcept nogil:
    """Profit before fees at half of `mid2` ticks; 0 when a product does not fit."""
    cdef int128 num
    if i.kind == TP_INVERSE:
        if mul128_overflows(<int128>c.lots * i.value_num, 2, &num):
            return 0
        if not quotient_fits(num, <int128>mid2 * i.value_den, out):
            return 0
        num = c.cost - out[0]
        if num >= UNITS_MAX or num <= -<int128>UNITS_MAX:
            return 0
        out[0] = <int64_t>num
        return 1
    if mul128_overflows(<int128>c.lots * mid2 - 2 * c.cost, i.value_num, &num):
        return 0
    return quotient_fits(num, <int128>i.value_den * 2, out)


cdef inline void cell_mark(
    StrategyCell* c, const tp_instrument* i, int64_t mid2
) noexcept nogil:
    """Mark at half of `mid2` > 0 ticks. What cannot be computed counts as ruin."""
    if c.broken or not cell_value(c, i, mid2, &c.pnl_units):
        c.broken = 1
        c.pnl_units = -UNITS_MAX


cdef inline void cell_fill(
    StrategyCell* c, const tp_instrument* i, int64_t lots, int64_t ticks, int64_t fee_units
) noexcept nogil:
    """A fill of the strategy, `lots` signed."""
    if not c.broken and not cell_pay(c, i, lots, ticks, fee_units):
        c.broken = 1
