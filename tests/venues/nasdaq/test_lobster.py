"""LOBSTER's reconstruction as an outside oracle: its order book file holds ten levels a side after
each of its messages, which are NASDAQ's own.

The book before the first row is not in the files, nor are messages beyond the ten levels. What a
row shows outside the prices that the row before it showed is taken over as one order; inside, every
level must be equal.
"""

import csv

import pytest
from support import FIXTURES, require

from tickpath.core.codes import Code
from tickpath.venues.nasdaq import l3, native_l3

FOLDER = FIXTURES / "marketdata/lobster"
NAME = "AAPL_2012-06-21_{}_10.first599.csv"
NEW, CANCEL, DELETE, EXECUTE = "1", "2", "3", "4"
OLD = 1 << 60
"""References from here on: one order that stands for what was at a price before."""


def rows(kind: str) -> list[list[str]]:
    with require(FOLDER / NAME.format(kind)).open() as file:
        return list(csv.reader(file))


def sides(row: list[str]) -> list[list[tuple[int, int]]]:
    """Bid and ask levels of a row, best first."""
    asks = [(int(p), int(s)) for p, s in zip(row[0::4], row[1::4], strict=True)]
    bids = [(int(p), int(s)) for p, s in zip(row[2::4], row[3::4], strict=True)]
    return [bids, asks]


class Oracle:
    """A book and the range of prices in which it is complete."""

    def __init__(self, book: l3.L3Book | native_l3.L3Book) -> None:
        self.book = book
        self.edge: list[int | None] = [None, None]
        self.checked = 0

    def outside(self, side: int, price: int) -> bool:
        edge = self.edge[side]
        return edge is None or (price < edge if side == 0 else price > edge)

    def apply(self, row: list[str]) -> None:
        kind, reference, shares, price = row[1], int(row[2]), int(row[3]), int(row[4])
        side = 0 if row[5] == "1" else 1
        if self.outside(side, price):
            return
        if kind == NEW:
            code, _ = self.book.add(reference, 0, side, shares, price)
        elif kind in (CANCEL, DELETE, EXECUTE):
            known = self.book.find(reference) is not None
            target = reference if known else OLD + side * 2**40 + price
            code, _ = self.book.reduce(target, shares)
        else:
            return
        assert code == Code.OK, row

    def check(self, row: list[str]) -> None:
        for side, levels in enumerate(sides(row)):
            inside = [level for level in levels if not self.outside(side, level[0])]
            own = [x for x in self.book.depth(0, side) if not self.outside(side, x[0])]
            assert own[: len(levels)] == inside
            self.checked += len(inside)
            self.edge[side] = levels[-1][0]
            for price, shares in levels[len(inside) :]:
                self.book.add(OLD + side * 2**40 + price, 0, side, shares, price)
        self.forget()

    def forget(self) -> None:
        """What the row does not show may change unseen."""
        for reference, _, side, price, _ in l3.unpack(self.book.export_state(), 1):
            if self.outside(side, price):
                self.book.delete(reference)


@pytest.mark.recordings
@pytest.mark.parametrize("make", [l3.L3Book, native_l3.L3Book])
def test_every_row_of_the_order_book_file(make: type) -> None:
    oracle = Oracle(make(1))
    messages, books = rows("message"), rows("orderbook")
    assert len(messages) == len(books) == 599
    oracle.check(books[0])
    for message, book in zip(messages[1:], books[1:], strict=True):
        oracle.apply(message)
        oracle.check(book)
    assert oracle.checked > 11_000, "of 11 960 levels"
    assert set(oracle.edge) != {None}
