"""Rows of an L3 feed to rows of levels and trades, so that an order feed can be backtested.

In: chunks of whole events of one instrument (`OrderRow` rows, and trades between them). Out: for
every row that changes the book the absolute quantities of the levels it touches, for an execution
that was printed its trade first; before the first and at each CLEAR an empty snapshot, because the
rows that follow build the book from nothing. Depth has no ids to check: its chain is NONE.
`orders_of` gives the order rows that made the events beside them, for a queue of single orders.
Orders whose beginning is not in the data are counted and change nothing. The book of orders is the
plain one of `venues/nasdaq/l3.py`, whose prices and quantities have no bound.
Worst case: that book adds up the queue of a level at every change of it.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tickpath.core.codes import Code
from tickpath.core.errors import CapacityError, DataError
from tickpath.core.records import Chain, EventKind
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, OrderRow, Ticks, empty_ticks, ticks_of
from tickpath.venues.flat.wire import ORDER_DTYPE
from tickpath.venues.nasdaq.l3 import Change, L3Book
from tickpath.venues.sim.queue import orderless

ADD, REDUCE, DELETE, EXECUTE, REPLACE, CLEAR = (int(kind) for kind in OrderRow)
DEPTH, SNAPSHOT, TRADE = (int(k) for k in (EventKind.DEPTH, EventKind.SNAPSHOT, EventKind.TRADE))
NONE: Final = int(Chain.NONE) << CHAIN_SHIFT
ROW: Final = (
    "t_recv_ns", "t_venue_ns", "last_id", "price_ticks", "quantity_lots", "kind", "side", "flags",
)  # fmt: skip
READ: Final = (
    "t_recv_ns", "t_venue_ns", "last_id", "prev_id", "order_id", "price_ticks", "quantity_lots",
    "kind", "side", "flags",
)  # fmt: skip
Row = tuple[int, int, int, int, int, int, int, int]
Stamp = tuple[int, int, int]
"""Receive time, venue time, last id."""


def has_orders(ticks: Ticks) -> bool:
    """Whether rows are of an L3 feed."""
    kind = ticks["kind"]
    return bool(np.any((kind >= ADD) & (kind < CLEAR)))


class Levels:
    """The book of orders, and rows not yet taken."""

    def __init__(self, *, orders: bool = False) -> None:
        self.carried: list[tuple[int, ...]] | None = [] if orders else None
        """(row here, order id, previous id, price, quantity, kind, side) of what made an event."""
        self.book = L3Book(1)
        self.begun = False
        self.unknown = 0
        self.rows: list[Row] = []

    def take(self, ticks: Ticks) -> Ticks:
        """The rows of a chunk. Raises DataError for an order that is added twice or loses more than
        it has, CapacityError for more orders than limits.toml allows."""
        columns = [ticks[name].tolist() for name in READ]
        for number, row in enumerate(zip(*columns, strict=True)):
            t_ns, venue_ns, last, prev, order, price, lots, kind, side, flags = row
            at = (t_ns, venue_ns, last)
            if not self.begun or kind == CLEAR:
                self._clear(at)
            first = len(self.rows)
            if kind == TRADE:
                self.rows.append((*at, price, lots, kind, side, flags))
            elif kind == ADD:
                self._emit(at, number, order, self.book.add(order, 0, side, lots, price))
            elif kind == REPLACE:
                self._emit(at, number, prev, self.book.replace(prev, order, lots, price))
            elif kind == DELETE:
                self._emit(at, number, order, self.book.delete(order))
            elif kind in (REDUCE, EXECUTE):
                self._reduce(at, number, order, kind, price, lots)
            elif kind != CLEAR:
                raise DataError(f"row {number} of kind {kind} among the rows of an L3 feed")
            if self.carried is not None and len(self.rows) > first and kind != TRADE:
                self.carried.append((first, order, prev, price, lots, kind, side))
        return self._rows()

    def _rows(self) -> Ticks:
        if not self.rows:
            return empty_ticks()
        table = np.fromiter(chain.from_iterable(self.rows), np.int64, len(self.rows) * len(ROW))
        self.rows = []
        found = table.reshape(-1, len(ROW))
        return ticks_of(**{name: found[:, k] for k, name in enumerate(ROW)})

    def _clear(self, at: Stamp) -> None:
        self.begun = True
        self.book.clear()
        if self.carried is not None:
            self.carried.append((len(self.rows), 0, 0, 0, 0, CLEAR, NO_SIDE))
        self.rows.append((*at, 0, 0, SNAPSHOT, NO_SIDE, LAST | NONE))

    def _reduce(self, at: Stamp, number: int, order: int, kind: int, price: int, lots: int) -> None:
        resting = self.book.find(order)
        if kind == EXECUTE and at[2] != 0 and resting is not None:
            own, side = resting.price, resting.side
            self.rows.append((*at, price or own, lots, TRADE, 1 - side, LAST))
        self._emit(at, number, order, self.book.reduce(order, lots))

    def _emit(self, at: Stamp, number: int, order: int, found: tuple[int, list[Change]]) -> None:
        """One depth event of the levels that an order changed."""
        code, changes = found
        if code == Code.FEED_UNKNOWN_ORDER:
            self.unknown += 1
            return
        if code == Code.FEED_ORDERS_FULL:
            raise CapacityError(f"row {number}: more than {self.book.capacity} resting orders")
        if code != Code.OK:
            raise DataError(f"row {number}: order {order}: {Code(code).name}")
        for k, (side, price, now) in enumerate(changes, 1):
            flags = NONE | (LAST if k == len(changes) else 0)
            self.rows.append((*at, price, now, DEPTH, side, flags))

    def take_orders(self, ticks: Ticks) -> npt.NDArray[Any]:
        """The order rows (ORDER_DTYPE) of the events that `take` gave last, of kind 0 where an
        event was made by none."""
        found = np.zeros(ticks.events(), ORDER_DTYPE)
        if not self.carried:
            return found
        table = np.array(self.carried, np.int64)
        ends = np.cumsum(ticks["flags"] & LAST)
        events = np.where(table[:, 0] > 0, ends[table[:, 0] - 1], 0)
        names = ("order_id", "prev_id", "price_ticks", "quantity_lots", "kind", "side")
        for k, name in enumerate(names, 1):
            found[name][events] = table[:, k]
        self.carried = []
        return found


def orders_of(chunks: Iterable[Ticks], name: str) -> Iterator[tuple[Ticks, npt.NDArray[Any]]]:
    """Chunks with levels in the place of orders, and the order rows of their events. Raises
    ConfigError for data `name` without orders."""
    levels, found = Levels(orders=True), False
    for chunk in chunks:
        kind = chunk["kind"]
        if np.any((kind == SNAPSHOT) | (kind == DEPTH)):
            raise orderless(f"{name}: the store")
        found |= has_orders(chunk)
        ticks = levels.take(chunk)
        yield ticks, levels.take_orders(ticks)
    if not found:
        raise orderless(f"{name}: the store")


def levels_of(chunks: Iterable[Ticks]) -> Iterator[Ticks]:
    """Chunks with levels in the place of orders; chunks without orders as they are."""
    levels: Levels | None = None
    for chunk in chunks:
        if levels is None and not has_orders(chunk):
            yield chunk
            continue
        levels = levels or Levels()
        yield levels.take(chunk)
