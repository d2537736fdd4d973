"""Tardis' CSV files: every data type, event borders, missing sides, refusals."""

import gzip
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from support import FIXTURES, require

from tickpath.core.errors import DataError, GridError
from tickpath.core.records import Chain, EventKind
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, Ticks

Read = Callable[..., Ticks]
US = 1000
T = 1723075200


def rows(ticks: Ticks, *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(ticks[n].tolist() for n in names), strict=True))


@pytest.mark.usefixtures("small_blocks")
def test_incremental_book(corpus: Path, job: Callable, whole: Read) -> None:
    ticks = whole(corpus / "tardis_incremental_book_L2.csv", job())
    s, d = int(EventKind.SNAPSHOT), int(EventKind.DEPTH)
    assert rows(ticks, "kind", "side", "price_ticks", "quantity_lots") == [
        (s, 0, 550000, 3000),
        (s, 0, 549999, 1000),
        (s, 1, 550001, 400),
        (d, 0, 550000, 3100),
        (d, 1, 550004, 1),
        (d, 0, 549999, 0),
    ]
    none = int(Chain.NONE) << CHAIN_SHIFT
    assert ticks["flags"].tolist()[-3:] == [none, none | LAST, none | LAST]
    assert ticks.events() == 3
    first = T * 10**9 + 4100 * US
    assert set(ticks["t_recv_ns"].tolist()[:3]) == {first}


def test_trades(corpus: Path, job: Callable, whole: Read) -> None:
    one = job()
    ticks = whole(corpus / "tardis_trades.csv", one)
    assert rows(ticks, "last_id", "side", "price_ticks", "quantity_lots") == [
        (5200000001, 1, 550001, 2),
        (5200000002, 0, 550002, 1250),
        (0, 0, 550002, 10),
    ]
    assert one.passed["trades without an aggressor"] == 1
    assert rows(ticks, "t_recv_ns", "t_venue_ns")[0] == (
        T * 10**9 + 15101 * US, T * 10**9 + 11000 * US,
    )  # fmt: skip


def test_quotes_without_a_side(corpus: Path, job: Callable, whole: Read) -> None:
    ticks = whole(corpus / "tardis_quotes.csv", job())
    assert rows(ticks, "side", "price_ticks", "quantity_lots", "flags") == [
        (0, 550000, 3100, 0), (1, 550001, 400, LAST), (0, 550000, 3200, LAST),
        (NO_SIDE, 0, 0, LAST),
    ]  # fmt: skip


def test_book_snapshots(corpus: Path, job: Callable, whole: Read) -> None:
    ticks = whole(corpus / "tardis_book_snapshot_5.csv", job())
    assert (len(ticks), ticks.events(), set(ticks["kind"])) == (14, 2, {EventKind.SNAPSHOT})
    assert rows(ticks, "side", "price_ticks", "quantity_lots")[10:] == [
        (0, 550000, 3000), (0, 549999, 1000), (1, 550001, 300), (1, 550003, 2500),
    ]  # fmt: skip


def test_gzip_is_read_too(tmp_path: Path, corpus: Path, job: Callable, whole: Read) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress((corpus / "tardis_trades.csv").read_bytes()))
    assert len(whole(path, job())) == 3


def changed(tmp_path: Path, source: Path, old: str, new: str) -> Path:
    path = tmp_path / "t.csv"
    text = source.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("binance-futures,", "deribit,", "row 2: exchange 'deribit' is none of"),
        ("binance-futures,", "binance,", "row 2: exchange 'binance' is binance-spot here"),
        (",id,side", ",id,size", r"without column side \(the file has size\)"),
        ("15101,5200000002", "15100,5200000002", "row 3: time falls by 1e-06 s"),
        ("buy,55000.2,1.25", "bid,55000.2,1.25", "row 3: side is 'bid'"),
        ("buy,55000.2,1.25", "buy,55000.25,1.25", "row 3: price 55000.25 is no multiple"),
        ("local_timestamp", "received", "local_timestamp"),
    ],
)
def test_bad_input_names_file_and_row(
    tmp_path: Path, corpus: Path, job: Callable, whole: Read, old: str, new: str, said: str
) -> None:
    path = changed(tmp_path, corpus / "tardis_trades.csv", old, new)
    with pytest.raises((DataError, GridError), match=f"t.csv: .*{said}"):
        whole(path, job(), "tardis")


def test_a_repeated_trade_is_refused_or_left_out(
    tmp_path: Path, corpus: Path, job: Callable, whole: Read
) -> None:
    lines = (corpus / "tardis_trades.csv").read_text().splitlines()
    path = tmp_path / "t.csv"
    path.write_text("\n".join([*lines[:3], lines[2], *lines[3:]]))
    with pytest.raises(DataError, match="row 4: the trade of the row before again"):
        whole(path, job())
    lenient = job(skip_duplicates=True)
    assert len(whole(path, lenient)) == 3
    assert lenient.passed["duplicated rows"] == 1


@pytest.mark.recordings
@pytest.mark.parametrize(("depth", "count"), [(5, 100), (25, 500)])
def test_recorded_snapshots(job: Callable, whole: Read, depth: int, count: int) -> None:
    name = f"binance-futures_book_snapshot_{depth}_BTCUSDT.csv"
    path = require(FIXTURES / "marketdata/tardis_csv" / name)
    ticks = whole(path, job(tick_size=Decimal("0.01")))
    assert (len(ticks), ticks.events()) == (count, 10)
    assert rows(ticks, "price_ticks", "quantity_lots", "side")[0] == (1165707, 10896, 0)
