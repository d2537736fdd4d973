"""Files of data.binance.vision: `trades`, `aggTrades` and `bookTicker` of spot, USD-M and COIN-M.

Zip or CSV, with the header or without, times in ms or µs. A dump has no receive time: `t_recv_ns`
is the venue's, raised where that falls by less than a second. `bookDepth` and klines hold no
events and are refused. Source: the README of binance/binance-public-data and the files' headers.
Rate: trades 1.5, aggTrades 1.5, bookTicker 1.3 million rows a second on one core.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from tickpath.core.errors import DataError
from tickpath.core.ticks import Ticks
from tickpath.storage.importers.base import Head, Job, at, check_columns, check_nearest
from tickpath.storage.importers.events import Clock, Rising, kept, quoted, times_ns, traded
from tickpath.storage.importers.sources import head_of
from tickpath.storage.importers.table import (
    Columns,
    Field,
    Layout,
    columns_of,
    counts,
    integer,
    word,
)

NAME = "binance"
SUMMARY = "dumps of data.binance.vision: trades, aggTrades, bookTicker"

TRADES: Final = ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker")
AGGREGATES: Final = (
    "agg_trade_id",
    "price",
    "quantity",
    "first_trade_id",
    "last_trade_id",
    "transact_time",
    "is_buyer_maker",
)
TICKERS: Final = (
    "update_id",
    "best_bid_price",
    "best_bid_qty",
    "best_ask_price",
    "best_ask_qty",
    "transaction_time",
    "event_time",
)
DEPTHS: Final = ("timestamp", "percentage", "depth", "notional")
KLINES: Final = ("open_time", "open", "high", "low", "close", "volume")
BEST_MATCH: Final = "is_best_match"
FLAGS: Final = {"true": 1, "True": 1, "TRUE": 1, "false": 0, "False": 0, "FALSE": 0}
NAMED = re.compile(r"([A-Z0-9_]+)-(trades|aggTrades|bookTicker|bookDepth|\d+[smhdwo]+)-\d{4}-\d\d")
NUMBER = re.compile(r"\d+(\.\d+)?")
NOT_EVENTS: Final = {
    "bookDepth": "bookDepth sums the quantity within per cents of the price every some 30 s: no "
    "prices of levels, so no book can be built of it; use the depth of T_DEPTH or a recording",
    "klines": "klines are bars, and no events can be had from bars; use trades or aggTrades",
}


def recognises(head: Head) -> str:
    """`trades`, `aggTrades`, `bookTicker`; also what is known to hold no events."""
    fields = head.fields
    for kind, names in (
        ("trades", ("id", "price", "qty", "time", "is_buyer_maker")),
        ("aggTrades", ("agg_trade_id", "price", "is_buyer_maker")),
        ("bookTicker", ("update_id", "best_bid_price", "best_ask_price")),
        ("bookDepth", DEPTHS),
        ("klines", KLINES),
    ):
        if set(names) <= set(fields):
            return kind
    if not fields or not NUMBER.fullmatch(fields[0]):
        named = NAMED.match(head.path.name)
        return named[2] if named and named[2] in READERS else ""
    return _without_header(fields)


def _without_header(fields: list[str]) -> str:
    """By where the truth values stand."""
    shape = "".join("b" if f in FLAGS else "n" if NUMBER.fullmatch(f) else "x" for f in fields)
    if shape in ("nnnnnb", "nnnnnbb"):
        return "trades"
    if shape in ("nnnnnnb", "nnnnnnbb"):
        return "aggTrades"
    times = len(fields) == 7 and all(re.fullmatch(r"\d{13}|\d{16}", f) for f in fields[5:])
    if shape == "nnnnnnn" and times:
        return "bookTicker"
    if len(fields) == 12 and shape == "n" * 12:
        return "klines"
    return ""


def read(path: Path, job: Job) -> Iterator[Ticks]:
    """The events of one file. Raises DataError or GridError with file and row."""
    head = head_of(path)
    named = NAMED.match(head.path.name)
    if named and named[1] != job.symbol:
        raise DataError(f"{path}: a file of {named[1]}, not of {job.symbol}: leave it out")
    kind = recognises(head)
    if kind in NOT_EVENTS:
        raise DataError(f"{path}: {NOT_EVENTS[kind]}")
    if kind not in READERS:
        check_nearest(path, head.fields, (TRADES, AGGREGATES, TICKERS), "a dump")
    yield from READERS[kind](path, job, head)


def layout_of(
    path: Path, job: Job, head: Head, names: tuple[str, ...], fields: list[Field]
) -> Layout:
    """The file's columns: its header, or the documented order."""
    found = head.fields
    if not found:
        raise DataError(at(path, 1, "no CSV text: fetch the file again"))
    header = not NUMBER.fullmatch(found[0])
    if header:
        check_columns(path, found, [f.name for f in fields], "a dump")
        return Layout(found, fields, True, job.tolerance)
    extra = len(found) - len(names)
    if extra not in (0, 1):
        raise DataError(at(path, 1, f"{len(found)} columns where {len(names)} are expected"))
    return Layout([*names, BEST_MATCH][: len(found)], fields, False, job.tolerance)


def read_trades(path: Path, job: Job, head: Head) -> Iterator[Ticks]:
    loose = job.drop_off_grid_trades
    fields = [
        integer("id"),
        counts("price", job.tick_size, 1, loose=loose),
        counts("qty", job.lot_size, 1, loose=loose),
        integer("time"),
        word("is_buyer_maker", FLAGS),
    ]
    layout = layout_of(path, job, head, TRADES, fields)
    yield from _trades(path, job, columns_of(path, layout), ("id", "qty", "time"))


def read_aggregates(path: Path, job: Job, head: Head) -> Iterator[Ticks]:
    loose = job.drop_off_grid_trades
    fields = [
        integer("agg_trade_id"),
        counts("price", job.tick_size, 1, loose=loose),
        counts("quantity", job.lot_size, 1, loose=loose),
        integer("transact_time"),
        word("is_buyer_maker", FLAGS),
    ]
    layout = layout_of(path, job, head, AGGREGATES, fields)
    names = ("agg_trade_id", "quantity", "transact_time")
    yield from _trades(path, job, columns_of(path, layout), names)


def _trades(
    path: Path, job: Job, source: Iterator[Columns], names: tuple[str, str, str]
) -> Iterator[Ticks]:
    key, quantity, time = names
    rising, clock = Rising(path, job, key), Clock(path, job.fall_ns_max)
    for block in source:
        columns = kept(block, rising(block[key], block["row"]))
        t_venue = times_ns(path, columns[time], columns["row"], time)
        t_recv = clock(t_venue, columns["row"])
        columns["quantity"] = columns[quantity]
        yield traded(job, columns, t_recv, t_venue, columns[key], columns["is_buyer_maker"])[0]


def read_tickers(path: Path, job: Job, head: Head) -> Iterator[Ticks]:
    """Both sides of the book at every update; the time is the event's, as in the live stream."""
    fields = [
        integer("update_id"),
        counts("best_bid_price", job.tick_size),
        counts("best_bid_qty", job.lot_size),
        counts("best_ask_price", job.tick_size),
        counts("best_ask_qty", job.lot_size),
        integer("event_time"),
    ]
    layout = layout_of(path, job, head, TICKERS, fields)
    rising, clock = Rising(path, job, "update_id"), Clock(path, job.fall_ns_max)
    for block in columns_of(path, layout):
        columns = kept(block, rising(block["update_id"], block["row"]))
        t_venue = times_ns(path, columns["event_time"], columns["row"], "event_time")
        yield quoted(
            clock(t_venue, columns["row"]),
            t_venue,
            columns["update_id"],
            _side(columns, "bid"),
            _side(columns, "ask"),
        )[0]


def _side(columns: Columns, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Price and quantity; an empty side is shown as zeros."""
    quantity = columns[f"best_{side}_qty"]
    return np.where(quantity > 0, columns[f"best_{side}_price"], 0), quantity


READERS: Final = {
    "trades": read_trades,
    "aggTrades": read_aggregates,
    "bookTicker": read_tickers,
}
