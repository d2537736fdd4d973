"""hftbacktest event arrays, npz or npy: fields `ev, exch_ts, local_ts, px, qty, order_id, ival,
fval`, 64 bytes a row, read in pieces. Version 2 of its format; a row is a row of the array.

What arrived here is what `LOCAL` rows say, in their order; rows only for the exchange's side repeat
them. `t_recv_ns` is local_ts, `t_venue_ns` exch_ts. Prices and quantities are binary floats: a
value within 0.001 of a step of the grid is taken, see `exact.counts_of_floats`, any other refused.

Depth rows of one time are one DEPTH without ids. A clear and the snapshot rows around it are one
SNAPSHOT, which replaces the whole book as a venue's does; a clear that names a price kept the
levels beyond it there. L3: a fill is an EXECUTE, and what follows it takes off only the rest.
Source: hftbacktest's documentation, "Data" and "Constants", and its types.
Rate: L2 1.9, L3 0.25 million rows a second on one core.
"""

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, Final

import numpy as np

from tickpath.core.errors import DataError, GridError
from tickpath.core.records import EventKind
from tickpath.core.ticks import NO_SIDE, Ticks
from tickpath.storage.importers.base import CHUNK_ROWS, Head, Job, at, check_columns, made
from tickpath.storage.importers.events import (
    CHAIN_NONE,
    NO_AGGRESSOR,
    Clock,
    changed,
    grouped,
    thinned,
)
from tickpath.storage.importers.exact import FLOAT_TOLERANCE, Longs, counts_of_floats
from tickpath.storage.importers.orders import UNKNOWN, Flow
from tickpath.storage.importers.sources import guarded
from tickpath.storage.importers.table import Columns

NAME = "hftbacktest"
SUMMARY = "hftbacktest event arrays (npz, npy), L2 and L3"
EVENT: Final = np.dtype(
    [
        ("ev", "<u8"),
        ("exch_ts", "<i8"),
        ("local_ts", "<i8"),
        ("px", "<f8"),
        ("qty", "<f8"),
        ("order_id", "<u8"),
        ("ival", "<i8"),
        ("fval", "<f8"),
    ]
)
DEPTH, TRADE, CLEAR, SNAPSHOT, BBO = 1, 2, 3, 4, 5
ADD, CANCEL, MODIFY, FILL = 10, 11, 12, 13
EXCH, LOCAL, BUY, SELL = 1 << 31, 1 << 30, 1 << 29, 1 << 28
KINDS: Final = (DEPTH, TRADE, CLEAR, SNAPSHOT, BBO, ADD, CANCEL, MODIFY, FILL)
MAGIC: Final = b"\x93NUMPY"
OTHER: Final = "rows of other kinds"
ONE_SIDE: Final = "clears of one side"


def recognises(head: Head) -> str:
    """`events`, by the fields in an array's header."""
    return "events" if head.data[:6] == MAGIC and b"local_ts" in head.data[:1024] else ""


def read(path: Path, job: Job) -> Iterator[Ticks]:
    """The events of one file. Raises DataError or GridError with file and row."""
    source = rows_of(path, job)
    first = next(source, None)
    if first is None:
        raise DataError(f"{path}: no LOCAL rows: nothing of it was received")
    if np.any(first["kind"] >= ADD):
        yield from orders_of(path, job, first, source)
        return
    for columns, ends in grouped(path, _chained(first, source), starts):
        yield levels_of(job, columns, ends)


def _chained(first: Columns, source: Iterator[Columns]) -> Iterator[Columns]:
    yield first
    yield from source


def pieces(path: Path) -> Iterator[np.ndarray]:
    """The array in pieces of whole rows. Raises DataError for any other array."""
    with guarded(path), ExitStack() as stack:
        file = member(path, stack)
        rows, dtype = array_head(path, file)
        left = rows
        while left:
            size = min(left, CHUNK_ROWS)
            data = read_whole(file, size * dtype.itemsize)
            whole = len(data) // dtype.itemsize
            if whole:
                yield np.frombuffer(data[: whole * dtype.itemsize], dtype)
            left -= whole
            if whole < size:
                raise DataError(f"{path}: row {rows - left + 1}: cut short, {left} rows missing")


def array_head(path: Path, file: IO[bytes]) -> tuple[int, np.dtype[Any]]:
    """Rows and fields of an npy file, read up to its first row."""
    version = np.lib.format.read_magic(file)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise DataError(f"{path}: npy version {version}: save it with numpy again")
    try:
        shape, _, dtype = readers[version](file)
    except (TokenError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError) as error:
        raise DataError(f"{path}: its header is damaged ({error}): fetch it again") from error
    check_array(path, shape, dtype)
    return int(shape[0]), dtype


def member(path: Path, stack: ExitStack) -> IO[bytes]:
    """The array `data` of an npz, or its only one, or an npy file."""
    file = stack.enter_context(path.open("rb"))
    if file.read(2) != b"PK":
        file.seek(0)
        return file
    file.seek(0)
    archive = stack.enter_context(zipfile.ZipFile(file))
    names = archive.namelist()
    name = "data.npy" if "data.npy" in names else names[0] if len(names) == 1 else ""
    if not name:
        raise DataError(f"{path}: arrays {', '.join(names[:6]) or 'none'}: one must be named data")
    try:
        return stack.enter_context(archive.open(name))
    except RuntimeError as error:
        raise DataError(f"{path}: {error}: unpack it first") from error


def read_whole(file: IO[bytes], size: int) -> bytes:
    """So many bytes, fewer at the end."""
    parts = []
    while size and (data := file.read(size)):
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def check_array(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if dtype.names is None or len(shape) != 1 or shape[0] < 0:
        raise DataError(
            f"{path}: an array of {dtype} with shape {shape}: only the structured array of "
            "hftbacktest 2 is read, convert older files with its migration2"
        )
    check_columns(path, dtype.names, EVENT.names or (), "an hftbacktest array")
    for name in EVENT.names or ():
        if dtype[name] != EVENT[name]:
            raise DataError(f"{path}: field {name} is {dtype[name]}, must be {EVENT[name]}")


def rows_of(path: Path, job: Job) -> Iterator[Columns]:
    """LOCAL rows of known kinds as integers."""
    clock, row = Clock(path, 0), 1
    for piece in pieces(path):
        rows = np.arange(row, row + len(piece), dtype=np.int64)
        row += len(piece)
        kinds = (piece["ev"] & 0xFF).astype(np.int64)
        local = (piece["ev"] & LOCAL) != 0
        known = np.isin(kinds, KINDS)
        job.passed[OTHER] += int(np.count_nonzero(local & ~known))
        mask = local & known
        if not np.any(mask):
            continue
        own, rows, kinds = piece[mask], rows[mask], kinds[mask]
        times = own["local_ts"].astype(np.int64)
        wrong = np.flatnonzero((times <= 0) | (own["order_id"] >= 2**63))
        if len(wrong):
            raise DataError(at(path, int(rows[wrong[0]]), "local_ts or order_id is out of range"))
        leveled = (kinds != CLEAR) & (kinds != CANCEL)
        yield {
            "row": rows,
            "kind": kinds,
            "t_recv": clock(times, rows),
            "t_venue": np.maximum(own["exch_ts"].astype(np.int64), 0),
            "side": np.where(own["ev"] & BUY, 0, np.where(own["ev"] & SELL, 1, NO_SIDE)),
            "order": own["order_id"].astype(np.int64),
            "price": whole(path, job, own["px"], leveled, rows, "px"),
            "lots": whole(path, job, own["qty"], leveled, rows, "qty"),
        }
        check_rows(path, kinds, own, rows)


def whole(
    path: Path, job: Job, values: np.ndarray, there: np.ndarray, rows: Longs, name: str
) -> Longs:
    """Counts of a float column, 0 where there is no level."""
    step = job.tick_size if name == "px" else job.lot_size
    tolerance = max(float(job.tolerance), FLOAT_TOLERANCE)
    found, first, why = counts_of_floats(np.where(there, values, 0.0), step, tolerance)
    if first >= 0:
        raise GridError(at(path, int(rows[first]), f"{name} {why}"))
    return found


def check_rows(path: Path, kinds: Longs, own: np.ndarray, rows: Longs) -> None:
    """Levels need a positive price, trades a quantity too, both a side."""
    sided = (own["ev"] & (BUY | SELL)) != 0
    need = np.isin(kinds, (DEPTH, SNAPSHOT, BBO, TRADE, ADD, MODIFY, FILL))
    filled = np.isin(kinds, (TRADE, ADD, FILL))
    wrong = need & (~(own["px"] > 0) | ~(own["qty"] >= 0)) | filled & ~(own["qty"] > 0)
    wrong |= np.isin(kinds, (DEPTH, SNAPSHOT, BBO, ADD)) & ~sided
    bad = np.flatnonzero(wrong)
    if len(bad):
        raise DataError(at(path, int(rows[bad[0]]), "no price, quantity or side where one must be"))


def group_of(kinds: Longs) -> Longs:
    """Clear and snapshot rows belong together."""
    return np.where(kinds == CLEAR, SNAPSHOT, kinds)


def starts(columns: Columns) -> np.ndarray:
    """Trades one by one; else rows of one kind and time."""
    kinds = columns["kind"]
    begin = changed(columns["t_recv"], columns["t_venue"], group_of(kinds))
    begin |= kinds == TRADE
    return np.asarray(begin, bool)


def levels_of(job: Job, columns: Columns, ends: np.ndarray) -> Ticks:
    """L2 rows. A clear of both sides without snapshot rows is an empty SNAPSHOT."""
    kinds = columns["kind"]
    snapshot = group_of(kinds) == SNAPSHOT
    sided = columns["side"] != NO_SIDE
    event = np.cumsum(np.concatenate([[0], ends[:-1]]))
    told = (kinds == SNAPSHOT) | ((kinds == CLEAR) & ~sided)
    emptied = np.bincount(event[told], minlength=int(event[-1]) + 1)[event] > 0
    job.passed[ONE_SIDE] += int(np.count_nonzero((kinds == CLEAR) & ~emptied))
    job.passed[NO_AGGRESSOR] += int(np.count_nonzero((kinds == TRADE) & ~sided))
    shown = (kinds != CLEAR) & ((kinds != TRADE) | sided)
    shown &= (kinds != SNAPSHOT) | (columns["lots"] > 0)
    keep, empty, last = thinned(shown, ends)
    gone = empty & ~emptied
    last, keep = last[~gone[keep]], keep & ~gone
    code = np.select(
        [snapshot, kinds == BBO, kinds == TRADE],
        [int(EventKind.SNAPSHOT), int(EventKind.BBO), int(EventKind.TRADE)],
        int(EventKind.DEPTH),
    )
    return made(
        len(last),
        t_recv_ns=columns["t_recv"][keep],
        t_venue_ns=columns["t_venue"][keep],
        price_ticks=np.where(empty, 0, columns["price"])[keep],
        quantity_lots=np.where(empty, 0, columns["lots"])[keep],
        side=np.where(empty, NO_SIDE, columns["side"])[keep],
        kind=code[keep],
        flags=last | np.where(kinds[keep] == DEPTH, CHAIN_NONE, 0),
    )


def orders_of(path: Path, job: Job, first: Columns, source: Iterator[Columns]) -> Iterator[Ticks]:
    """L3 rows."""
    flow = Flow(passed=job.passed)
    names = ("kind", "t_recv", "t_venue", "side", "order", "price", "lots", "row")
    for columns in _chained(first, source):
        for values in zip(*(columns[name].tolist() for name in names), strict=True):
            _order(flow, path, *values)
        yield flow.take()
    flow.settle()
    yield flow.take()


def _order(
    flow: Flow,
    path: Path,
    kind: int,
    t_recv: int,
    t_venue: int,
    side: int,
    order: int,
    price: int,
    lots: int,
    row: int,
) -> None:
    """One row; a cancel takes all of an order, a modify says what is left of it."""
    if kind != FILL:
        flow.settle()
    flow.t = (t_recv, t_venue)
    if kind == ADD:
        flow.place(order, side, price, lots)
    elif kind == MODIFY:
        if order in flow.resting:
            flow.place(order, flow.resting[order].side if side > 1 else side, price, lots)
        else:
            flow.passed[UNKNOWN] += 1
    elif kind == CANCEL:
        flow.cancel(order)
    elif kind == FILL:
        flow.fill(order, price, lots, row)
    elif kind == TRADE:
        flow.trade_told(price, lots, side, row)
    elif kind == CLEAR:
        flow.empty()
    else:
        raise DataError(at(path, row, f"a row of kind {kind} among orders: L2 and L3 in one file"))
