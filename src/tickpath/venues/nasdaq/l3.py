"""The book order by order (L3): plain Python, the definition of correct.

In: adds, executions, cancels, deletes and replaces by order reference, as ITCH sends them; prices
in 10^-4 of a dollar, shares. Out: a code and the levels that changed, with what is left there.

- An order waits behind all that were at its price before it. Executions and partial cancels keep
  its place; a replace loses it, even at the same price, and takes a new reference.
- An order without shares left is gone. More executed or cancelled than there is: FEED_RANGE.
- A reference that is not there is FEED_UNKNOWN_ORDER, one that is there already
  FEED_DUPLICATE_ORDER, one too many FEED_ORDERS_FULL. A refused message changes nothing.

The order of verdicts: zero shares or price RANGE, the old reference, more than there is RANGE, the
new reference, room. Worst case here: `ahead` walks a level.
"""

import struct
from dataclasses import dataclass

from tickpath.core.codes import Code
from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS

MASK = 2**64 - 1
VERSION = 1
HEAD = struct.Struct("<II")
ORDER = struct.Struct("<QiiII")

Change = tuple[int, int, int]
"""(side, price, shares left there): side 0 bid, 1 ask."""


@dataclass(slots=True)
class Order:
    instrument: int
    side: int
    price: int
    shares: int


def capacity(instruments: int) -> int:
    """Orders that a book of so many instruments holds: a power of two."""
    wanted = LIMITS["l3_orders_per_instrument"] * max(1, instruments)
    return min(1 << (wanted - 1).bit_length(), LIMITS["l3_orders_max"])


def mixed(value: int) -> int:
    """The finalizer of splitmix64 (Steele, Lea, Flood, 2014)."""
    z = (value + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def order_hash(reference: int, order: Order) -> int:
    """An order's share of the hash: depends on all of it but its place in the queue."""
    place = order.instrument << 33 | order.side << 32 | order.price
    return mixed(mixed(reference) ^ mixed(place) ^ order.shares)


class L3Book:
    """Live orders of some instruments, by reference and by level."""

    def __init__(self, instruments: int) -> None:
        self.instrument_count = instruments
        self.capacity = capacity(instruments)
        self.clear()

    @property
    def order_count(self) -> int:
        """Live orders."""
        return len(self.orders)

    def clear(self) -> None:
        """Forget every order."""
        self.orders: dict[int, Order] = {}
        self.levels: dict[tuple[int, int, int], dict[int, Order]] = {}

    def add(
        self, reference: int, instrument: int, side: int, shares: int, price: int
    ) -> tuple[int, list[Change]]:
        """A and F: a new order behind the others of its level."""
        if shares == 0 or price == 0:
            return Code.FEED_RANGE, []
        if reference in self.orders:
            return Code.FEED_DUPLICATE_ORDER, []
        if len(self.orders) == self.capacity:
            return Code.FEED_ORDERS_FULL, []
        order = Order(instrument, side, price, shares)
        self.orders[reference] = order
        self.levels.setdefault((instrument, side, price), {})[reference] = order
        return Code.OK, [self._left(order)]

    def reduce(self, reference: int, shares: int) -> tuple[int, list[Change]]:
        """E, C and X: fewer shares, the same place in the queue."""
        if shares == 0:
            return Code.FEED_RANGE, []
        order = self.orders.get(reference)
        if order is None:
            return Code.FEED_UNKNOWN_ORDER, []
        if shares > order.shares:
            return Code.FEED_RANGE, []
        order.shares -= shares
        if order.shares == 0:
            self._remove(reference, order)
        return Code.OK, [self._left(order)]

    def delete(self, reference: int) -> tuple[int, list[Change]]:
        """D: the whole order."""
        order = self.orders.get(reference)
        if order is None:
            return Code.FEED_UNKNOWN_ORDER, []
        self._remove(reference, order)
        return Code.OK, [self._left(order)]

    def replace(
        self, reference: int, new: int, shares: int, price: int
    ) -> tuple[int, list[Change]]:
        """U: the old order goes, a new one of its side stands behind the others of its level."""
        if shares == 0 or price == 0:
            return Code.FEED_RANGE, []
        old = self.orders.get(reference)
        if old is None:
            return Code.FEED_UNKNOWN_ORDER, []
        if new != reference and new in self.orders:
            return Code.FEED_DUPLICATE_ORDER, []
        self._remove(reference, old)
        self.add(new, old.instrument, old.side, shares, price)
        left = self._left(old)
        if old.price == price:
            return Code.OK, [left]
        return Code.OK, [left, self._left(self.orders[new])]

    def drop(self, instrument: int) -> None:
        """Forget the orders of one instrument."""
        for key in [k for k in self.levels if k[0] == instrument]:
            for reference in self.levels.pop(key):
                del self.orders[reference]

    def _remove(self, reference: int, order: Order) -> None:
        key = (order.instrument, order.side, order.price)
        del self.orders[reference]
        del self.levels[key][reference]
        if not self.levels[key]:
            del self.levels[key]

    def _left(self, order: Order) -> Change:
        shares = self.quantity(order.instrument, order.side, order.price)
        return order.side, order.price, shares

    def quantity(self, instrument: int, side: int, price: int) -> int:
        """Shares of a level."""
        return sum(o.shares for o in self.levels.get((instrument, side, price), {}).values())

    def find(self, reference: int) -> Order | None:
        """A live order."""
        return self.orders.get(reference)

    def ahead(self, reference: int) -> int:
        """Shares that are executed before an order at its price, -1 when it is not there."""
        order = self.orders.get(reference)
        if order is None:
            return -1
        shares = 0
        for other, entry in self.levels[order.instrument, order.side, order.price].items():
            if other == reference:
                break
            shares += entry.shares
        return shares

    def depth(self, instrument: int, side: int) -> list[tuple[int, int]]:
        """(price, shares) of every level of a side, best first."""
        prices = [p for i, s, p in self.levels if (i, s) == (instrument, side)]
        ordered = sorted(prices, reverse=side == 0)
        return [(price, self.quantity(instrument, side, price)) for price in ordered]

    @property
    def hash(self) -> int:
        """Hash of all live orders that does not depend on the order of changes, 0 when empty."""
        return sum(order_hash(r, o) for r, o in self.orders.items()) & MASK

    def export_state(self) -> bytes:
        """Canonical bytes: u32 version (1), u32 orders, then by instrument, side, price and place
        in the queue u64 reference, i32 instrument, i32 side, u32 price, u32 shares."""
        parts = [HEAD.pack(VERSION, len(self.orders))]
        for (instrument, side, price), level in sorted(self.levels.items()):
            for reference, order in level.items():
                parts.append(ORDER.pack(reference, instrument, side, price, order.shares))
        return b"".join(parts)

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported. Raises DataError for anything else."""
        orders = unpack(data, self.instrument_count)
        self.clear()
        for reference, instrument, side, price, shares in orders:
            code, _ = self.add(reference, instrument, side, shares, price)
            if code != Code.OK:
                self.clear()
                raise DataError(f"L3 state: order {reference} refused with code {code}")


def unpack(data: bytes, instruments: int) -> list[tuple[int, int, int, int, int]]:
    """(reference, instrument, side, price, shares) of every order, in the order of the layout."""
    if len(data) < HEAD.size or HEAD.unpack_from(data)[0] != VERSION:
        raise DataError(f"L3 state: not of version {VERSION}; export it again")
    count = HEAD.unpack_from(data)[1]
    if len(data) != HEAD.size + count * ORDER.size:
        raise DataError(f"L3 state: {len(data)} bytes for {count} orders; export it again")
    rows = list(ORDER.iter_unpack(data[HEAD.size :]))
    for _, instrument, side, _, _ in rows:
        if not 0 <= instrument < instruments or side not in (0, 1):
            raise DataError(f"L3 state: instrument {instrument}, side {side}; export it again")
    return rows
