"""Orders of an L3 source that rest now, and the rows that say what happened to them.

Formats differ in what they repeat: one names only an order's id, another its new quantity, a third
shows a fill and the same quantity again as a cancel. All of them end here as `OrderRow`s with the
order's side, its price and the quantity that changes. Plain Python: 0.4 million rows a second.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import numpy as np

from tickpath.core.errors import CapacityError
from tickpath.core.limits import LIMITS
from tickpath.core.records import EventKind
from tickpath.core.ticks import NO_SIDE, OrderRow, Ticks, empty_ticks, ticks_of
from tickpath.storage.importers.events import NO_AGGRESSOR, OFF_GRID_TRADES
from tickpath.storage.importers.exact import OFF_GRID

ADD, REDUCE, DELETE, EXECUTE, REPLACE, CLEAR = (int(kind) for kind in OrderRow)
TRADE: Final = int(EventKind.TRADE)
ORDERS_MAX: Final = LIMITS["l3_orders_max"]
ROW: Final = (
    "t_recv_ns",
    "t_venue_ns",
    "last_id",
    "prev_id",
    "order_id",
    "price_ticks",
    "quantity_lots",
    "kind",
    "side",
)
Row = tuple[int, int, int, int, int, int, int, int, int]
UNKNOWN: Final = "changes of orders from before the file"


@dataclass(slots=True)
class Resting:
    side: int
    price: int
    quantity: int


@dataclass(slots=True)
class Orders:
    """What rests, by id, and the rows not yet taken. `t` is (receive, venue) time of the next rows;
    a verb that finds no such order returns False and leaves no row."""

    t: tuple[int, int] = (0, 0)
    resting: dict[int, Resting] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    def take(self) -> Ticks:
        """The rows since the last call, each an event."""
        if not self.rows:
            return empty_ticks()
        values = chain.from_iterable(self.rows)
        table = np.fromiter(values, np.int64, len(self.rows) * len(ROW)).reshape(-1, len(ROW))
        self.rows.clear()
        return ticks_of(**{name: table[:, k] for k, name in enumerate(ROW)})

    def row(self, kind: int, order: int, side: int, price: int, quantity: int) -> None:
        self.rows.append((*self.t, 0, 0, order, price, quantity, kind, side))

    def add(self, order: int, side: int, price: int, quantity: int) -> bool:
        """A new order. False, if the id rests already. Raises CapacityError for one too many."""
        if order in self.resting:
            return False
        if len(self.resting) >= ORDERS_MAX:
            raise CapacityError(
                f"more than {ORDERS_MAX} resting orders: import one instrument and whole days"
            )
        self.resting[order] = Resting(side, price, quantity)
        self.row(ADD, order, side, price, quantity)
        return True

    def reduce(self, order: int, quantity: int) -> bool:
        """Quantity taken away; what takes all or more deletes."""
        found = self.resting.get(order)
        if found is None:
            return False
        if quantity >= found.quantity:
            return self.delete(order)
        found.quantity -= quantity
        self.row(REDUCE, order, found.side, found.price, quantity)
        return True

    def delete(self, order: int) -> bool:
        """The order goes with what is left of it."""
        found = self.resting.pop(order, None)
        if found is None:
            return False
        self.row(DELETE, order, found.side, found.price, found.quantity)
        return True

    def execute(self, order: int, quantity: int, price: int, trade_id: int) -> int:
        """Quantity trades, at `price` or, when that is 0, at the order's own. Returns what was
        there of it: less than was asked for when the order had less."""
        found = self.resting.get(order)
        if found is None:
            return 0
        quantity = min(quantity, found.quantity)
        found.quantity -= quantity
        if found.quantity == 0:
            del self.resting[order]
        self.rows.append(
            (
                *self.t,
                trade_id,
                0,
                order,
                price or found.price,
                quantity,
                EXECUTE,
                found.side,
            )
        )
        return quantity

    def replace(self, old: int, order: int, side: int, price: int, quantity: int) -> bool:
        """The order `old` goes, `order` stands at the end of its level; they may be the same id."""
        if old not in self.resting:
            return False
        del self.resting[old]
        self.resting[order] = Resting(side, price, quantity)
        self.rows.append((*self.t, 0, old, order, price, quantity, REPLACE, side))
        return True

    def set(self, order: int, side: int, price: int, quantity: int) -> None:
        """What an order is now: kept in place if it only shrank at its price, else at the end."""
        found = self.resting.get(order)
        if found is None:
            if quantity:
                self.add(order, side, price, quantity)
        elif quantity == 0:
            self.delete(order)
        elif (found.side, found.price) == (side, price) and quantity <= found.quantity:
            if quantity < found.quantity:
                self.reduce(order, found.quantity - quantity)
        else:
            self.replace(order, order, side, price, quantity)

    def clear(self) -> None:
        """Every order is gone."""
        self.resting.clear()
        self.row(CLEAR, 0, NO_SIDE, 0, 0)

    def trade(self, price: int, quantity: int, aggressor: int, trade_id: int) -> None:
        """A trade that takes nothing from the shown book."""
        self.rows.append((*self.t, trade_id, 0, 0, price, quantity, TRADE, aggressor))


@dataclass(slots=True)
class Flow(Orders):
    """Orders of a source that tells a trade up to three times: by the aggressor, by the fill of
    every resting order, and by the change of that order behind it. The fill counts; of the others
    only what it leaves."""

    passed: Counter[str] = field(default_factory=Counter)
    filled: dict[int, int] = field(default_factory=dict)
    """Lots of a fill that the order's next change will tell again."""
    told: tuple[tuple[int, int], int, int, int, int] | None = None
    """(times, price, lots without a fill so far, aggressor, id) of the last trade."""

    def trade_told(self, price: int, lots: int, aggressor: int, trade_id: int) -> None:
        """A trade by its aggressor (2: not known); its fills come next."""
        self.settle()
        self.told = (self.t, price, lots, aggressor, trade_id)

    def fill(self, order: int, price: int, lots: int, trade_id: int) -> None:
        """A fill of an order; of one that does not rest it stays with the trade told. Off the grid
        it only takes quantity away."""
        done = (
            self.reduced(order, lots)
            if price == OFF_GRID
            else self.execute(order, lots, price, trade_id)
        )
        if done:
            self.filled[order] = self.filled.get(order, 0) + done
            if self.told is not None:
                times, at_price, left, side, number = self.told
                self.told = (times, at_price, max(0, left - done), side, number)

    def reduced(self, order: int, lots: int) -> int:
        """Quantity gone without a trade that can be told; what was there of it."""
        found = self.resting.get(order)
        done = min(lots, found.quantity) if found else 0
        if done:
            self.passed[OFF_GRID_TRADES] += 1
            self.reduce(order, done)
        return done

    def settle(self) -> None:
        """The last trade told has no more fills: what none told is a trade of its own."""
        if self.told is None:
            return
        times, price, left, side, number = self.told
        self.told = None
        if not left:
            return
        if price == OFF_GRID:
            self.passed[OFF_GRID_TRADES] += 1
        elif side > 1 or price <= 0:
            self.passed[NO_AGGRESSOR] += 1
        else:
            now, self.t = self.t, times
            self.trade(price, left, side, number)
            self.t = now

    def place(self, order: int, side: int, price: int, lots: int) -> None:
        """What an order is now, fills taken off."""
        self.filled.pop(order, None)
        self.set(order, side, price, lots)

    def cancel(self, order: int, lots: int | None = None) -> None:
        """So much of an order goes, or all of it; what a fill took off is not taken off again."""
        done = self.filled.pop(order, 0)
        if order not in self.resting:
            if not done:
                self.passed[UNKNOWN] += 1
        elif lots is None:
            self.delete(order)
        elif lots > done:
            self.reduce(order, lots - done)

    def empty(self) -> None:
        """The book is empty."""
        self.filled.clear()
        self.clear()
