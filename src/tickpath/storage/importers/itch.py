"""NASDAQ TotalView-ITCH 5.0: a BinaryFILE of a day (plain or gzip) or a pcap of MoldUDP64 lines.

L3 rows of one stock: A and F ADD, X REDUCE, D DELETE, U REPLACE, E and C EXECUTE (id 0 where C was
not printed), P a TRADE with a sell aggressor, as in the live feed. Crosses (Q) have no aggressor:
passed over and counted. Times count from midnight in New York: a capture knows its day, a
BinaryFILE needs it. A row is a message of the file. Without a capture's time `t_recv_ns` is the
venue's. A BinaryFILE is read in pieces, a capture whole (at most `CAPTURE_BYTES_MAX`), because its
two lines are merged. Gaps of a capture are not closed: see `passed`.
Source: Nasdaq TotalView-ITCH 5.0; venues/nasdaq/itch.py.
Rate: 0.1 million messages a second of the stock itself, 0.3 million of others.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tickpath.core.errors import ConfigError, DataError, GridError
from tickpath.core.ticks import Ticks
from tickpath.storage.importers.base import CHUNK_ROWS, NS, Head, Job, at
from tickpath.storage.importers.events import OFF_GRID_TRADES
from tickpath.storage.importers.orders import UNKNOWN, Orders
from tickpath.venues.nasdaq import itch, mold
from tickpath.venues.nasdaq.captures import MAGICS, is_capture, read_binary_file
from tickpath.venues.nasdaq.recordings import read_packets

NAME = "itch"
SUMMARY = "NASDAQ TotalView-ITCH 5.0: BinaryFILE or pcap"
CAPTURE_BYTES_MAX: Final = 1 << 31
UNIT: Final = Fraction(1, 10_000)
BOOK: Final = frozenset(b"AFECXDU")
CODES: Final = {"u16": "H", "u32": "I", "u64": "Q", "p4": "I", "p8": "Q"}
LAYOUTS: Final = {
    kind: (
        struct.Struct(">" + "".join(CODES.get(width, f"{size}s") for _, width, size in rows)),
        tuple(name for name, _, _ in rows),
    )
    for kind, rows in itch.LAYOUTS.items()
}
"""Fields of a message behind its head."""
LETTERS: Final = {name: tuple(x.encode() for x in found) for name, found in itch.CHOICES.items()}
NAMES_STOCK: Final = frozenset(b"RAFP")


def recognises(head: Head) -> str:
    """`pcap`, or `BinaryFILE` that begins with a system event or a stock directory."""
    if head.data[:4] in MAGICS:
        return "pcap"
    size = int.from_bytes(head.data[:2], "big")
    kind = head.data[2:3]
    first = kind in (b"S", b"R") and size == itch.LENGTHS.get(kind[0])
    return "BinaryFILE" if first else ""


def read(path: Path, job: Job) -> Iterator[Ticks]:
    """The events of one stock. Raises DataError or GridError with file and message."""
    captured = is_capture(path)
    source = captured_messages(path) if captured else filed_messages(path)
    first = next(source, None)
    if first is None:
        raise DataError(f"{path}: no messages: leave it out")
    if captured:
        job = replace(job, day=job.day or day_of(path, job, first[0]))
    midnight = job.midnight_ns(path, "ITCH times")
    stock = Stock(path, job, midnight)
    try:
        for row, (t_ns, data) in enumerate(_chained(first, source), 1):
            stock.message(row, t_ns, data)
            if len(stock.orders.rows) >= CHUNK_ROWS:
                yield stock.orders.take()
    except (DataError, GridError):
        yield stock.orders.take()
        raise
    yield stock.orders.take()
    if not stock.seen:
        raise DataError(f"{path}: nothing of {job.symbol}: its stock is named by --symbol")


def _chained(
    first: tuple[int, bytes], source: Iterator[tuple[int, bytes]]
) -> Iterator[tuple[int, bytes]]:
    yield first
    yield from source


def filed_messages(path: Path) -> Iterator[tuple[int, bytes]]:
    """(0, message) of a BinaryFILE."""
    for data in read_binary_file(path):
        yield 0, data


def captured_messages(path: Path) -> Iterator[tuple[int, bytes]]:
    """(ns since 1970, message) of a capture, both lines merged."""
    size = path.stat().st_size
    if size > CAPTURE_BYTES_MAX:
        raise DataError(
            f"{path}: a capture of {size} bytes, at most {CAPTURE_BYTES_MAX}: cut it, editcap -c"
        )
    for t_ns, packet in read_packets(path):
        for data in mold.messages(packet) or [] if len(packet) >= mold.HEADER.size else []:
            yield t_ns, data


def day_of(path: Path, job: Job, t_ns: int) -> date:
    """The venue's day of a time."""
    try:
        return datetime.fromtimestamp(t_ns // NS, ZoneInfo(job.zone)).date()
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError) as error:
        raise ConfigError(f"{path}: no day for it: say --date, --zone ({error})") from error


def fields_of(data: bytes) -> dict[str, Any]:
    """Numbers, and text as bytes, of a message that is long enough."""
    layout, names = LAYOUTS[data[0]]
    return dict(zip(names, layout.unpack_from(data, itch.HEAD_BYTES), strict=True))


@dataclass(slots=True)
class Stock:
    """Messages of one stock to what happened to its orders."""

    path: Path
    job: Job
    midnight_ns: int
    orders: Orders = field(default_factory=Orders)
    locate: bytes = b""
    seen: bool = False
    last_ns: int = 0
    scale: tuple[int, int, int, int] = (1, 1, 1, 1)
    """What a price, and a number of shares, is multiplied with and divided by."""

    def __post_init__(self) -> None:
        price, share = UNIT / Fraction(self.job.tick_size), 1 / Fraction(self.job.lot_size)
        self.scale = (price.numerator, price.denominator, share.numerator, share.denominator)

    def message(self, row: int, t_ns: int, data: bytes) -> None:
        """One message; of another stock, or of none, nothing is kept."""
        if not data or data[0] not in itch.LENGTHS:
            raise DataError(at(self.path, row, f"message type {data[:1]!r} is not of ITCH 5.0"))
        if len(data) < itch.LENGTHS[data[0]]:
            raise DataError(at(self.path, row, f"message {chr(data[0])} is cut short"))
        if not self.locate and data[0] in NAMES_STOCK:
            named = str(itch.read(data).fields["stock"])
            if named == self.job.symbol:
                self.locate = data[1:3]
        if data[1:3] != self.locate:
            return
        self.seen = True
        if data[0] in BOOK or data[:1] in (b"P", b"Q"):
            self.own(row, t_ns, data)

    def own(self, row: int, t_ns: int, data: bytes) -> None:
        """A message of the stock that counts."""
        kind, f = chr(data[0]), fields_of(data)
        if any(f.get(name, letters[0]) not in letters for name, letters in LETTERS.items()):
            raise DataError(at(self.path, row, f"message {kind} with a letter not allowed"))
        t_venue = self.midnight_ns + int.from_bytes(data[5:11], "big")
        self.last_ns = max(self.last_ns, t_ns or t_venue)
        self.orders.t = (self.last_ns, t_venue)
        if max(f.get("reference", 0), f.get("reference_new", 0), f.get("match", 0)) >= 2**63:
            raise DataError(at(self.path, row, "a reference of 2**63 or more: damaged"))
        if kind == "Q":
            self.job.passed["crosses"] += 1
        elif kind == "P":
            price = self.price(row, f["price"], trade=True)
            if price:
                self.orders.trade(price, self.lots(row, f["shares"]), 1, f["match"])
        elif kind in "AF":
            side = int(f["side"] == b"S")
            price = self.price(row, f["price"], trade=False)
            if not self.orders.add(f["reference"], side, price, self.lots(row, f["shares"])):
                raise DataError(at(self.path, row, f"order {f['reference']} is there already"))
        elif f["reference"] not in self.orders.resting:
            self.job.passed[UNKNOWN] += 1
        else:
            self.change(row, kind, f, f.get("printable", b"Y") == b"Y")

    def change(self, row: int, kind: str, f: dict[str, Any], printed: bool) -> None:
        """A message about an order that rests."""
        orders, reference = self.orders, f["reference"]
        if kind == "D":
            orders.delete(reference)
            return
        lots = self.lots(row, f["shares"])
        resting = orders.resting[reference]
        if kind != "U" and lots > resting.quantity:
            raise DataError(at(self.path, row, f"order {reference} has {resting.quantity} only"))
        if kind == "X":
            orders.reduce(reference, lots)
        elif kind == "U":
            price = self.price(row, f["price"], trade=False)
            new = f["reference_new"]
            if new != reference and new in orders.resting:
                raise DataError(at(self.path, row, f"order {new} is there already"))
            orders.replace(reference, new, resting.side, price, lots)
        else:
            price = self.price(row, f["price"], trade=True) if kind == "C" else resting.price
            if price:
                orders.execute(reference, lots, price, f["match"] if printed else 0)
            else:
                orders.reduce(reference, lots)

    def price(self, row: int, value: int, *, trade: bool) -> int:
        """Ticks; 0 for a trade off the grid where such are dropped."""
        ticks, rest = divmod(value * self.scale[0], self.scale[1])
        if rest == 0 and ticks > 0:
            return ticks
        if trade and value > 0 and self.job.drop_off_grid_trades:
            self.job.passed[OFF_GRID_TRADES] += 1
            return 0
        hint = "; --drop-off-grid-trades leaves such trades out" if trade else ""
        raise GridError(
            at(
                self.path,
                row,
                f"price {value / 10_000:.4f} is no multiple of tick_size "
                f"{self.job.tick_size}{hint}",
            )
        )

    def lots(self, row: int, shares: int) -> int:
        lots, rest = divmod(shares * self.scale[2], self.scale[3])
        if rest or lots <= 0:
            raise GridError(at(self.path, row, f"{shares} shares are no multiple of the lot size"))
        return lots
