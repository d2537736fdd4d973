"""Which of an instrument's two legs an order means.

A netting account has one leg, number 0, and its orders name no position side. A hedging account has
two, long (0) and short (1), every order names one, and no fill takes a leg through zero (Binance
futures, position mode "Hedge": POST /fapi/v1/order, positionSide LONG or SHORT).
"""

from tickpath.core.records import POSITION_LONG, POSITION_SHORT, Side

LEGS = 2
"""Legs of an instrument: long, or the net position of a netting account, and short."""


def leg_of(hedging: bool, flags: int) -> int:
    """Leg of an order with these flags, or -1 when its position side does not fit the account."""
    named = flags & (POSITION_LONG | POSITION_SHORT)
    if not hedging:
        return 0 if named == 0 else -1
    return {POSITION_LONG: 0, POSITION_SHORT: 1}.get(named, -1)


def closes_leg(flags: int, side: int) -> bool:
    """Whether an order takes from the leg it names."""
    return bool(flags & (POSITION_LONG if side == Side.SELL else POSITION_SHORT))


def fits_leg(hedging: bool, leg: int, after_lots: int) -> bool:
    """A long leg never goes below zero, a short leg never above."""
    return not hedging or (after_lots >= 0 if leg == 0 else after_lots <= 0)
