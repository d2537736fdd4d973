"""Databento files, encoded here by the package: orders and their fills, prices, refusals."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import databento_dbn as dbn
import pyarrow as pa
import pytest
from support import FIXTURES, require

from tickpath.core.errors import DataError, GridError
from tickpath.core.records import EventKind
from tickpath.core.ticks import LAST, OrderRow, Ticks

Read = Callable[..., Ticks]
T = 1_600_000_000_000_000_000
LAST_FLAG, SNAPSHOT_FLAG = 128, 32
UNDEFINED = 2**63 - 1
TRADE = int(EventKind.TRADE)


def rows(ticks: Ticks, *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(ticks[n].tolist() for n in names), strict=True))


def encoded(path: Path, schema: str, records: Sequence[Any], mappings: Sequence[Any] = ()) -> Path:
    """A DBN file of some records."""
    metadata = dbn.Metadata(
        dataset="XNAS.ITCH",
        start=T,
        stype_in=dbn.SType.RAW_SYMBOL,
        stype_out=dbn.SType.INSTRUMENT_ID,
        schema=dbn.Schema.from_str(schema),
        mappings=mappings,
    )
    data = bytes(metadata) + b"".join(bytes(r) for r in records)
    if path.suffix == ".zst":
        data = bytes(pa.Codec("zstd").compress(data, asbytes=True))
    path.write_bytes(data)
    return path


def mbo(
    t: int, action: str, side: str, order: int, price: str, size: int, flags: int = LAST_FLAG,
    **more: Any,
) -> Any:  # fmt: skip
    units = UNDEFINED if price == "" else int(Decimal(price) * 10**9)
    return dbn.MBOMsg(
        publisher_id=2, instrument_id=more.pop("instrument", 7), ts_event=T + t - 5, order_id=order,
        price=units, size=size, action=dbn.Action.from_str(action), side=dbn.Side.from_str(side),
        ts_recv=T + t, flags=flags, sequence=more.pop("sequence", t), **more,
    )  # fmt: skip


def read_mbo(tmp_path: Path, job: Callable, whole: Read, *records: Any) -> tuple[Ticks, Any]:
    one = job("stock")
    return whole(encoded(tmp_path / "f.dbn", "mbo", records), one), one.passed


WHAT = ("kind", "order_id", "side", "price_ticks", "quantity_lots", "last_id")


def test_a_fill_is_told_once(tmp_path: Path, job: Callable, whole: Read) -> None:
    ticks, passed = read_mbo(
        tmp_path, job, whole,
        mbo(1, "A", "A", 11, "10.01", 100),
        mbo(2, "A", "A", 12, "10.01", 50),
        mbo(3, "T", "B", 0, "10.01", 120, 0),
        mbo(3, "F", "A", 11, "10.01", 100, 0),
        mbo(3, "F", "A", 12, "10.01", 20, 0),
        mbo(3, "C", "A", 11, "10.01", 100, 0),
        mbo(3, "M", "A", 12, "10.01", 30),
        mbo(4, "C", "A", 12, "10.01", 10),
        mbo(5, "C", "A", 12, "10.01", 20),
    )  # fmt: skip
    assert rows(ticks, *WHAT) == [
        (OrderRow.ADD, 11, 1, 1001, 100, 0),
        (OrderRow.ADD, 12, 1, 1001, 50, 0),
        (OrderRow.EXECUTE, 11, 1, 1001, 100, 3),
        (OrderRow.EXECUTE, 12, 1, 1001, 20, 3),
        (OrderRow.REDUCE, 12, 1, 1001, 10, 0),
        (OrderRow.DELETE, 12, 1, 1001, 20, 0),
    ]
    assert (not +passed, set(ticks["flags"])) == (True, {LAST})
    assert (ticks["t_recv_ns"] - ticks["t_venue_ns"]).tolist() == [5] * 6


def test_what_no_resting_order_filled_is_a_trade(
    tmp_path: Path, job: Callable, whole: Read
) -> None:
    ticks, passed = read_mbo(
        tmp_path, job, whole,
        mbo(1, "A", "B", 11, "10.00", 30),
        mbo(2, "T", "A", 0, "10.00", 100, 0),
        mbo(2, "F", "B", 11, "10.00", 30, 0),
        mbo(2, "F", "B", 99, "10.00", 20, 0),
        mbo(2, "C", "B", 11, "10.00", 30),
        mbo(3, "T", "N", 0, "10.00", 5),
        mbo(4, "T", "B", 0, "10.01", 6, 0),
    )  # fmt: skip
    assert rows(ticks, *WHAT) == [
        (OrderRow.ADD, 11, 0, 1000, 30, 0),
        (OrderRow.EXECUTE, 11, 0, 1000, 30, 2),
        (TRADE, 0, 1, 1000, 70, 0),
        (TRADE, 0, 0, 1001, 6, 0),
    ]
    assert dict(passed) == {"trades without an aggressor": 1}


def test_modifies_and_snapshots(tmp_path: Path, job: Callable, whole: Read) -> None:
    snapshot = SNAPSHOT_FLAG | 8
    ticks, passed = read_mbo(
        tmp_path, job, whole,
        mbo(1, "R", "N", 0, "", 0, snapshot),
        mbo(1, "A", "B", 11, "10.00", 30, snapshot),
        mbo(1, "A", "A", 12, "10.02", 30, snapshot | LAST_FLAG),
        mbo(2, "M", "B", 11, "10.00", 40),
        mbo(3, "M", "B", 11, "10.01", 40),
        mbo(4, "M", "A", 77, "10.03", 5),
        mbo(5, "C", "A", 55, "10.03", 5),
        mbo(6, "A", "A", 13, "10.05", 1, snapshot | LAST_FLAG),
    )  # fmt: skip
    assert rows(ticks, *WHAT[:-1], "prev_id") == [
        (OrderRow.CLEAR, 0, 2, 0, 0, 0),
        (OrderRow.ADD, 11, 0, 1000, 30, 0),
        (OrderRow.ADD, 12, 1, 1002, 30, 0),
        (OrderRow.REPLACE, 11, 0, 1000, 40, 11),
        (OrderRow.REPLACE, 11, 0, 1001, 40, 11),
        (OrderRow.ADD, 77, 1, 1003, 5, 0),
        (OrderRow.CLEAR, 0, 2, 0, 0, 0),
        (OrderRow.ADD, 13, 1, 1005, 1, 0),
    ]
    assert dict(passed) == {
        "changes of orders not known, taken as new": 1,
        "changes of orders from before the file": 1,
    }


def pair(bid: str, bid_size: int, ask: str, ask_size: int) -> Any:
    prices = [int(Decimal(p) * 10**9) if p else UNDEFINED for p in (bid, ask)]
    return dbn.BidAskPair(
        bid_px=prices[0], bid_sz=bid_size, bid_ct=1, ask_px=prices[1], ask_sz=ask_size, ask_ct=1
    )


def by_price(kind: type, t: int, action: str, side: str, levels: list[Any]) -> Any:
    one = levels[0] if levels and kind is dbn.MBP1Msg else levels
    more = {"levels": one} if levels else {}
    return kind(
        publisher_id=2, instrument_id=7, ts_event=T + t, price=10_010_000_000, size=3,
        action=dbn.Action.from_str(action), side=dbn.Side.from_str(side), depth=0, ts_recv=T + t,
        flags=LAST_FLAG, sequence=t, **more,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["f.dbn", "f.dbn.zst"])
def test_trades(tmp_path: Path, job: Callable, whole: Read, name: str) -> None:
    records = [by_price(dbn.TradeMsg, t, "T", s, []) for t, s in ((1, "B"), (2, "A"), (3, "N"))]
    one = job("stock")
    ticks = whole(encoded(tmp_path / name, "trades", records), one)
    assert rows(ticks, "kind", "side", "price_ticks", "quantity_lots", "t_recv_ns") == [
        (TRADE, 0, 1001, 3, T + 1), (TRADE, 1, 1001, 3, T + 2),
    ]  # fmt: skip
    assert one.passed["trades without an aggressor"] == 1


@pytest.mark.parametrize("schema", ["mbp-1", "tbbo"])
def test_best_prices_stand_where_they_change(
    tmp_path: Path, job: Callable, whole: Read, schema: str
) -> None:
    best = [pair("10.00", 5, "10.01", 3)]
    records = [
        by_price(dbn.MBP1Msg, 1, "A", "B", best),
        by_price(dbn.MBP1Msg, 2, "T", "B", best),
        by_price(dbn.MBP1Msg, 3, "C", "A", [pair("10.00", 5, "", 0)]),
    ]
    ticks = whole(encoded(tmp_path / "f.dbn", schema, records), job("stock"))
    bbo = int(EventKind.BBO)
    assert rows(ticks, "kind", "side", "price_ticks", "quantity_lots", "flags") == [
        (bbo, 0, 1000, 5, 0), (bbo, 1, 1001, 3, LAST), (TRADE, 0, 1001, 3, LAST),
        (bbo, 0, 1000, 5, LAST),
    ]  # fmt: skip


def test_ten_levels_are_a_snapshot(tmp_path: Path, job: Callable, whole: Read) -> None:
    levels = [pair("10.00", 5, "10.01", 3), pair("9.99", 6, "10.02", 4)]
    none = [pair("", 0, "", 0)] * 8
    records = [
        by_price(dbn.MBP10Msg, 1, "A", "B", levels + none),
        by_price(dbn.MBP10Msg, 2, "T", "A", levels + none),
        by_price(dbn.MBP10Msg, 3, "C", "A", levels[:1] + none + none[:1]),
    ]
    ticks = whole(encoded(tmp_path / "f.dbn", "mbp-10", records), job("stock"))
    snapshot = int(EventKind.SNAPSHOT)
    assert rows(ticks, "kind", "side", "price_ticks", "quantity_lots", "flags") == [
        (snapshot, 0, 1000, 5, 0), (snapshot, 0, 999, 6, 0), (snapshot, 1, 1001, 3, 0),
        (snapshot, 1, 1002, 4, LAST), (TRADE, 1, 1001, 3, LAST),
        (snapshot, 0, 1000, 5, 0), (snapshot, 1, 1001, 3, LAST),
    ]  # fmt: skip


def test_a_torn_file_gives_what_is_whole(tmp_path: Path, job: Callable) -> None:
    from tickpath.storage.importers.find import read_ticks

    records = [mbo(k, "A", "B", k, "10.00", 1) for k in range(1, 50)]
    path = encoded(tmp_path / "f.dbn", "mbo", records)
    path.write_bytes(path.read_bytes()[:-20])
    source = read_ticks(path, job("stock"))
    assert len(next(source)) == 48
    with pytest.raises(DataError, match="row 49: ends within a record"):
        next(source)


class Mapping:
    """One symbol's number, as the package reads it."""

    def __init__(self, symbol: str, number: int) -> None:
        import datetime as dt

        self.raw_symbol = symbol
        day = dt.date(2020, 9, 13)
        interval = type("Interval", (), {})()
        interval.start_date, interval.end_date = day, day + dt.timedelta(days=2)
        interval.symbol = str(number)
        self.intervals = [interval]


def test_one_instrument_is_chosen(tmp_path: Path, job: Callable, whole: Read) -> None:
    records = [
        mbo(1, "A", "B", 1, "10.00", 1, instrument=7),
        mbo(2, "A", "B", 2, "20.00", 1, instrument=8),
    ]
    mappings = [Mapping("XYZ", 7), Mapping("ABC", 8)]
    path = encoded(tmp_path / "f.dbn", "mbo", records, mappings)
    assert whole(path, job("stock"))["order_id"].tolist() == [1]
    assert whole(path, job("stock", symbol="ABC"))["order_id"].tolist() == [2]
    with pytest.raises(DataError, match=r"holds ABC, XYZ, not XYY \(did you mean XYZ\?\)"):
        whole(path, job("stock", symbol="XYY"))
    bare = encoded(tmp_path / "g.dbn", "mbo", records)
    with pytest.raises(DataError, match="row 2: instruments 7 and 8 in one file"):
        whole(bare, job("stock"))
    assert whole(bare, job("stock", instrument_id=8))["order_id"].tolist() == [2]


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (mbo(1, "A", "B", 1, "10.005", 1), "row 1: price 10.005 is no multiple of tick_size 0.01"),
        (mbo(1, "A", "N", 1, "10.00", 1), "row 1: an order without a side or a price"),
        (mbo(1, "A", "B", 1, "", 1), "row 1: an order without a side or a price"),
        (mbo(1, "A", "B", 2**63, "10.00", 1), "row 1: an order id of 2"),
    ],
)
def test_bad_records_are_named(
    tmp_path: Path, job: Callable, whole: Read, record: Any, said: str
) -> None:
    with pytest.raises((DataError, GridError), match=said):
        whole(encoded(tmp_path / "f.dbn", "mbo", [record]), job("stock"))


def test_other_schemas_are_refused(tmp_path: Path, job: Callable, whole: Read) -> None:
    with pytest.raises(DataError, match="schema ohlcv-1s holds no events"):
        whole(encoded(tmp_path / "f.dbn", "ohlcv-1s", []), job("stock"))


@pytest.mark.recordings
def test_recorded_files(job: Callable, whole: Read) -> None:
    folder = require(FIXTURES / "marketdata")
    es = {"tick_size": Decimal("0.25"), "day": None}
    ticks = whole(folder / "es_mbp1_2024-07-01_4min.dbn.zst", job("stock", symbol="ESU4", **es))
    assert (len(ticks), ticks.events(), int((ticks["kind"] == TRADE).sum())) == (4456, 2288, 120)
    ticks = whole(folder / "esh4-20231224.mbo.dbn.zst", job("stock", symbol="ESH4", **es))
    assert (len(ticks), ticks["kind"][0]) == (8726, OrderRow.CLEAR)
    assert set(ticks["kind"][1:]) == {OrderRow.ADD}
