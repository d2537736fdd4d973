"""Rows of an L3 feed to rows of levels and trades, so that an order feed can be backtested.

In: chunks of whole events of one instrument (`OrderRow` rows, and trades between them). Out: for
every row that changes the book the absolute quantities of the levels it touches, for an execution
that was printed its trade first; before the first and at each CLEAR an empty snapshot, because the
rows that follow build the book from nothing. Depth has no ids to check: its chain is NONE.
Orders whose beginning is not in the data are counted and change nothing.
Worst case: plain Python, about half a million rows a second; memory is that of the resting orders.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import numpy as np

from tickpath.core.errors import CapacityError, DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import Chain, EventKind
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, OrderRow, Ticks, empty_ticks, ticks_of

ORDERS_MAX: Final = LIMITS["l3_orders_max"]
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


def has_orders(ticks: Ticks) -> bool:
    """Whether rows are of an L3 feed."""
    kind = ticks["kind"]
    return bool(np.any((kind >= ADD) & (kind < CLEAR)))


@dataclass(slots=True)
class Levels:
    """What rests, by order and by level."""

    orders: dict[int, list[int]] = field(default_factory=dict)
    """Order id to side, price and quantity."""
    sides: tuple[dict[int, int], dict[int, int]] = field(default_factory=lambda: ({}, {}))
    begun: bool = False
    unknown: int = 0
    rows: list[Row] = field(default_factory=list)

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
                self._add(at, order, side, price, lots, number)
            elif kind == REPLACE:
                self._replace(at, order, prev, price, lots, number)
            elif kind in (REDUCE, DELETE, EXECUTE):
                self._reduce(at, order, kind, price, lots, number)
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

    def _clear(self, at: tuple[int, int, int]) -> None:
        self.begun = True
        self.orders.clear()
        self.sides = ({}, {})
        self.rows.append((*at, 0, 0, SNAPSHOT, NO_SIDE, LAST | NONE))

    def _change(self, side: int, price: int, lots: int) -> int:
        """A level gains or loses quantity; returns what it has."""
        levels = self.sides[side]
        now = levels.get(price, 0) + lots
        if now:
            levels[price] = now
        else:
            del levels[price]
        return now

    def _emit(self, at: tuple[int, int, int], *levels: tuple[int, int, int]) -> None:
        """One depth event of (side, price, quantity now)."""
        for k, (side, price, now) in enumerate(levels, 1):
            flags = NONE | (LAST if k == len(levels) else 0)
            self.rows.append((*at, price, now, DEPTH, side, flags))

    def _add(
        self, at: tuple[int, int, int], order: int, side: int, price: int, lots: int, number: int
    ) -> None:
        if order in self.orders:
            raise DataError(f"row {number}: order {order} is added but rests already")
        if len(self.orders) >= ORDERS_MAX:
            raise CapacityError(f"row {number}: more than {ORDERS_MAX} resting orders")
        self.orders[order] = [side, price, lots]
        self._emit(at, (side, price, self._change(side, price, lots)))

    def _reduce(
        self, at: tuple[int, int, int], order: int, kind: int, price: int, lots: int, number: int
    ) -> None:
        found = self.orders.get(order)
        if found is None:
            self.unknown += 1
            return
        side, own, left = found
        gone = left if kind == DELETE else lots
        if gone > left:
            raise DataError(f"row {number}: order {order} has {left} lots and loses {gone}")
        if kind == EXECUTE and at[2] != 0:
            self.rows.append((*at, price or own, lots, TRADE, 1 - side, LAST))
        if gone == left:
            del self.orders[order]
        else:
            found[2] = left - gone
        self._emit(at, (side, own, self._change(side, own, -gone)))

    def _replace(
        self, at: tuple[int, int, int], order: int, prev: int, price: int, lots: int, number: int
    ) -> None:
        found = self.orders.pop(prev, None)
        if found is None:
            self.unknown += 1
            return
        if order in self.orders:
            raise DataError(f"row {number}: order {order} replaces {prev} but rests already")
        side, own, left = found
        self.orders[order] = [side, price, lots]
        before = self._change(side, own, -left)
        after = self._change(side, price, lots)
        if own == price:
            self._emit(at, (side, price, after))
        else:
            self._emit(at, (side, own, before), (side, price, after))


def levels_of(chunks: Iterable[Ticks]) -> Iterator[Ticks]:
    """Chunks with levels in the place of orders; chunks without orders as they are."""
    levels: Levels | None = None
    for chunk in chunks:
        if levels is None and not has_orders(chunk):
            yield chunk
            continue
        levels = levels or Levels()
        yield levels.take(chunk)
