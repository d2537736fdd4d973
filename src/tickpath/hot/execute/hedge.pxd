"""Which of an instrument's two legs an order means.

A netting account has one leg, number 0, and its orders name no position side. A hedging account has
two, long (0) and short (1), every order names one, and no fill takes a leg through zero (Binance
futures, position mode "Hedge": POST /fapi/v1/order, positionSide LONG or SHORT). -1: refused.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport TP_POSITION_LONG, TP_POSITION_SHORT, TP_SELL, int128


cdef inline int32_t hedge_leg(bint hedging, int32_t flags) noexcept nogil:
    """Leg of an order with these flags, or -1 when its position side does not fit the account."""
    cdef int32_t named = flags & (TP_POSITION_LONG | TP_POSITION_SHORT)
    if not hedging:
        return 0 if named == 0 else -1
    if named == TP_POSITION_LONG:
        return 0
    return 1 if named == TP_POSITION_SHORT else -1


cdef inline bint closes_leg(int32_t flags, int32_t side) noexcept nogil:
    """Whether an order takes from the leg it names."""
    return (flags & (TP_POSITION_LONG if side == TP_SELL else TP_POSITION_SHORT)) != 0


cdef inline bint hedge_fits(bint hedging, int32_t leg, int64_t lots,
                            int64_t signed_lots) noexcept nogil:
    """A long leg never goes below zero, a short leg never above."""
    cdef int128 after = <int128>lots + signed_lots
    if not hedging:
        return 1
    return after >= 0 if leg == 0 else after <= 0
