"""hftbacktest arrays: rows in, rows out, and back to the same ticks."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.errors import DataError, GridError
from tickpath.core.records import Chain, EventKind
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, OrderRow, Ticks, joined, ticks_of
from tickpath.storage.importers.base import Job
from tickpath.storage.importers.find import read_ticks
from tickpath.storage.importers.hftbacktest import (
    ADD,
    BUY,
    CANCEL,
    CLEAR,
    DEPTH,
    EVENT,
    EXCH,
    FILL,
    LOCAL,
    MODIFY,
    SELL,
    SNAPSHOT,
    TRADE,
)  # fmt: skip
from tickpath.storage.importers.hftbacktest_export import export_hftbacktest, to_hftbacktest

Read = Callable[..., Ticks]
T = 1_723_075_200_000_000_000
BOTH = EXCH | LOCAL
TICK, LOT = Decimal("0.1"), Decimal("0.001")


def rows(ticks: Ticks, *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(ticks[n].tolist() for n in names), strict=True))


def saved(path: Path, *events: tuple[Any, ...], **arrays: Any) -> Path:
    """(ev, exch, local, px, qty[, order]) rows as an npz."""
    table = np.zeros(len(events), EVENT)
    for k, (ev, exch, local, px, qty, *order) in enumerate(events):
        table[k] = (ev, T + exch, T + local, px, qty, order[0] if order else 0, 0, 0)
    np.savez_compressed(path, **(arrays or {"data": table}))
    return path


def test_levels_and_trades(tmp_path: Path, job: Callable, whole: Read) -> None:
    path = saved(
        tmp_path / "f.npz",
        (BOTH | CLEAR, 0, 5, 0, 0),
        (BOTH | SNAPSHOT | BUY, 0, 5, 55000.0, 1.5),
        (BOTH | SNAPSHOT | SELL, 0, 5, 55000.1, 0.3),
        (BOTH | DEPTH | BUY, 10, 15, 54999.9, 0.001),
        (BOTH | DEPTH | SELL, 10, 15, 55000.1, 0.0),
        (BOTH | TRADE | SELL, 10, 15, 55000.0, 0.2),
        (BOTH | TRADE | BUY, 10, 15, 55000.1, 0.1),
        (EXCH | TRADE | BUY, 12, 0, 55000.1, 9.9),
        (LOCAL | TRADE, 13, 16, 55000.1, 0.4),
        (LOCAL | CLEAR, 14, 17, 0, 0),
        (LOCAL | CLEAR | BUY, 15, 18, 55000.0, 0),
    )
    one = job()
    ticks = whole(path, one)
    s, d, t = (int(k) for k in (EventKind.SNAPSHOT, EventKind.DEPTH, EventKind.TRADE))
    none = int(Chain.NONE) << CHAIN_SHIFT
    assert rows(ticks, "kind", "side", "price_ticks", "quantity_lots", "flags") == [
        (s, 0, 550000, 1500, 0),
        (s, 1, 550001, 300, LAST),
        (d, 0, 549999, 1, none),
        (d, 1, 550001, 0, none | LAST),
        (t, 1, 550000, 200, LAST),
        (t, 0, 550001, 100, LAST),
        (s, NO_SIDE, 0, 0, LAST),
    ]
    assert rows(ticks, "t_recv_ns", "t_venue_ns")[2] == (T + 15, T + 10)
    assert dict(+one.passed) == {"trades without an aggressor": 1, "clears of one side": 1}


def test_orders(tmp_path: Path, job: Callable, whole: Read) -> None:
    path = saved(
        tmp_path / "f.npz",
        (BOTH | ADD | BUY, 1, 2, 55000.0, 1.0, 11),
        (BOTH | ADD | BUY, 1, 2, 55000.0, 1.0, 12),
        (BOTH | TRADE | SELL, 3, 4, 55000.0, 1.4),
        (BOTH | FILL | BUY, 3, 4, 55000.0, 1.0, 11),
        (BOTH | FILL | BUY, 3, 4, 55000.0, 0.3, 12),
        (BOTH | CANCEL | BUY, 3, 4, 55000.0, 1.0, 11),
        (BOTH | MODIFY | BUY, 3, 4, 55000.0, 0.7, 12),
        (BOTH | MODIFY | BUY, 5, 6, 55000.1, 0.7, 12),
        (BOTH | CANCEL | BUY, 7, 8, 55000.1, 0.7, 12),
        (BOTH | CLEAR, 9, 9, 0, 0),
    )
    ticks = whole(path, job())
    assert rows(ticks, "kind", "order_id", "side", "price_ticks", "quantity_lots") == [
        (OrderRow.ADD, 11, 0, 550000, 1000),
        (OrderRow.ADD, 12, 0, 550000, 1000),
        (OrderRow.EXECUTE, 11, 0, 550000, 1000),
        (OrderRow.EXECUTE, 12, 0, 550000, 300),
        (EventKind.TRADE, 0, 1, 550000, 100),
        (OrderRow.REPLACE, 12, 0, 550001, 700),
        (OrderRow.DELETE, 12, 0, 550001, 700),
        (OrderRow.CLEAR, 0, NO_SIDE, 0, 0),
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((BOTH | DEPTH | BUY, 1, 2, 55000.05, 1.0), r"row 2: px 55000\.05 is 0\.5 of a step"),
        ((BOTH | DEPTH | BUY, 1, 2, 55000.0, 0.0004), r"row 2: qty 0\.0004 is 0\.4 of a step"),
        ((BOTH | DEPTH | BUY, 1, 2, float("nan"), 1.0), "row 2: px nan is no number"),
        ((BOTH | DEPTH | BUY, 1, 2, 1e300, 1.0), "row 2: px 1e.300 is too large"),
        ((BOTH | DEPTH | BUY, 1, 1, 55000.0, 1.0), "row 2: time falls"),
        ((BOTH | DEPTH, 1, 2, 55000.0, 1.0), "row 2: no price, quantity or side"),
        ((BOTH | ADD | BUY, 1, 2, 55000.0, 1.0, 5), "row 1: a row of kind 1 among orders"),
    ],
)
def test_bad_rows_are_named(
    tmp_path: Path, job: Callable, whole: Read, row: tuple[Any, ...], said: str
) -> None:
    path = saved(tmp_path / "f.npz", (BOTH | DEPTH | BUY, 1, 2, 55000.0, 1.0), row)
    with pytest.raises((DataError, GridError), match=said):
        whole(path, job())


def test_other_arrays_are_refused(tmp_path: Path, job: Callable, whole: Read) -> None:
    old = saved(tmp_path / "a.npz", data=np.zeros((3, 6)))
    with pytest.raises(DataError, match="only the structured array of hftbacktest 2"):
        whole(old, job(), "hftbacktest")
    fields = [(n, EVENT[n]) for n in EVENT.names or () if n != "order_id"]
    less = saved(tmp_path / "b.npz", data=np.zeros(3, fields))
    with pytest.raises(DataError, match="without column order_id"):
        whole(less, job(), "hftbacktest")
    two = saved(tmp_path / "c.npz", a=np.zeros(3, EVENT), b=np.zeros(3, EVENT))
    with pytest.raises(DataError, match=r"arrays a\.npy, b\.npy: one must be named data"):
        whole(two, job(), "hftbacktest")
    only = saved(tmp_path / "d.npz", (EXCH | DEPTH | BUY, 1, 2, 55000.0, 1.0))
    with pytest.raises(DataError, match="no LOCAL rows"):
        whole(only, job())


def test_a_torn_array_gives_what_is_whole(
    tmp_path: Path, job: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickpath.storage.importers.hftbacktest.CHUNK_ROWS", 10)
    table = np.zeros(35, EVENT)
    table["ev"], table["px"], table["qty"] = BOTH | TRADE | BUY, 55000.0, 1.0
    table["local_ts"] = table["exch_ts"] = T + np.arange(35)
    path = tmp_path / "f.npy"
    np.save(path, table)
    path.write_bytes(path.read_bytes()[:-70])
    found: list[Ticks] = []
    with pytest.raises(DataError, match="row 34: cut short, 2 rows missing"):
        found.extend(read_ticks(path, job()))
    assert sum(map(len, found)) >= 30


def test_export_has_both_orders() -> None:
    ticks = ticks_of(
        t_recv_ns=[T + 10, T + 11, T + 12, T + 13],
        t_venue_ns=[T + 1, T + 5, T + 3, T + 6],
        kind=[int(EventKind.TRADE)] * 4,
        side=[0, 1, 0, 1],
        price_ticks=[550001, 550002, 550003, 550004],
        quantity_lots=[1, 2, 3, 4],
    )
    events = to_hftbacktest([ticks], TICK, LOT)
    assert events.dtype.itemsize == 64
    exch, local = (events[(events["ev"] & flag) != 0] for flag in (EXCH, LOCAL))
    assert local["qty"].tolist() == [0.001, 0.002, 0.003, 0.004]
    assert exch["qty"].tolist() == [0.001, 0.003, 0.002, 0.004]
    assert len(events) == 6
    assert events["ev"][0] == BOTH | TRADE | BUY
    assert local["px"].tolist() == [55000.1, 55000.2, 55000.3, 55000.4]


TIMES = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 30)), min_size=1, max_size=30)


@given(times=TIMES, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_exported_ticks_come_back(
    times: list[tuple[int, int]], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    random = np.random.default_rng(seed)
    parts, t = [], T
    for step, delay in times:
        t += step
        kind = int(
            random.choice([int(EventKind.DEPTH), int(EventKind.TRADE), int(EventKind.SNAPSHOT)])
        )
        size = 1 if kind == EventKind.TRADE else int(random.integers(1, 4))
        t += kind != EventKind.TRADE
        flags = np.zeros(size, int)
        flags[-1] = LAST
        parts.append(
            ticks_of(
                t_recv_ns=np.full(size, t),
                t_venue_ns=np.full(size, t - delay),
                kind=kind,
                side=random.integers(0, 2, size),
                price_ticks=random.integers(1, 10**6, size),
                quantity_lots=random.integers(1, 10**6, size),
                flags=flags | (int(Chain.NONE) << CHAIN_SHIFT if kind == EventKind.DEPTH else 0),
            )
        )
    ticks = joined(parts)
    path = tmp_path_factory.mktemp("h") / "f.npz"
    export_hftbacktest(ticks, path, TICK, LOT)
    with np.load(path) as archive:
        data = archive["data"]
    for flag, name in ((EXCH, "exch_ts"), (LOCAL, "local_ts")):
        assert (np.diff(data[name][(data["ev"] & flag) != 0]) >= 0).all()
    job = Job(venue="binance-usdm", symbol="BTCUSDT", tick_size=TICK, lot_size=LOT)
    back = joined(list(read_ticks(path, job)))
    assert {n: c.tolist() for n, c in back.columns.items()} == {
        n: c.tolist() for n, c in ticks.columns.items()
    }


def test_exported_orders_come_back(tmp_path: Path, job: Callable, whole: Read) -> None:
    kinds = [OrderRow.ADD, OrderRow.ADD, OrderRow.REDUCE, OrderRow.EXECUTE, OrderRow.REPLACE,
             OrderRow.DELETE, OrderRow.CLEAR]  # fmt: skip
    ticks = ticks_of(
        t_recv_ns=T + np.arange(7), t_venue_ns=T + np.arange(7), kind=kinds,
        order_id=[1, 2, 1, 1, 2, 2, 0], prev_id=[0, 0, 0, 0, 2, 0, 0],
        side=[0, 1, 0, 0, 1, 1, NO_SIDE], price_ticks=[100, 101, 100, 100, 102, 102, 0],
        quantity_lots=[10, 5, 4, 6, 5, 5, 0],
    )  # fmt: skip
    path = tmp_path / "f.npz"
    assert export_hftbacktest(ticks, path, TICK, LOT) == 9
    back = whole(path, job())
    names = ("kind", "order_id", "prev_id", "side", "price_ticks", "quantity_lots", "t_recv_ns")
    assert rows(back, *names) == rows(ticks, *names)


def test_a_count_that_no_float_holds_is_refused() -> None:
    ticks = ticks_of(t_recv_ns=T, kind=int(EventKind.TRADE), price_ticks=2**53 + 1, quantity_lots=1)
    with pytest.raises(DataError, match=r"beyond 2\*\*53"):
        to_hftbacktest([ticks], TICK, LOT)
