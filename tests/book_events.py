"""Snapshots and depth messages for tests, written short."""

from collections.abc import Iterable
from random import Random

from tickpath.core.limits import LIMITS
from tickpath.core.records import EventKind, Level, MarketEvent

WINDOW = LIMITS["ladder_window_ticks"]
FAR_MAX = LIMITS["far_levels_max"]
Pairs = Iterable[tuple[int, int]]


def event(bids: Pairs = (), asks: Pairs = (), last_id: int = 1, t_ns: int = 0) -> MarketEvent:
    """A message of these (price_ticks, quantity_lots) levels."""
    return MarketEvent(
        kind=EventKind.DEPTH,
        source=0,
        instrument=0,
        t_recv_ns=t_ns,
        last_id=last_id,
        bids=[Level(*pair) for pair in bids],
        asks=[Level(*pair) for pair in asks],
    )


def random_side(rng: Random, side: int, mid: int, spread: float) -> list[tuple[int, int]]:
    """A few changes around mid, 40 % of them deletes."""
    changes = []
    for _ in range(rng.randrange(8)):
        away = int(abs(rng.gauss(0, spread))) + 1
        price = max(1, mid + away if side else mid - away)
        changes.append((price, 0 if rng.random() < 0.4 else rng.randrange(1, 1000)))
    return changes
