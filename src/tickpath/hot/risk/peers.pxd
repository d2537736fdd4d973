"""Instruments that trade the same thing on other venues, and the own orders an order would meet.

Prices of peers are compared exactly: a tick of each is a whole number of one common unit. Worst
case: TP_INSTRUMENTS_MAX instruments.
"""

from libc.stdint cimport INT64_MAX, int64_t, uint64_t
from tickpath.core.records cimport int128, tp_committed
from tickpath.hot.risk.exposure cimport Pending

cdef struct Peer:
    uint64_t mask                   # instruments that trade the same, without itself
    int64_t tick_units              # a tick in units that all of them share


cdef extern from *:
    int lowest_bit "__builtin_ctzll" (unsigned long long x) noexcept nogil


cdef inline int64_t best_own_sell(const tp_committed* c, const Pending* pending) noexcept nogil:
    """Lowest own sell, INT64_MAX: none."""
    if pending.best_sell != 0 and pending.best_sell < c.best_sell:
        return pending.best_sell
    return c.best_sell


cdef inline int64_t best_own_buy(const tp_committed* c, const Pending* pending) noexcept nogil:
    """Highest own buy, 0: none."""
    return pending.best_buy if pending.best_buy > c.best_buy else c.best_buy


cdef inline int64_t peer_sell(const Peer* own, const Peer* other, int64_t ticks) noexcept nogil:
    """A peer's sell in own ticks, rounded up: a buy at that tick or above meets it."""
    cdef int128 units = <int128>ticks * other.tick_units + own.tick_units - 1
    if own.tick_units == other.tick_units or ticks == INT64_MAX:
        return ticks
    units = units // own.tick_units
    return <int64_t>units if units < <int128>INT64_MAX else INT64_MAX


cdef inline int64_t peer_buy(const Peer* own, const Peer* other, int64_t ticks) noexcept nogil:
    """A peer's buy in own ticks, rounded down: a sell at that tick or below meets it."""
    cdef int128 units
    if own.tick_units == other.tick_units:
        return ticks
    units = <int128>ticks * other.tick_units // own.tick_units
    return <int64_t>units if units < <int128>INT64_MAX else INT64_MAX - 1
