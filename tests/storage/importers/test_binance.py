"""Binance's dumps and order books: schemas with and without a header, times, refusals."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support import FIXTURES, require

from tickpath.core.errors import DataError, GridError
from tickpath.core.records import Chain, EventKind
from tickpath.core.ticks import CHAIN_SHIFT, LAST, Ticks

MS = 10**6
Read = Callable[..., Ticks]


def rows(ticks: Ticks, *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(ticks[n].tolist() for n in names), strict=True))


def test_trades(corpus: Path, job: Callable, whole: Read) -> None:
    ticks = whole(corpus / "BTCUSDT-trades-2024-08-08.csv", job())
    assert rows(ticks, "last_id", "price_ticks", "quantity_lots", "side") == [
        (5200000001, 550001, 2, 1),
        (5200000002, 550002, 1250, 0),
        (5200000003, 550002, 10, 0),
        (5200000005, 549999, 500, 1),
        (5200000006, 550010, 1, 0),
    ]
    assert set(ticks["kind"]) == {EventKind.TRADE}
    assert ticks["t_venue_ns"].tolist()[2:4] == [1723075200342 * MS, 1723075200340 * MS]
    assert ticks["t_recv_ns"].tolist()[2:4] == [1723075200342 * MS, 1723075200342 * MS]
    assert ticks.events() == 5


def test_trades_without_a_header_in_microseconds(corpus: Path, job: Callable, whole: Read) -> None:
    ticks = whole(corpus / "spot-trades-microseconds.csv", job("spot"))
    assert rows(ticks, "t_recv_ns", "price_ticks", "quantity_lots", "side")[1] == (
        1735689600035001000, 9357601, 6, 0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "base", "ids"),
    [
        ("BTCUSDT-aggTrades-2024-08-08.csv", "usdm", [2200000001, 2200000002, 2200000003]),
        ("spot-aggTrades.csv", "spot", [3300000001, 3300000002]),
    ],
)
def test_aggregates(
    corpus: Path, job: Callable, whole: Read, name: str, base: str, ids: list[int]
) -> None:
    ticks = whole(corpus / name, job(base))
    assert ticks["last_id"].tolist() == ids
    assert ticks["side"].tolist()[:2] == [1, 0]


def test_a_zip_is_read_as_its_file(
    tmp_path: Path, corpus: Path, job: Callable, whole: Read
) -> None:
    name = "BTCUSDT-trades-2024-08-08.csv"
    path = (tmp_path / name).with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(corpus / name, name)
    ours, theirs = whole(path, job()), whole(corpus / name, job())
    assert all((ours[c] == theirs[c]).all() for c in ours.columns)


def test_book_tickers(corpus: Path, job: Callable, whole: Read) -> None:
    ticks = whole(corpus / "BTCUSDT-bookTicker-2024-08-08.csv", job())
    assert rows(ticks, "last_id", "side", "price_ticks", "quantity_lots") == [
        (5010000001, 0, 550000, 3100),
        (5010000001, 1, 550001, 400),
        (5010000007, 0, 550000, 3200),
        (5010000007, 1, 550001, 400),
        (5010000009, 0, 550000, 3200),
    ]
    assert (ticks["flags"] & LAST).tolist() == [0, 1, 0, 1, 1]
    assert ticks["t_venue_ns"][0] == 1723075200009 * MS


@pytest.mark.parametrize(
    ("name", "why"),
    [("BTCUSDT-bookDepth-2024-08-08.csv", "no prices"), ("BTCUSDT-1m-2024-08-08.csv", "bars")],
)
def test_what_holds_no_events_is_refused(
    corpus: Path, job: Callable, whole: Read, name: str, why: str
) -> None:
    with pytest.raises(DataError, match=why):
        whole(corpus / name, job())


def changed(tmp_path: Path, corpus: Path, old: str, new: str) -> Path:
    path = tmp_path / "t.csv"
    text = (corpus / "BTCUSDT-trades-2024-08-08.csv").read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("qty,quote", "quantity,quote", r"without column qty \(the file has quantity\)"),
        (
            "55001,0.001",
            "55001.05,0.001",
            r"row 6: price 55001\.05 is no multiple of the step 0\.1",
        ),
        ("5200000005", "5200000003", "row 5: id 5200000003 is not above 5200000003"),
        ("1723075201000", "1723075190000", "row 6: time falls by 10.342 s"),
        ("55001,0.001", "55001,0", "row 6: qty is 0: must be 1 or more"),
        ("201000,false", "201000,perhaps", "row 6: is_buyer_maker is 'perhaps'"),
        ("1723075201000", "1723075201", "row 6: time is 1723075201: no time since 1970"),
        (
            "0.001,55.001,1723075201000,false",
            "0.001,55.001",
            "row 6: 4 fields where 6 are expected",
        ),
    ],
)
def test_bad_input_names_file_and_row(
    tmp_path: Path, corpus: Path, job: Callable, whole: Read, old: str, new: str, said: str
) -> None:
    with pytest.raises((DataError, GridError), match=f"t.csv: .*{said}"):
        whole(changed(tmp_path, corpus, old, new), job(), "binance")


def test_options_let_faults_pass_and_count_them(
    tmp_path: Path, corpus: Path, job: Callable, whole: Read
) -> None:
    path = changed(tmp_path, corpus, "5200000005", "5200000003")
    lenient = job(skip_duplicates=True)
    assert len(whole(path, lenient)) == 4
    assert lenient.passed["duplicated rows"] == 1
    path = changed(tmp_path, corpus, "55001,0.001", "55001.05,0.001")
    lenient = job(drop_off_grid_trades=True)
    assert len(whole(path, lenient)) == 4
    assert lenient.passed["trades off the grid"] == 1


def test_a_file_of_another_symbol_is_refused(corpus: Path, job: Callable, whole: Read) -> None:
    with pytest.raises(DataError, match="a file of BTCUSDT, not of ETHUSDT"):
        whole(corpus / "BTCUSDT-trades-2024-08-08.csv", job(symbol="ETHUSDT"))


@pytest.mark.usefixtures("small_blocks")
def test_order_books(corpus: Path, job: Callable, whole: Read) -> None:
    snap = whole(corpus / "BTCUSDT_T_DEPTH_snap.csv", job())
    assert (set(snap["kind"]), snap.events(), set(snap["last_id"])) == (
        {EventKind.SNAPSHOT}, 1, {5010000000},
    )  # fmt: skip
    ticks = whole(corpus / "BTCUSDT_T_DEPTH_update.csv", job())
    assert rows(ticks, "first_id", "last_id", "prev_id") == [
        (5009999999, 5010000001, 5009999998),
        (5009999999, 5010000001, 5009999998),
        (5010000002, 5010000006, 5010000001),
        (5010000002, 5010000006, 5010000001),
        (5010000002, 5010000006, 5010000001),
    ]
    assert rows(ticks, "side", "price_ticks", "quantity_lots")[1:4] == [
        (1, 550003, 0), (0, 549999, 0), (1, 550002, 1000),
    ]  # fmt: skip
    chain = int(Chain.PREV) << CHAIN_SHIFT
    assert ticks["flags"].tolist() == [chain, chain | LAST, chain, chain, chain | LAST]


def test_a_mixed_symbol_is_refused(
    tmp_path: Path, corpus: Path, job: Callable, whole: Read
) -> None:
    lines = (corpus / "BTCUSDT_T_DEPTH_update.csv").read_text().splitlines()
    lines[3] = lines[3].replace("BTCUSDT", "ETHUSDT")
    path = tmp_path / "d.csv"
    path.write_text("\n".join(lines))
    with pytest.raises(DataError, match=r"d.csv: row 4: symbol is 'ETHUSDT'.*must be BTCUSDT"):
        whole(path, job())
    path.write_text("\n".join([lines[0], *lines[4:], *lines[1:3]]))
    with pytest.raises(DataError, match="row 4: last_update_id 5010000001 is below 5010000006"):
        whole(path, job())


@pytest.mark.recordings
def test_recorded_order_books(job: Callable, whole: Read) -> None:
    folder = require(FIXTURES / "binance/nautilus_md")
    snap = whole(folder / "btcusdt-depth-snap.csv", job())
    update = whole(folder / "btcusdt-depth-update.csv", job())
    assert (len(snap), snap.events(), len(update), update.events()) == (100, 1, 100, 1)
    assert rows(snap, "price_ticks", "quantity_lots", "side")[0] == (203770, 1770, 0)
    assert rows(update, "first_id", "last_id", "prev_id")[0] == (
        2098041693435, 2098041696700, 2098041693400,
    )  # fmt: skip
