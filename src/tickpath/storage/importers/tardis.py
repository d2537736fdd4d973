"""Tardis.dev CSV: `incremental_book_L2`, `trades`, `quotes`, `book_snapshot_5`, `book_snapshot_25`.

Times are µs: `timestamp` the venue's, `local_timestamp` the receiver's. Depth rows of one local
time are one event, as Tardis says of its files; a run of `is_snapshot` rows is one snapshot. There
are no update ids, so nothing can be said of lost updates (`Chain.NONE`). A trade id that is no
number is 0. Source: docs.tardis.dev, "Data Types" of the downloadable CSV files.
Rate: trades 1.0, quotes 1.1, incremental_book_L2 1.1, book_snapshot_25 0.04 million rows a second.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from tickpath.core.errors import DataError
from tickpath.core.records import EventKind
from tickpath.core.ticks import NO_SIDE, Ticks
from tickpath.storage.importers.base import Head, Job, at, check_columns, check_nearest, made
from tickpath.storage.importers.events import (
    CHAIN_NONE,
    Clock,
    changed,
    grouped,
    kept,
    pictured,
    quoted,
    thinned,
    times_ns,
    traded,
)
from tickpath.storage.importers.exact import Longs
from tickpath.storage.importers.sources import head_of
from tickpath.storage.importers.table import (
    Columns,
    Field,
    Layout,
    columns_of,
    counts,
    identity,
    integer,
    same,
    word,
)

NAME = "tardis"
SUMMARY = "Tardis.dev CSV: incremental_book_L2, trades, quotes, book_snapshot_5/25"
BASE: Final = ("exchange", "symbol", "timestamp", "local_timestamp")
BOOK: Final = (*BASE, "is_snapshot", "side", "price", "amount")
TRADES: Final = (*BASE, "id", "side", "price", "amount")
QUOTES: Final = (*BASE, "ask_amount", "ask_price", "bid_price", "bid_amount")
EXCHANGES: Final = {
    "binance": "binance-spot",
    "binance-futures": "binance-usdm",
    "binance-delivery": "binance-coinm",
    "kraken": "kraken-spot",
    "coinbase": "coinbase-exchange",
}
"""Tardis' names of the venues that are known here."""
AGGRESSORS: Final = {"buy": 0, "sell": 1, "unknown": 2}
SIDES: Final = {"bid": 0, "ask": 1}
FLAGS: Final = {"true": 1, "false": 0}
DEPTHS: Final = (5, 25)


def recognises(head: Head) -> str:
    """The data type, by its columns."""
    fields = set(head.fields)
    if not {"exchange", "local_timestamp"} <= fields:
        return ""
    if "is_snapshot" in fields:
        return "incremental_book_L2"
    if "ask_amount" in fields or "bid_price" in fields:
        return "quotes"
    if "asks[0].price" in fields:
        return f"book_snapshot_{depth_of(head.fields)}"
    return "trades" if "side" in fields else ""


def depth_of(fields: list[str]) -> int:
    """Levels a side of a book snapshot."""
    return sum(name.startswith("asks[") and name.endswith(".price") for name in fields)


def read(path: Path, job: Job) -> Iterator[Ticks]:
    """The events of one file. Raises DataError or GridError with file and row."""
    head = head_of(path)
    kind = recognises(head)
    if not kind:
        check_nearest(path, head.fields, (BOOK, TRADES, QUOTES), "a Tardis file")
    check_exchange(path, job, head)
    reader = _read_snapshots if kind.startswith("book_snapshot") else READERS[kind]
    yield from reader(path, job, head.fields)


def check_exchange(path: Path, job: Job, head: Head) -> None:
    """The first row's exchange must be the venue; every row must then say the same."""
    exchange = first_value(head, "exchange")
    if not exchange:
        raise DataError(f"{path}: no rows: leave it out")
    if exchange not in EXCHANGES:
        raise DataError(
            at(path, 2, f"exchange {exchange!r} is none of {', '.join(EXCHANGES)}: no venue here")
        )
    if job.venue not in (EXCHANGES[exchange], *_also(exchange)):
        raise DataError(
            at(
                path,
                2,
                f"exchange {exchange!r} is {EXCHANGES[exchange]} here, not {job.venue}: "
                f"--venue {EXCHANGES[exchange]}",
            )
        )


def _also(exchange: str) -> tuple[str, ...]:
    """Both of Coinbase's interfaces show one market."""
    return ("coinbase",) if exchange == "coinbase" else ()


def first_value(head: Head, name: str) -> str:
    """A column of the first row behind the header."""
    lines = head.data.split(b"\n")
    parts = lines[1].decode("utf-8", "replace").strip().split(",") if len(lines) > 1 else []
    place = head.fields.index(name)
    return parts[place].strip('" ') if place < len(parts) else ""


def base_fields(path: Path, job: Job) -> list[Field]:
    exchange = first_value(head_of(path), "exchange")
    return [
        same("exchange", exchange),
        same("symbol", job.symbol),
        integer("timestamp"),
        integer("local_timestamp"),
    ]


def rows_of(
    path: Path, job: Job, found: list[str], wanted: tuple[str, ...], fields: list[Field]
) -> Iterator[Columns]:
    """Blocks with both times in ns; local times must not fall at all."""
    check_columns(path, found, wanted, "a Tardis file")
    layout = Layout(found, [*base_fields(path, job), *fields], True, job.tolerance)
    clock = Clock(path, 0)
    for columns in columns_of(path, layout):
        rows = columns["row"]
        local = times_ns(path, columns["local_timestamp"], rows, "local_timestamp")
        columns["t_recv"] = clock(local, rows)
        columns["t_venue"] = times_ns(path, columns["timestamp"], rows, "timestamp")
        yield columns


def _read_trades(path: Path, job: Job, found: list[str]) -> Iterator[Ticks]:
    loose = job.drop_off_grid_trades
    fields = [
        identity("id"),
        word("side", AGGRESSORS),
        counts("price", job.tick_size, 1, loose=loose),
        counts("amount", job.lot_size, 1, loose=loose),
    ]
    last: tuple[int, ...] = ()
    for block in rows_of(path, job, found, TRADES, fields):
        columns, last = without_repeats(path, job, block, last)
        columns["quantity"] = columns["amount"]
        yield traded(
            job, columns, columns["t_recv"], columns["t_venue"], columns["id"], columns["side"]
        )[0]


def without_repeats(
    path: Path, job: Job, columns: Columns, last: tuple[int, ...]
) -> tuple[Columns, tuple[int, ...]]:
    """Rows but those that repeat the numbered trade before them. Raises DataError for one unless
    duplicates are to be skipped."""
    names = ("t_recv", "t_venue", "id", "price", "amount", "side")
    table = np.stack([columns[name] for name in names], axis=1)
    before = np.concatenate([np.array([last or (0,) * len(names)], np.int64), table[:-1]])
    repeated = np.all(table == before, axis=1) & (columns["id"] > 0)
    if np.any(repeated):
        if not job.skip_duplicates:
            row = int(columns["row"][np.flatnonzero(repeated)[0]])
            raise DataError(
                at(path, row, "the trade of the row before again: drop such by --skip-duplicates")
            )
        job.passed["duplicated rows"] += int(np.count_nonzero(repeated))
    return kept(columns, ~repeated), tuple(int(v) for v in table[-1])


def _read_quotes(path: Path, job: Job, found: list[str]) -> Iterator[Ticks]:
    fields = [
        counts("ask_amount", job.lot_size, optional=True),
        counts("ask_price", job.tick_size, optional=True),
        counts("bid_price", job.tick_size, optional=True),
        counts("bid_amount", job.lot_size, optional=True),
    ]
    for columns in rows_of(path, job, found, QUOTES, fields):
        yield quoted(
            columns["t_recv"],
            columns["t_venue"],
            np.zeros(len(columns["row"]), np.int64),
            (columns["bid_price"], columns["bid_amount"]),
            (columns["ask_price"], columns["ask_amount"]),
        )[0]


def _read_book(path: Path, job: Job, found: list[str]) -> Iterator[Ticks]:
    fields = [
        word("is_snapshot", FLAGS),
        word("side", SIDES),
        counts("price", job.tick_size, 1),
        counts("amount", job.lot_size),
    ]
    source = rows_of(path, job, found, BOOK, fields)
    for columns, ends in grouped(path, source, book_starts):
        snapshot = columns["is_snapshot"] == 1
        amount = columns["amount"]
        t_recv = columns["t_recv"]
        if np.any(snapshot):
            t_recv = at_the_end(t_recv, ends)
        keep, empty, last = thinned(~snapshot | (amount > 0), ends)
        yield made(
            len(last),
            t_recv_ns=t_recv[keep],
            t_venue_ns=columns["t_venue"][keep],
            price_ticks=np.where(empty, 0, columns["price"])[keep],
            quantity_lots=amount[keep],
            side=np.where(empty, NO_SIDE, columns["side"])[keep],
            kind=np.where(snapshot, int(EventKind.SNAPSHOT), int(EventKind.DEPTH))[keep],
            flags=last | np.where(snapshot, 0, CHAIN_NONE)[keep],
        )


def book_starts(columns: Columns) -> np.ndarray:
    """A new local time, or the other of snapshot and update; a snapshot goes on over times."""
    later = changed(columns["t_recv"]) & (columns["is_snapshot"] == 0)
    return np.asarray(changed(columns["is_snapshot"]) | later, bool)


def at_the_end(times: Longs, ends: np.ndarray) -> Longs:
    """For every row the time of its event's last row: an event is there when it is whole."""
    places = np.flatnonzero(ends)
    return times[places[np.searchsorted(places, np.arange(len(times)))]]


def _read_snapshots(path: Path, job: Job, found: list[str]) -> Iterator[Ticks]:
    """Each row the book's best levels: a SNAPSHOT, asks and bids from the best on."""
    depth = depth_of(found)
    if depth not in DEPTHS:
        raise DataError(f"{path}: row 1: {depth} levels a side: snapshots have 5 or 25")
    names = [(f"{s}[{k}]") for s in ("bids", "asks") for k in range(depth)]
    fields = [counts(f"{n}.price", job.tick_size, optional=True) for n in names]
    fields += [counts(f"{n}.amount", job.lot_size, optional=True) for n in names]
    wanted = (*BASE, *(f.name for f in fields))
    for columns in rows_of(path, job, found, wanted, fields):
        price = np.stack([columns[f"{n}.price"] for n in names], axis=1)
        amount = np.stack([columns[f"{n}.amount"] for n in names], axis=1)
        yield pictured(columns["t_recv"], columns["t_venue"], price, amount)[0]


READERS: Final = {
    "trades": _read_trades,
    "quotes": _read_quotes,
    "incremental_book_L2": _read_book,
}
