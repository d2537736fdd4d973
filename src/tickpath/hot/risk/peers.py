"""Instruments that trade the same thing on other venues, and the own orders an order would meet."""

from fractions import Fraction

from tickpath.core.config import Config, same_thing
from tickpath.core.fixed import common_unit
from tickpath.core.records import NO_SELL, Committed
from tickpath.hot.risk.exposure import Pending

NONE = NO_SELL


class Peers:
    """By instrument: the others that trade the same, and a tick in a unit they share."""

    def __init__(self, config: Config) -> None:
        self.others: list[list[int]] = []
        self.tick_units: list[int] = []
        for own in config.instruments:
            group = [i for i in config.instruments if same_thing(own, i)]
            unit = common_unit([Fraction(i.tick_size) for i in group])
            self.others.append([i.index for i in group if i.index != own.index])
            self.tick_units.append(int(Fraction(own.tick_size) / unit))

    def sell_in(self, own: int, other: int, ticks: int) -> int:
        """A peer's sell in own ticks, rounded up: a buy at that tick or above meets it."""
        if ticks == NONE:
            return ticks
        return min(NONE, -(-ticks * self.tick_units[other] // self.tick_units[own]))

    def buy_in(self, own: int, other: int, ticks: int) -> int:
        """A peer's buy in own ticks, rounded down: a sell at that tick or below meets it."""
        return min(NONE - 1, ticks * self.tick_units[other] // self.tick_units[own])


def best_own_sell(c: Committed, pending: Pending) -> int:
    """Lowest own sell, NONE when there is none."""
    return min(c.best_sell, pending.best_sell or NONE)


def best_own_buy(c: Committed, pending: Pending) -> int:
    """Highest own buy, 0 when there is none."""
    return max(c.best_buy, pending.best_buy)
