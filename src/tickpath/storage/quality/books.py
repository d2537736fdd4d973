"""Crossed and locked books: L2 levels, L3 orders and BBOs replayed into a simple book.

After every event with levels the best bid is compared with the best ask. A price that a trade has
passed through may stay crossed until the venue's next event, so the longest time is told too. Plain
Python with a heap a side: some 0.3 (orders) to 1 million (levels) rows a second.
"""

import heapq
from dataclasses import dataclass, field

import numpy as np

from tickpath.core.ticks import NO_SIDE, OrderRow
from tickpath.storage.quality.view import (
    BBO,
    CLEAR,
    DEPTH,
    NS,
    SNAPSHOT,
    TRADE,
    Case,
    Cases,
    View,
)


@dataclass(slots=True)
class Side:
    """Quantities by price and a heap of the prices; `sign` -1 for bids."""

    sign: int
    levels: dict[int, int] = field(default_factory=dict)
    heap: list[int] = field(default_factory=list)

    def set(self, price: int, quantity: int) -> None:
        if quantity > 0:
            if price not in self.levels:
                heapq.heappush(self.heap, self.sign * price)
            self.levels[price] = quantity
        else:
            self.levels.pop(price, None)

    def best(self) -> int | None:
        heap, levels = self.heap, self.levels
        while heap and self.sign * heap[0] not in levels:
            heapq.heappop(heap)
        return self.sign * heap[0] if heap else None

    def clear(self) -> None:
        self.levels.clear()
        self.heap.clear()


@dataclass(slots=True)
class Crossing:
    """Counts of one kind of book."""

    crossed: int = 0
    locked: int = 0
    longest_ns: int = 0
    since_ns: int = -1

    def told(self, t_ns: int, bid: int | None, ask: int | None) -> bool:
        """Whether the book is newly crossed."""
        if bid is None or ask is None or bid < ask:
            if self.since_ns >= 0:
                self.longest_ns = max(self.longest_ns, t_ns - self.since_ns)
                self.since_ns = -1
            return False
        if bid == ask:
            self.locked += 1
        else:
            self.crossed += 1
        began = self.since_ns < 0
        if began:
            self.since_ns = t_ns
        return began and bid > ask


@dataclass(slots=True)
class Books:
    """The book of levels or orders, and the BBOs beside it."""

    bids: Side = field(default_factory=lambda: Side(-1))
    asks: Side = field(default_factory=lambda: Side(1))
    orders: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    book: Crossing = field(default_factory=Crossing)
    bbo: Crossing = field(default_factory=Crossing)
    unknown: int = 0
    negative: int = 0
    ready: bool = False
    quote: list[int | None] = field(default_factory=lambda: [None, None])
    seen: Cases = field(default_factory=lambda: Cases("crossed"))

    def take(self, view: View) -> None:
        ticks = view.ticks
        kinds = ticks["kind"]
        if not np.any(kinds != TRADE):
            return
        names = ("kind", "side", "price_ticks", "quantity_lots", "order_id", "prev_id", "t_recv_ns")
        new = np.zeros(len(ticks), bool)
        new[view.first] = True
        ends = np.zeros(len(ticks), bool)
        ends[view.last] = True
        columns = [ticks[n].tolist() for n in names]
        for kind, side, price, lots, order, prev, t_ns, begins, end in zip(
            *columns, new.tolist(), ends.tolist(), strict=True
        ):
            if kind == TRADE:
                continue
            if kind >= OrderRow.ADD:
                self._order(kind, side, price, lots, order, prev)
            elif kind == BBO:
                self._quote(side, price, begins, end, t_ns)
                continue
            else:
                if begins and kind == SNAPSHOT:
                    self._clear()
                    self.ready = True
                if side != NO_SIDE:
                    (self.bids if side == 0 else self.asks).set(price, lots)
            if end:
                self._judge(kind, t_ns)

    def _judge(self, kind: int, t_ns: int) -> None:
        """After an event. A book of changes alone may lack a side: nothing is said of it before a
        snapshot."""
        if kind == DEPTH and not self.ready:
            return
        bid, ask = self.bids.best(), self.asks.best()
        if self.book.told(t_ns, bid, ask):
            self.seen.add(t_ns, f"bid {bid} above ask {ask} ticks")

    def _quote(self, side: int, price: int, begins: bool, end: bool, t_ns: int) -> None:
        if begins:
            self.quote = [None, None]
        if side != NO_SIDE:
            self.quote[side] = price
        if end and self.bbo.told(t_ns, *self.quote):
            self.seen.add(t_ns, f"BBO: bid {self.quote[0]} above ask {self.quote[1]} ticks")

    def _clear(self) -> None:
        self.bids.clear()
        self.asks.clear()
        self.orders.clear()
        self.ready = False

    def _order(self, kind: int, side: int, price: int, lots: int, order: int, prev: int) -> None:
        if kind == CLEAR:
            self._clear()
            return
        if kind == OrderRow.ADD:
            self._place(order, side, price, lots)
            return
        found = self.orders.pop(prev if kind == OrderRow.REPLACE else order, None)
        if found is None:
            self.unknown += 1
        else:
            self._shift(found[0], found[1], -found[2])
        if kind == OrderRow.REPLACE:
            self._place(order, side, price, lots)
        elif found is not None and kind != OrderRow.DELETE:
            left = found[2] - lots
            self.negative += left < 0
            if left > 0:
                self._place(order, found[0], found[1], left)

    def _place(self, order: int, side: int, price: int, lots: int) -> None:
        self.orders[order] = (side, price, lots)
        self._shift(side, price, lots)

    def _shift(self, side: int, price: int, lots: int) -> None:
        book = self.bids if side == 0 else self.asks
        book.set(price, book.levels.get(price, 0) + lots)

    def figures(self) -> dict[str, float]:
        longest = max(self.book.longest_ns, self.bbo.longest_ns)
        return {
            "crossed": self.book.crossed,
            "locked": self.book.locked,
            "crossed_bbo": self.bbo.crossed,
            "locked_bbo": self.bbo.locked,
            "longest_crossed_ms": longest / (NS / 1000),
            "unknown_orders": self.unknown,
            "overfilled_orders": self.negative,
        }

    def cases(self) -> list[Case]:
        return self.seen.found
