"""LOBSTER: a `message` file and, beside it, the `orderbook` file of one day of one NASDAQ stock.

Message rows `time,type,order id,size,price,direction`: seconds after midnight in New York, prices
in 10^-4 of a dollar. Types: 1 ADD, 2 REDUCE, 3 DELETE, 4 EXECUTE, 5 a trade with a hidden order
(TRADE), 6 crosses and 7 halts (passed over, counted). A trade's id is its row, the file has none.

A message file begins with a book it does not show. With the orderbook file that book is made of
one synthetic order a level (ids from 2**62 on, older than any other of its level), and a level
that comes into view later is set to what is shown; so the visible levels are right from the first
row on. Without it, what happens to orders from before the file is passed over, their trades kept.
Source: lobsterdata.com, "Data Structure". Rate: 0.2 million messages a second.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from tickpath.core.errors import ConfigError, DataError, GridError
from tickpath.core.ticks import Ticks
from tickpath.storage.importers.base import NS, Head, Job, at
from tickpath.storage.importers.events import OFF_GRID_TRADES, Clock
from tickpath.storage.importers.exact import Longs, counts_of_integers
from tickpath.storage.importers.orders import UNKNOWN, Orders
from tickpath.storage.importers.sources import head_of
from tickpath.storage.importers.table import (
    Columns,
    Layout,
    columns_of,
    counts,
    integer,
    word,
)

NAME = "lobster"
SUMMARY = "LOBSTER message files, with the orderbook file beside them"
NAMES: Final = ("time", "type", "order_id", "size", "price", "direction")
ADD, REDUCE, DELETE, EXECUTE, HIDDEN, CROSS, HALT = range(1, 8)
TYPES: Final = {str(k): k for k in range(1, 8)}
DIRECTIONS: Final = {"1": 0, "-1": 1, "0": 2}
SYNTHETIC: Final = 1 << 62
UNIT: Final = Fraction(1, 10_000)
PRICE_MAX: Final = 9_999_999_999
"""An empty level of an orderbook file is at plus or minus this price."""
NAMED = re.compile(r"([A-Za-z.]+)_(\d{4}-\d\d-\d\d)(_\d+_\d+)?_(message|orderbook)_\d+")
DAY_NS: Final = 86_400 * NS


def recognises(head: Head) -> str:
    """`message` or `orderbook`."""
    fields = head.fields
    whole = [re.fullmatch(r"-?\d+", f) is not None for f in fields]
    if len(fields) in (6, 7) and all(whole[1:6]) and re.fullmatch(r"\d+(\.\d+)?", fields[0]):
        return "message" if fields[1] in TYPES and fields[5] in DIRECTIONS else ""
    named = "orderbook" in head.name and len(fields) >= 4 and len(fields) % 4 == 0
    return "orderbook" if named and all(whole) else ""


def read(path: Path, job: Job) -> Iterator[Ticks]:
    """The events of a message file; an orderbook file is read beside its messages only. Raises
    DataError or GridError with file and row."""
    head = head_of(path)
    kind = recognises(head)
    if kind == "orderbook":
        if not messages_of(path).exists():
            raise DataError(f"{path}: an orderbook file without {messages_of(path).name}: add it")
        job.notes.append(f"{path.name}: read with its message file")
        return
    if kind != "message":
        raise DataError(f"{path}: row 1: no LOBSTER messages: the columns are {', '.join(NAMES)}")
    job = dated(path, job)
    midnight = job.midnight_ns(path, "LOBSTER times")
    book = job.book or beside(path)
    rebuilt = Rebuilt(path, job, midnight)
    source = columns_of(path, layout_of(len(head.fields)))
    if book is None:
        for columns in source:
            yield rebuilt.block(columns, None)
        return
    for columns, shown in paired(path, source, book):
        yield rebuilt.block(columns, shown)


def layout_of(wide: int) -> Layout:
    """Columns of a message file of so many."""
    fields = [
        counts("time", Decimal("1e-9")),
        word("type", TYPES),
        integer("order_id", -1),
        integer("size"),
        integer("price", -PRICE_MAX),
        word("direction", DIRECTIONS),
    ]
    return Layout([*NAMES, "attribution"][:wide], fields, False)


def dated(path: Path, job: Job) -> Job:
    """The job with the day that the file's name says."""
    named = NAMED.match(path.name)
    if named is None:
        return job
    if named[1].upper() != job.symbol.upper():
        raise DataError(f"{path}: a file of {named[1]}, not of {job.symbol}: leave it out")
    try:
        day = date.fromisoformat(named[2])
    except ValueError:
        return job
    if job.day not in (None, day):
        raise ConfigError(f"{path}: its name says {day}, --date says {job.day}: correct one")
    return replace(job, day=day)


def beside(path: Path) -> Path | None:
    """The orderbook file of a message file, if it lies there."""
    found = path.with_name(path.name.replace("_message_", "_orderbook_"))
    return found if found != path and found.exists() else None


def messages_of(path: Path) -> Path:
    return path.with_name(path.name.replace("_orderbook_", "_message_"))


def paired(path: Path, source: Iterator[Columns], book: Path) -> Iterator[tuple[Columns, Longs]]:
    """Message blocks with their rows of the orderbook file, (rows, 4 x levels)."""
    wide = len(head_of(book).fields)
    names = [f"level_{k}" for k in range(wide)]
    if wide == 0 or wide % 4:
        raise DataError(f"{book}: row 1: {wide} columns: an orderbook file has 4 a level")
    fields = [integer(name, -PRICE_MAX) for name in names]
    shown = columns_of(book, Layout(names, fields, False))
    held = np.zeros((0, wide), np.int64)
    for columns in source:
        size = len(columns["row"])
        while len(held) < size:
            block = next(shown, None)
            if block is None:
                row = int(columns["row"][len(held)])
                raise DataError(at(path, row, f"no row for it in {book}: both must be whole"))
            held = np.concatenate([held, np.stack([block[n] for n in names], axis=1)])
        yield columns, held[:size]
        held = held[size:]


@dataclass(slots=True)
class Rebuilt:
    """The order book of a message file, row by row."""

    path: Path
    job: Job
    midnight_ns: int
    orders: Orders = field(default_factory=Orders)
    levels: dict[tuple[int, int], dict[int, None]] = field(default_factory=dict)
    before: Longs | None = None
    minted: int = 0
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(self.path, 0)

    def block(self, columns: Columns, shown: Longs | None) -> Ticks:
        """The events of a block of messages."""
        wrong = np.flatnonzero(columns["time"] >= 2 * DAY_NS)
        if len(wrong):
            row = int(columns["row"][wrong[0]])
            raise DataError(at(self.path, row, "time is no second of a day"))
        times = self.clock(columns["time"] + self.midnight_ns, columns["row"])
        prices = self.prices(columns)
        entering = self.entering(shown) if shown is not None else None
        names = ("type", "order_id", "direction", "row")
        table = zip(
            times.tolist(),
            prices.tolist(),
            self.lots(columns).tolist(),
            *(columns[n].tolist() for n in names),
            strict=True,
        )
        for k, (t, price, lots, kind, order, side, row) in enumerate(table):
            self.orders.t = (t, t)
            if shown is not None and self.before is None:
                self.seed(shown[0], kind, side, columns["price"][0], int(columns["size"][0]))
                self.before = shown[0]
            self.message(kind, order, lots, price, side, row)
            if entering is not None and shown is not None and entering[k]:
                then = shown[k - 1] if k or self.before is None else self.before
                self.come_into_view(shown[k], then)
        if shown is not None and len(shown):
            self.before = shown[-1].copy()
        return self.orders.take()

    def prices(self, columns: Columns) -> Longs:
        """Ticks; 0 where a trade is off the grid and such are dropped. Halts and crosses have no
        price."""
        kinds = columns["type"]
        values = np.where(kinds >= CROSS, 0, columns["price"])
        found, first = counts_of_integers(values, UNIT, self.job.tick_size)
        if first < 0:
            return found
        ratio = Fraction(self.job.tick_size) / UNIT
        off = (
            (values % ratio.numerator != 0) if ratio.numerator > 1 else np.zeros(len(values), bool)
        )
        bad = np.flatnonzero(off & ((kinds != HIDDEN) | (not self.job.drop_off_grid_trades)))
        if len(bad) or not np.any(off):
            row = bad[0] if len(bad) else first
            price = Decimal(int(values[row])).scaleb(-4)
            hint = "; --drop-off-grid-trades leaves such trades out" if kinds[row] == HIDDEN else ""
            raise GridError(
                at(
                    self.path,
                    int(columns["row"][row]),
                    f"price {price} is no multiple of tick_size {self.job.tick_size}{hint}",
                )
            )
        return np.where(off, 0, found)

    def lots(self, columns: Columns) -> Longs:
        """Lots; halts and crosses have none. Raises GridError, also for a size of zero."""
        counted = columns["type"] < CROSS
        found, first = counts_of_integers(
            np.where(counted, columns["size"], 0), Fraction(1), self.job.lot_size
        )
        zero = np.flatnonzero(counted & (columns["size"] == 0))
        if first >= 0 or len(zero):
            place = int(zero[0]) if first < 0 else first
            size = columns["size"][place]
            text = f"size {size} is no multiple of the lot size {self.job.lot_size}"
            raise GridError(at(self.path, int(columns["row"][place]), text))
        return found

    def message(self, kind: int, order: int, lots: int, price: int, side: int, row: int) -> None:
        """One row of the file."""
        job = self.job
        if kind >= CROSS:
            job.passed["crosses" if kind == CROSS else "halts"] += 1
            return
        if side > 1 or price < 0 or (price == 0 and kind != HIDDEN):
            raise DataError(
                at(self.path, row, "a message needs a price and a direction of 1 or -1")
            )
        if kind == HIDDEN:
            if price == 0:
                job.passed[OFF_GRID_TRADES] += 1
            else:
                self.orders.trade(price, lots, 1 - side, row)
        elif kind == ADD:
            if not self.add(order, side, price, lots):
                raise DataError(at(self.path, row, f"order {order} is there already: rows twice?"))
        else:
            self.change(kind, order, lots, price, side, row)

    def change(self, kind: int, order: int, lots: int, price: int, side: int, row: int) -> None:
        """Types 2 to 4, of an order that is known or of one from before the file."""
        if order not in self.orders.resting:
            order = self.from_before(side, price, lots)
            if order == 0:
                if kind == EXECUTE:
                    self.orders.trade(price, lots, 1 - side, row)
                self.job.passed[UNKNOWN] += 1
                return
            kind = REDUCE if kind == DELETE else kind
        resting = self.orders.resting[order]
        if kind == EXECUTE:
            self.orders.execute(order, lots, 0, row)
        elif kind == DELETE:
            self.orders.delete(order)
        else:
            self.orders.reduce(order, lots)
        if order not in self.orders.resting:
            self.levels[resting.side, resting.price].pop(order, None)

    def add(self, order: int, side: int, price: int, lots: int) -> bool:
        self.levels.setdefault((side, price), {})[order] = None
        return self.orders.add(order, side, price, lots)

    def from_before(self, side: int, price: int, lots: int) -> int:
        """A synthetic order of the level that holds the quantity, else 0."""
        for order in self.levels.get((side, price), ()):
            if order >= SYNTHETIC and self.orders.resting[order].quantity >= lots:
                return order
        return 0

    def ticks_and_lots(self, price: int, size: int) -> tuple[int, int]:
        """A level of the orderbook file, (0, 0) when it is empty or off the grid."""
        ticks = Fraction(price) * UNIT / Fraction(self.job.tick_size)
        lots = Fraction(size) / Fraction(self.job.lot_size)
        whole = ticks.denominator == 1 and lots.denominator == 1 and abs(price) < PRICE_MAX
        return (int(ticks), int(lots)) if whole and ticks > 0 and lots > 0 else (0, 0)

    def seed(self, shown: Longs, kind: int, side: int, price: int, size: int) -> None:
        """The book before the first message: the first row shown, with that message undone."""
        self.orders.clear()
        levels = {(s, int(p)): int(q) for s, p, q in sides(shown)}
        if kind in (ADD, REDUCE, DELETE, EXECUTE):
            key = (side, int(price))
            levels[key] = levels.get(key, 0) + (-size if kind == ADD else size)
        for (s, p), q in levels.items():
            self.fill(s, *self.ticks_and_lots(p, q))

    def fill(self, side: int, price: int, lots: int) -> None:
        """A synthetic order, when there is something of it."""
        if price and lots > 0:
            self.add(SYNTHETIC + self.minted, side, price, lots)
            self.minted += 1

    def entering(self, shown: Longs) -> np.ndarray:
        """Rows with a price on some side that the row before does not show."""
        before = np.concatenate([shown[:1] if self.before is None else [self.before], shown[:-1]])
        found = np.zeros(len(shown), bool)
        for start in (0, 2):
            now, then = shown[:, start::4], before[:, start::4]
            old = (now[:, :, None] == then[:, None, :]).any(axis=2)
            found |= ~old.all(axis=1)
        return found

    def come_into_view(self, now: Longs, then: Longs) -> None:
        """Levels not shown before get the quantity that is shown."""
        old = {(s, p) for s, p, _ in sides(then)}
        for side, price, size in sides(now):
            if (side, price) in old:
                continue
            ticks, lots = self.ticks_and_lots(int(price), int(size))
            orders = self.levels.get((side, ticks), {})
            known = sum(self.orders.resting[o].quantity for o in orders)
            if known > lots:
                for order in list(orders):
                    self.orders.delete(order)
                orders.clear()
                known = 0
            self.fill(side, ticks, lots - known)


def sides(shown: Longs) -> Iterator[tuple[int, int, int]]:
    """(side, price, size) of a row: ask price, ask size, bid price, bid size a level."""
    values = shown.tolist()
    for k in range(0, len(values), 4):
        yield 1, values[k], values[k + 1]
        yield 0, values[k + 2], values[k + 3]
