"""Price-time book of a generated market in plain Python: the twin of `crowd_book.pxd`.

Places number the orders as the native pool does, so that "a place at random" is the same in both.
"""

from dataclasses import dataclass

from tickpath.venues.sim.model import POOL


@dataclass(slots=True)
class Order:
    """An order; `owner` is the client order id of one of ours, 0 for the crowd's."""

    side: int
    tick: int
    steps: int
    owner: int


class Book:
    """Orders by place, queues of places by price, and what changed since the last diff."""

    def __init__(self, middle: int) -> None:
        self.places: dict[int, Order] = {}
        self.free = list(range(POOL))[::-1]
        self.queues: tuple[dict[int, list[int]], ...] = ({}, {})
        self.totals: tuple[dict[int, int], ...] = ({}, {})
        self.changed: tuple[set[int], set[int]] = (set(), set())
        self.best = [middle, middle + 1]
        self.crowd_orders = [0, 0]
        self.id = 0

    def empty(self, side: int) -> bool:
        return not self.queues[side]

    def queue(self, side: int, tick: int) -> list[int]:
        """Places at a price, first come first."""
        return self.queues[side].get(tick, [])

    def steps(self, side: int, tick: int) -> int:
        """Quantity at a price."""
        return self.totals[side].get(tick, 0)

    def levels(self, side: int) -> list[tuple[int, int]]:
        """(price, quantity), best first."""
        return sorted(self.totals[side].items(), reverse=side == 0)

    def touch(self, side: int, tick: int) -> None:
        self.id += 1
        self.changed[side].add(tick)

    def add(self, side: int, tick: int, steps: int, owner: int) -> None:
        """A new order at the end of its price."""
        better = tick > self.best[side] if side == 0 else tick < self.best[side]
        if self.empty(side) or better:
            self.best[side] = tick
        place = self.free.pop()
        self.places[place] = Order(side, tick, steps, owner)
        self.queues[side].setdefault(tick, []).append(place)
        self.totals[side][tick] = self.steps(side, tick) + steps
        self.crowd_orders[side] += owner == 0
        self.touch(side, tick)

    def shrink(self, place: int, steps: int) -> None:
        """Take quantity from an order; at nothing left it is gone and its place free."""
        order = self.places[place]
        side, tick = order.side, order.tick
        order.steps -= steps
        self.totals[side][tick] -= steps
        if order.steps == 0:
            del self.places[place]
            self.free.append(place)
            self.queues[side][tick].remove(place)
            self.crowd_orders[side] -= order.owner == 0
        if self.totals[side][tick] == 0:
            del self.totals[side][tick], self.queues[side][tick]
            if tick == self.best[side] and not self.empty(side):
                self.best[side] = (min if side else max)(self.queues[side])
        self.touch(side, tick)

    def take_changes(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """(price, quantity now) of what changed, best first; the list starts anew."""
        bids, asks = self.changed
        self.changed = (set(), set())
        return (
            [(tick, self.steps(0, tick)) for tick in sorted(bids, reverse=True)],
            [(tick, self.steps(1, tick)) for tick in sorted(asks)],
        )
