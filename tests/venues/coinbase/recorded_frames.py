"""The recording of the Coinbase Exchange feed: its frames, the sizes of its products, its books by
dictionaries alone."""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from support import FIXTURES, require

FOLDER = FIXTURES / "coinbase"
Sizes = tuple[str, str, str]
Side = dict[int, int]


def products() -> tuple[Sizes, ...]:
    """The products of the recording, with the sizes that its own REST answer states."""
    listed = require(FOLDER / "exchange/COINBASE.0").read_text().split("-> ", 1)[1]
    found = json.loads(listed.partition(": ")[2].partition("\n")[0])
    sizes = {p["id"]: (p["quote_increment"], p["base_increment"]) for p in found}
    names = sorted({json.loads(f)["product_id"] for f in frames() if b'"snapshot"' in f[:30]})
    return tuple((name, *sizes[name]) for name in names)


def frames() -> Iterator[bytes]:
    """The frames that came in, in order."""
    with require(FOLDER / "exchange/COINBASE.ws.28.0").open("rb") as lines:
        for line in lines:
            stamp, colon, data = line.partition(b": ")
            if colon and stamp.replace(b".", b"").isdigit():
                yield data.rstrip()


def levels(pairs: list[Any], tick: str, lot: str) -> list[tuple[int, int]]:
    """Prices and quantities as ticks and lots."""
    grid = Decimal(tick), Decimal(lot)
    return [(int(Decimal(p) / grid[0]), int(Decimal(q) / grid[1])) for p, q in pairs]


def oracle_books(found: Iterable[bytes], names: tuple[Sizes, ...]) -> dict[str, list[Side]]:
    """Bids and asks by product after these frames."""
    sizes = {name: (tick, lot) for name, tick, lot in names}
    books: dict[str, list[Side]] = {}
    for frame in found:
        if not frame.startswith((b'{"type":"snapshot"', b'{"type":"l2update"')):
            continue
        message = json.loads(frame)
        name = message["product_id"]
        if message["type"] == "snapshot":
            books[name] = [dict(levels(message[s], *sizes[name])) for s in ("bids", "asks")]
            continue
        for side, price, quantity in message["changes"]:
            ((ticks, lots),) = levels([(price, quantity)], *sizes[name])
            book = books[name][side == "sell"]
            book.pop(ticks, None)
            if lots:
                book[ticks] = lots
    return books


def ranked(book: list[Side]) -> list[list[tuple[int, int]]]:
    """Both sides of a book, best first."""
    return [sorted(book[0].items(), reverse=True), sorted(book[1].items())]
