"""The orders that risk accepted last on an instrument, to tell a duplicate.

Two orders are the same when strategy, side, type, time in force, flags, price and quantity are. Of
more than `duplicates_max` orders within the time the oldest are forgotten.
"""

from collections import deque
from typing import NamedTuple

from tickpath.core.limits import LIMITS
from tickpath.core.records import Intent


class Recent(NamedTuple):
    at_ns: int
    price_ticks: int
    quantity_lots: int
    key: int


Ring = deque[Recent]
"""Oldest first."""


def empty_ring() -> Ring:
    return deque(maxlen=LIMITS["duplicates_max"])


def recent_key(i: Intent) -> int:
    """The small fields in one word."""
    return (
        i.side & 1
        | (i.type & 7) << 1
        | (i.time_in_force & 3) << 4
        | (i.strategy & 0xFF) << 8
        | (i.flags & 0xFFFF) << 16
    )


def recent_age(ring: Ring, i: Intent, now_ns: int, window_ns: int) -> int:
    """Age of the newest order that is the same and younger than `window_ns`, -1: none."""
    wanted = (i.price_ticks, i.quantity_lots, recent_key(i))
    for old in reversed(ring):
        if now_ns - old.at_ns >= window_ns:
            return -1
        if old[1:] == wanted:
            return now_ns - old.at_ns
    return -1


def recent_of(i: Intent, now_ns: int) -> Recent:
    return Recent(now_ns, i.price_ticks, i.quantity_lots, recent_key(i))
