"""Databento DBN, plain or Zstandard: schemas mbo, mbp-1, tbbo, mbp-10 and trades, all versions.

Read through the package `databento-dbn` (Apache-2.0), which is imported here only. A row is a
record of the file. `t_recv_ns` is ts_recv, `t_venue_ns` ts_event. DBN has no trade ids: an
EXECUTE has the sequence, which several may share, a TRADE 0.

- mbo gives L3 rows. In DBN only A, C, M and R change the book and a fill is told twice, as F and
  again by the C or M behind it; here F is the EXECUTE and the other keeps what it adds to it. A T
  that no resting order was filled for is a TRADE. M at another price or for more is a REPLACE.
- mbp-1 and tbbo give a BBO where it changes and TRADEs; mbp-10 a SNAPSHOT of ten levels where they
  change and TRADEs. A trade without a side is passed over and counted.
Source: databento.com/docs, "Schemas" and "Standards and conventions".
Rate: mbo 0.2, mbp-1 1.0, mbp-10 0.2 million records a second.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from tickpath.core.errors import DataError, GridError
from tickpath.core.ticks import Ticks
from tickpath.storage.importers.base import Head, Job, at, near, need
from tickpath.storage.importers.events import Clock, in_order, pictured, quoted, traded
from tickpath.storage.importers.exact import OFF_GRID, Longs, counts_of_integers
from tickpath.storage.importers.orders import Flow
from tickpath.storage.importers.sources import raw_blocks

NAME = "databento"
SUMMARY = "Databento DBN: mbo, mbp-1, tbbo, mbp-10, trades"
SCHEMAS: Final = {
    "mbo": "MBOMsg",
    "mbp-1": "MBP1Msg",
    "tbbo": "MBP1Msg",
    "mbp-10": "MBP10Msg",
    "trades": "TradeMsg",
}
PIECE_BYTES: Final = 1 << 20
PRICE_UNIT: Final = Fraction(1, 10**9)
SIDES: Final = {b"B": 0, b"A": 1}
F_SNAPSHOT, F_LAST = 32, 128
UNDEFINED: Final = 2**63 - 1
NAMED_MAX: Final = 6

Records = np.ndarray[Any, np.dtype[np.void]]


def recognises(head: Head) -> str:
    """`dbn`, by the first bytes of the metadata."""
    return "dbn" if head.data[:3] == b"DBN" else ""


def read(path: Path, job: Job) -> Iterator[Ticks]:
    """The events of one instrument. Raises DataError or GridError with file and record."""
    package = need("databento_dbn", "databento-dbn", "reading Databento files")
    source = records(path, package)
    metadata = next(source)
    schema = str(metadata.schema)
    if schema not in SCHEMAS:
        raise DataError(f"{path}: schema {schema} holds no events: use {', '.join(SCHEMAS)}")
    wanted = getattr(package, SCHEMAS[schema])
    one = instrument_of(path, job, metadata)
    clock = Clock(path, job.fall_ns_max)
    market = Market(path, job, Flow(passed=job.passed))
    before: Longs | None = None
    for table, rows in tables(job, source, wanted):
        own, rows = chosen(path, job, table, rows, one)
        if not len(own):
            continue
        one = one or {int(own["instrument_id"][0])}
        if schema == "mbo":
            times = clock(longs(path, own["ts_recv"], rows), rows)
            try:
                yield market.block(own, times, rows)
            except DataError:
                yield market.flow.take()
                raise
        else:
            t_recv = clock(longs(path, own["ts_recv"], rows), rows)
            made, before = prices(path, job, schema, own, t_recv, rows, before)
            yield made
    market.flow.settle()
    yield market.flow.take()


def records(path: Path, package: Any) -> Iterator[Any]:
    """The metadata, then lists of records. Raises DataError for what is no DBN or ends within a
    record."""
    decoder = package.DBNDecoder()
    begun, done = False, 0
    for data in raw_blocks(path):
        for start in range(0, len(data), PIECE_BYTES):
            found = _decoded(path, decoder, data[start : start + PIECE_BYTES], done)
            if found and not begun:
                begun = True
                yield found.pop(0)
            done += len(found)
            if begun and found:
                yield found
    rest = len(decoder.buffer())
    if not begun or rest:
        raise DataError(
            f"{path}: row {done + 1}: ends within a record: fetch the file again; what was read "
            "before it stays"
        )


def _decoded(path: Path, decoder: Any, data: bytes, done: int) -> list[Any]:
    """Records of some bytes; a fault of the package's is a fault of the file."""
    try:
        return list(decoder.write_and_decode(data))
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        text = str(error).split("\n")[0]
        raise DataError(at(path, done + 1, f"no DBN record ({text}): fetch it again")) from error


def instrument_of(path: Path, job: Job, metadata: Any) -> set[int]:
    """Numbers of the instrument in the file; empty when the file does not say."""
    if job.instrument_id is not None:
        return {job.instrument_id}
    mappings = metadata.mappings
    found = {
        int(interval["symbol"])
        for interval in mappings.get(job.symbol, [])
        if str(interval["symbol"]).isdigit()
    }
    if mappings and not found:
        names = sorted(mappings)
        more = ", ..." if len(names) > NAMED_MAX else ""
        raise DataError(
            f"{path}: holds {', '.join(names[:NAMED_MAX])}{more}, not {job.symbol}"
            f"{near(job.symbol, names)}: say --symbol, or --instrument-id with the file's number"
        )
    return found


def tables(job: Job, source: Iterator[Any], wanted: type) -> Iterator[tuple[Records, Longs]]:
    """Records of the wanted kind as an array, and their rows. Others are counted."""
    row = 1
    for found in source:
        kept = [k for k, record in enumerate(found) if type(record) is wanted]
        if len(kept) != len(found):
            job.passed["records of other kinds"] += len(found) - len(kept)
        if kept:
            parts = [bytes(found[k]) for k in kept]
            kinds = list(wanted._dtypes)  # type: ignore[attr-defined]
            spare = len(parts[0]) - np.dtype(kinds).itemsize
            kinds += [("spare", f"V{spare}")] if spare else []
            table = np.frombuffer(b"".join(parts), np.dtype(kinds))
            yield table, np.array(kept, np.int64) + row
        row += len(found)


def chosen(
    path: Path, job: Job, table: Records, rows: Longs, one: set[int]
) -> tuple[Records, Longs]:
    """The records of one instrument."""
    ids = table["instrument_id"]
    if not one:
        other = np.flatnonzero(ids != ids[0])
        if len(other):
            named = f"instruments {ids[0]} and {ids[other[0]]}"
            raise DataError(
                at(path, int(rows[other[0]]), f"{named} in one file: choose by --instrument-id")
            )
        return table, rows
    mask = np.isin(ids, list(one))
    if not np.all(mask):
        job.passed["records of other instruments"] += int(np.count_nonzero(~mask))
    return table[mask], rows[mask]


def longs(path: Path, values: np.ndarray, rows: Longs) -> Longs:
    """A time that must be there."""
    wrong = np.flatnonzero((values == 0) | (values >= UNDEFINED))
    if len(wrong):
        raise DataError(at(path, int(rows[wrong[0]]), "ts_recv is not set: no receive time"))
    return np.asarray(values, np.int64)


def venue_times(values: np.ndarray) -> Longs:
    """ts_event, 0 where it is not set."""
    return np.where(values >= UNDEFINED, 0, values).astype(np.int64)


def ticks_of_prices(path: Path, job: Job, values: Longs, rows: Longs, loose: bool) -> Longs:
    """Ticks; 0 for the undefined price, OFF_GRID where that is allowed."""
    there = np.where(values == UNDEFINED, 0, values)
    found, first = counts_of_integers(there, PRICE_UNIT, job.tick_size)
    if first < 0:
        return found
    ratio = Fraction(job.tick_size) / PRICE_UNIT
    off = there % ratio.numerator != 0
    if loose and job.drop_off_grid_trades and ratio.denominator == 1:
        return np.where(off, OFF_GRID, found)
    price = Decimal(int(values[first])).scaleb(-9).normalize()
    raise GridError(
        at(path, int(rows[first]), f"price {price:f} is no multiple of tick_size {job.tick_size}")
    )


def lots_of(path: Path, job: Job, sizes: np.ndarray, rows: Longs) -> Longs:
    values = sizes.astype(np.int64)
    found, first = counts_of_integers(values, Fraction(1), job.lot_size)
    if first >= 0:
        raise GridError(
            at(path, int(rows[first]), f"size {values[first]} is no multiple of {job.lot_size}")
        )
    return found


def aggressors(sides: np.ndarray) -> Longs:
    return np.where(sides == b"B", 0, np.where(sides == b"A", 1, 2)).astype(np.int64)


def prices(
    path: Path,
    job: Job,
    schema: str,
    table: Records,
    t_recv: Longs,
    rows: Longs,
    before: Longs | None,
) -> tuple[Ticks, Longs | None]:
    """Trades, and the levels where they changed, of the schemas by price."""
    t_venue = venue_times(table["ts_event"])
    is_trade = table["action"] == b"T"
    mark = np.flatnonzero(is_trade)
    columns = {
        "price": ticks_of_prices(path, job, table["price"][mark], rows[mark], True),
        "quantity": lots_of(path, job, table["size"][mark], rows[mark]),
        "row": rows[mark],
    }
    zero = np.flatnonzero((columns["price"] == 0) | (columns["quantity"] == 0))
    if len(zero):
        raise DataError(at(path, int(rows[mark[zero[0]]]), "a trade without price or size"))
    made, index = traded(
        job,
        columns,
        t_recv[mark],
        t_venue[mark],
        np.zeros(len(mark), np.int64),
        aggressors(table["side"][mark]),
    )
    trade_part = (made, mark[index])
    if schema == "trades":
        return made, None
    depth = 10 if schema == "mbp-10" else 1
    price, size = levels(path, job, table, rows, depth)
    both = np.concatenate([price, size], axis=1)
    old = np.concatenate([both[:1] - 1 if before is None else before, both[:-1]])
    fresh = np.flatnonzero((both != old).any(axis=1))
    if depth > 1:
        seen, where = pictured(t_recv[fresh], t_venue[fresh], price[fresh], size[fresh])
    else:
        ids = table["sequence"][fresh].astype(np.int64)
        bid, ask = ((price[fresh, k], size[fresh, k]) for k in (0, 1))
        seen, where = quoted(t_recv[fresh], t_venue[fresh], ids, bid, ask)
    return in_order((seen, fresh[where]), trade_part), both[-1:]


def levels(path: Path, job: Job, table: Records, rows: Longs, depth: int) -> tuple[Longs, Longs]:
    """(records, 2 x depth) prices and sizes, bids first."""
    keys = [(side, k) for side in ("bid", "ask") for k in range(depth)]
    columns = [
        ticks_of_prices(path, job, table[f"{side}_px_{k:02}"], rows, False) for side, k in keys
    ]
    sizes = [lots_of(path, job, table[f"{side}_sz_{k:02}"], rows) for side, k in keys]
    return np.stack(columns, axis=1), np.stack(sizes, axis=1)


@dataclass(slots=True)
class Market:
    """MBO records to what happened to each order."""

    path: Path
    job: Job
    flow: Flow
    in_snapshot: bool = False

    def block(self, table: Records, t_recv: Longs, rows: Longs) -> Ticks:
        price = ticks_of_prices(self.path, self.job, table["price"], rows, True)
        lots = lots_of(self.path, self.job, table["size"], rows)
        wrong = np.flatnonzero(table["order_id"] > UNDEFINED)
        if len(wrong):
            raise DataError(at(self.path, int(rows[wrong[0]]), "an order id of 2**63 or more"))
        columns = (
            t_recv,
            venue_times(table["ts_event"]),
            table["order_id"],
            price,
            lots,
            table["flags"],
            table["sequence"],
            rows,
        )
        sides, actions = table["side"].tolist(), table["action"].tolist()
        for action, side, *values in zip(
            actions, sides, *(c.tolist() for c in columns), strict=True
        ):
            self.record(action, side, *values)
        return self.flow.take()

    def record(
        self,
        action: bytes,
        side: bytes,
        t_recv: int,
        t_venue: int,
        order: int,
        price: int,
        lots: int,
        flags: int,
        sequence: int,
        row: int,
    ) -> None:
        """One record; the rows it makes carry its times."""
        flow, trade_id = self.flow, max(sequence, 1)
        if action != b"F":
            flow.settle()
        flow.t = (t_recv, t_venue)
        snapshot = bool(flags & F_SNAPSHOT)
        if action == b"R" or (snapshot and not self.in_snapshot):
            flow.empty()
        self.in_snapshot = snapshot and not flags & F_LAST
        if action in (b"A", b"M"):
            if side not in SIDES or price <= 0:
                raise DataError(at(self.path, row, "an order without a side or a price"))
            if action == b"M" and order not in flow.resting:
                self.job.passed["changes of orders not known, taken as new"] += 1
            flow.place(order, SIDES[side], price, lots)
        elif action == b"C":
            flow.cancel(order, lots)
        elif action == b"T":
            flow.trade_told(price, lots, SIDES.get(side, 2), 0)
        elif action == b"F":
            flow.fill(order, price, lots, trade_id)
        if flags & F_LAST:
            flow.settle()
