"""Price-time book of one market: orders by price, first come first served.

The book numbers its changes (`id`), and each watcher collects the prices that changed since it
asked last, so that streams of any cadence are consistent with a snapshot. Worst case: a new price
far from all others moves the list of prices of its side.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator

from tickpath.venues.sim.server.orders import BUY, SELL, Levels, Order


class Ladder:
    """One side of a book."""

    __slots__ = ("best", "keys", "levels", "sign", "totals")

    def __init__(self, side: int) -> None:
        self.sign = -1 if side == BUY else 1
        self.best = 0
        """Best price, 0 when the side is empty."""
        self.keys: list[int] = []
        self.levels: dict[int, dict[int, Order]] = {}
        self.totals: dict[int, int] = {}

    def prices(self) -> Iterator[int]:
        """Best first."""
        sign = self.sign
        return (key * sign for key in self.keys)

    def add(self, price: int, order: Order) -> None:
        level = self.levels.get(price)
        if level is None:
            insort(self.keys, price * self.sign)
            self.best = self.keys[0] * self.sign
            self.levels[price] = {order.id: order}
            self.totals[price] = order.shown
        else:
            level[order.id] = order
            self.totals[price] += order.shown

    def shrink(self, order: Order, quantity: int) -> None:
        """Take displayed quantity; an order that displays nothing more is out."""
        price = order.price
        order.shown -= quantity
        self.totals[price] -= quantity
        if order.shown == 0:
            level = self.levels[price]
            del level[order.id]
            if not level:
                del self.levels[price], self.totals[price]
                keys = self.keys
                if price == self.best:
                    del keys[0]
                    self.best = keys[0] * self.sign if keys else 0
                else:
                    del keys[bisect_left(keys, price * self.sign)]


class Watcher:
    """Prices of a book that changed since the last `take`."""

    def __init__(self, book: "Book") -> None:
        self.book = book
        self.first_id = book.id + 1
        self.previous_id = book.id
        self.changed: tuple[dict[int, None], dict[int, None]] = ({}, {})

    def take(self) -> tuple[int, int, int, Levels, Levels]:
        """(first id, last id, last id of the take before, bids, asks): quantities now, best first;
        nothing changed when last < first."""
        bids, asks = self.changed
        totals = [ladder.totals for ladder in self.book.sides]
        levels = (
            [(p, totals[BUY].get(p, 0)) for p in sorted(bids, reverse=True)],
            [(p, totals[SELL].get(p, 0)) for p in sorted(asks)],
        )
        found = (self.first_id, self.book.id, self.previous_id, *levels)
        if self.book.id >= self.first_id:
            self.previous_id, self.first_id = self.book.id, self.book.id + 1
            self.changed = ({}, {})
        return found


class Book:
    """Both sides with the number of the last change."""

    def __init__(self, first_id: int) -> None:
        self.sides = (Ladder(BUY), Ladder(SELL))
        self.id = first_id
        self.watchers: list[Watcher] = []

    def watch(self) -> Watcher:
        """A new watcher from now on."""
        made = Watcher(self)
        self.watchers.append(made)
        return made

    def touch(self, side: int, price: int) -> None:
        self.id += 1
        for watcher in self.watchers:
            watcher.changed[side][price] = None

    def best(self, side: int) -> int:
        return self.sides[side].best

    def top(self) -> tuple[int, int, int, int]:
        """(bid, quantity, ask, quantity), zeros for an empty side."""
        bids, asks = self.sides
        bid, ask = bids.best, asks.best
        return bid, bids.totals[bid] if bid else 0, ask, asks.totals[ask] if ask else 0

    def first(self, side: int) -> Order:
        """Who trades next on a side that is not empty."""
        ladder = self.sides[side]
        return next(iter(ladder.levels[ladder.best].values()))

    def last(self, side: int) -> Order | None:
        """Who came last at the best price."""
        ladder = self.sides[side]
        if not ladder.best:
            return None
        return next(reversed(ladder.levels[ladder.best].values()))

    def depth(self, side: int, limit: int) -> Levels:
        """(price, displayed quantity), best first."""
        ladder = self.sides[side]
        return [
            (key * ladder.sign, ladder.totals[key * ladder.sign]) for key in ladder.keys[:limit]
        ]

    def orders(self, side: int, price: int) -> list[Order]:
        """Orders at a price, first come first."""
        return list(self.sides[side].levels.get(price, {}).values())

    def join(self, order: Order) -> None:
        """Rest at the end of its price with the displayed part of what is left."""
        leaves = order.quantity - order.filled
        order.shown = min(leaves, order.clip) if order.clip else leaves
        self.sides[order.side].add(order.price, order)
        self.touch(order.side, order.price)

    def shrink(self, order: Order, quantity: int) -> None:
        self.sides[order.side].shrink(order, quantity)
        self.touch(order.side, order.price)

    def grow(self, order: Order, quantity: int) -> None:
        """More of an order of the crowd, at the place it has."""
        order.quantity += quantity
        order.shown += quantity
        self.sides[order.side].totals[order.price] += quantity
        self.touch(order.side, order.price)

    def remove(self, order: Order) -> None:
        """Out of the book, if it is there."""
        if order.shown:
            self.shrink(order, order.shown)
