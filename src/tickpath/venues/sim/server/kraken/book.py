"""Book channel with its checksum: the levels of a depth, and what changed of them.

A client keeps as many levels as it subscribed to, so a level that is pushed out is not told; one
that comes back is. Source: the venue's pages spot-websocket-v2/book, book-checksum-v2.
"""

import zlib
from typing import Any

from tickpath.venues.sim.server.book import Book
from tickpath.venues.sim.server.kraken.texts import number, stamp
from tickpath.venues.sim.server.orders import BUY, SELL, Levels, Market
from tickpath.venues.sim.server.units import fixed

DEPTHS = (10, 25, 100, 500, 1000)
CHECKED = 10


def checksum(market: Market, bids: Levels, asks: Levels) -> int:
    """CRC32 over the ten best levels of both sides."""
    decimals = (market.price_decimals, market.quantity_decimals)
    text = "".join(
        fixed(value, n).replace(".", "").lstrip("0")
        for levels in (asks, bids)
        for level in levels[:CHECKED]
        for value, n in zip(level, decimals, strict=True)
    )
    return zlib.crc32(text.encode())


class BookFeed:
    """One market at one depth, as all its subscribers have it."""

    def __init__(self, market: Market, book: Book, depth: int) -> None:
        self.market, self.book, self.depth = market, book, depth
        self.sent: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.id = -1

    def levels(self) -> tuple[Levels, Levels]:
        return self.book.depth(BUY, self.depth), self.book.depth(SELL, self.depth)

    def rows(self, levels: Levels) -> list[dict[str, Any]]:
        price, quantity = self.market.price_decimals, self.market.quantity_decimals
        return [{"price": number(p, price), "qty": number(q, quantity)} for p, q in levels]

    def snapshot(self, now_ns: int) -> dict[str, Any]:
        """All levels now; the next update follows from here for everyone."""
        bids, asks = self.levels()
        return {
            "symbol": self.market.symbol,
            "bids": self.rows(bids),
            "asks": self.rows(asks),
            "checksum": checksum(self.market, bids, asks),
            "timestamp": stamp(now_ns),
        }

    def settle(self) -> None:
        """What is there now is what clients have."""
        bids, asks = self.levels()
        self.sent, self.id = (dict(bids), dict(asks)), self.book.id

    def update(self, now_ns: int) -> dict[str, Any] | None:
        """What changed since the last update or snapshot; None when nothing did."""
        if self.id == self.book.id:
            return None
        now = self.levels()
        changes: list[Levels] = []
        for side, levels in enumerate(now):
            totals, before = self.book.sides[side].totals, self.sent[side]
            gone = [(price, 0) for price in before if price not in totals]
            changes.append(gone + [(p, q) for p, q in levels if before.get(p) != q])
        self.sent, self.id = (dict(now[0]), dict(now[1])), self.book.id
        if not any(changes):
            return None
        return {
            "symbol": self.market.symbol,
            "bids": self.rows(changes[BUY]),
            "asks": self.rows(changes[SELL]),
            "checksum": checksum(self.market, *now),
            "timestamp": stamp(now_ns),
        }
