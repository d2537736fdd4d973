"""What tickers say of a day's trades: kept as they happen, so a ticker costs the same at any rate.

A day is one of the venue's own clock, from its midnight (UTC); real venues look back 24 hours.
"""

from dataclasses import dataclass

from tickpath.venues.sim.server.orders import Trade
from tickpath.venues.sim.server.units import UNIT

DAY_NS = 86_400 * 10**9


@dataclass(slots=True)
class Day:
    """Prices, sums and ids over the trades since midnight; all prices are `open` without one."""

    start_ns: int
    open: int
    high: int = 0
    low: int = 0
    last: int = 0
    last_quantity: int = 0
    volume: int = 0
    money: int = 0
    count: int = 0
    first_id: int = -1
    last_id: int = -1

    def __post_init__(self) -> None:
        self.high = self.low = self.last = self.open

    def add(self, trade: Trade, money: int) -> None:
        price = trade.price
        if not self.count:
            self.open = self.high = self.low = price
            self.first_id = trade.id
        elif price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.last, self.last_quantity, self.last_id = price, trade.quantity, trade.id
        self.volume += trade.quantity
        self.money += money
        self.count += 1

    @property
    def average(self) -> int:
        """Average price by quantity."""
        return self.money * UNIT // self.volume if self.volume else self.last

    @property
    def change_percent(self) -> int:
        """Of the first price, in 10^-8 of a percent."""
        return (self.last - self.open) * 100 * UNIT // self.open if self.open else 0
