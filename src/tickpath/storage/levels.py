"""Rows of an L3 feed to rows of levels and trades, so that an order feed can be backtested.

In: chunks of whole events of one instrument (`OrderRow` rows, and trades between them). Out: for
every row that changes the book the absolute quantities of the levels it touches, for an execution
that was printed its trade first; before the first and at each CLEAR an empty snapshot, because the
rows that follow build the book from nothing. Depth has no ids to check: its chain is NONE.
Orders whose beginning is not in the data are counted and change nothing. The book of orders is the
plain one of `venues/nasdaq/l3.py`, whose prices and quantities have no bound.
Worst case: that book adds up the queue of a level at every change of it.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import numpy as np

from tickpath.core.codes import Code
from tickpath.core.errors import CapacityError, DataError
from tickpath.core.records import Chain, EventKind
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, OrderRow, Ticks, empty_ticks, ticks_of
from tickpath.venues.nasdaq.l3 import Change, L3Book

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

    def __init__(self) -> None:
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


def levels_of(chunks: Iterable[Ticks]) -> Iterator[Ticks]:
    """Chunks with levels in the place of orders; chunks without orders as they are."""
    levels: Levels | None = None
    for chunk in chunks:
        if levels is None and not has_orders(chunk):
            yield chunk
            continue
        levels = levels or Levels()
        yield levels.take(chunk)
