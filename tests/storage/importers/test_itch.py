"""ITCH 5.0: every message of a stock, beside the venue's own book, from both kinds of file."""

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support import FIXTURES, require

from tickpath.core.errors import ConfigError, DataError, GridError
from tickpath.core.records import EventKind
from tickpath.core.ticks import OrderRow, Ticks
from tickpath.venues.nasdaq import itch

Read = Callable[..., Ticks]
MIDNIGHT_NS = 1577941200 * 10**9
"""2020-01-02 00:00 in New York."""
STOCK, OTHER = 5, 6
TRADE = int(EventKind.TRADE)


def rows(ticks: Ticks, *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(ticks[n].tolist() for n in names), strict=True))


def message(kind: str, t_ns: int, locate: int = STOCK, **fields: Any) -> bytes:
    """One message; fields not given are zero or blank."""
    full = {
        name: fields.get(name, 0 if width in itch.NUMBERS else "")
        for name, width, _ in itch.layout(kind)
    }
    return itch.encode(itch.Message(kind, locate, 0, t_ns, full))


def add(t_ns: int, reference: int, side: str, shares: int, price: int, **more: Any) -> bytes:
    fields = {"stock": "XYZ", "side": side, "shares": shares, "price": price, **more}
    return message("A", t_ns, reference=reference, **fields)


DAY = [
    message("S", 1, 0, event="O"),
    message("R", 2, OTHER, stock="ABC"),
    message("R", 2, STOCK, stock="XYZ"),
    add(10, 1, "B", 100, 1000000),
    add(11, 2, "S", 50, 1000100),
    message("A", 11, OTHER, reference=3, side="B", shares=5, stock="ABC", price=55555),
    message("E", 12, reference=1, shares=30, match=901),
    message("C", 13, reference=2, shares=10, match=902, printable="Y", price=1000200),
    message("C", 14, reference=2, shares=10, match=903, printable="N", price=1000200),
    message("X", 15, reference=1, shares=20),
    message("U", 16, reference=1, reference_new=7, shares=60, price=999900),
    message("D", 17, reference=7),
    message("P", 18, side="B", shares=40, stock="XYZ", price=1000000, match=904),
    message("Q", 19, shares=400, stock="XYZ", price=1000000, match=905, cross="O"),
    message("D", 20, reference=55),
    message("H", 21, stock="XYZ", state="T"),
]
WHAT = ("kind", "order_id", "prev_id", "side", "price_ticks", "quantity_lots", "last_id")
EXPECTED = [
    (OrderRow.ADD, 1, 0, 0, 10000, 100, 0),
    (OrderRow.ADD, 2, 0, 1, 10001, 50, 0),
    (OrderRow.EXECUTE, 1, 0, 0, 10000, 30, 901),
    (OrderRow.EXECUTE, 2, 0, 1, 10002, 10, 902),
    (OrderRow.EXECUTE, 2, 0, 1, 10002, 10, 0),
    (OrderRow.REDUCE, 1, 0, 0, 10000, 20, 0),
    (OrderRow.REPLACE, 7, 1, 0, 9999, 60, 0),
    (OrderRow.DELETE, 7, 0, 0, 9999, 60, 0),
    (TRADE, 0, 0, 1, 10000, 40, 904),
]


def filed(path: Path, messages: list[bytes], cut: int = 0) -> Path:
    """A BinaryFILE, gzip by its name."""
    data = b"".join(len(m).to_bytes(2, "big") + m for m in messages)
    data = data[: len(data) - cut]
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["01022020.NASDAQ_ITCH50", "01022020.NASDAQ_ITCH50.gz"])
def test_a_day(tmp_path: Path, job: Callable, whole: Read, name: str) -> None:
    one = job("stock")
    ticks = whole(filed(tmp_path / name, DAY), one)
    assert rows(ticks, *WHAT) == EXPECTED
    assert ticks["t_recv_ns"].tolist()[:3] == [MIDNIGHT_NS + t for t in (10, 11, 12)]
    assert ticks["t_venue_ns"].tolist() == ticks["t_recv_ns"].tolist()
    assert dict(one.passed) == {"crosses": 1, "changes of orders from before the file": 1}


def test_a_torn_day_gives_what_is_whole(tmp_path: Path, job: Callable, whole: Read) -> None:
    from tickpath.storage.importers.itch import read

    path = filed(tmp_path / "f", [*DAY, add(22, 9, "B", 1, 1000000)], cut=3)
    found: list[Ticks] = []
    with pytest.raises(DataError, match="ends within a message"):
        found.extend(read(path, job("stock")))
    assert rows(found[0], *WHAT) == EXPECTED


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (add(22, 2, "B", 1, 1000000), "row 17: order 2 is there already"),
        (add(22, 9, "B", 1, 1000050), r"row 17: price 100\.0050 is no multiple of tick_size"),
        (add(22, 9, "B", 0, 1000000), "row 17: 0 shares"),
        (message("E", 22, reference=2, shares=31, match=1), "row 17: order 2 has 30 only"),
        (add(22, 9, "Z", 1, 1000000), "row 17: message A with a letter not allowed"),
        (b"?abcdefghijklmn", "row 17: message type b'\\?' is not of ITCH"),
        (add(22, 9, "B", 1, 1000000)[:20], "row 17: message A is cut short"),
        (message("P", 22, side="B", shares=1, price=1000050), "drop-off-grid-trades"),
    ],
)
def test_bad_messages_are_named(
    tmp_path: Path, job: Callable, whole: Read, late: bytes, said: str
) -> None:
    with pytest.raises((DataError, GridError), match=said):
        whole(filed(tmp_path / "f", [*DAY, late]), job("stock"))


def test_trades_between_ticks_may_be_left_out(tmp_path: Path, job: Callable, whole: Read) -> None:
    late = [
        message("P", 22, side="B", shares=1, price=1000050),
        message("C", 23, reference=2, shares=10, match=9, printable="Y", price=1000150),
    ]
    one = job("stock", drop_off_grid_trades=True)
    ticks = whole(filed(tmp_path / "f", [*DAY, *late]), one)
    assert rows(ticks, *WHAT)[-1] == (OrderRow.REDUCE, 2, 0, 1, 10001, 10, 0)
    assert one.passed["trades off the grid"] == 2


def test_day_and_stock_must_be_known(tmp_path: Path, job: Callable, whole: Read) -> None:
    path = filed(tmp_path / "f", DAY)
    with pytest.raises(ConfigError, match="say the day, --date"):
        whole(path, job("stock", day=None))
    with pytest.raises(ConfigError, match="time zone 'Mars' is unknown"):
        whole(path, job("stock", zone="Mars"))
    with pytest.raises(DataError, match="nothing of ZZZ"):
        whole(path, job("stock", symbol="ZZZ"))


@pytest.mark.recordings
def test_a_recorded_capture_knows_its_day(job: Callable, whole: Read) -> None:
    path = require(FIXTURES / "nasdaq/itch50/Multiple.Packets.pcap")
    ticks = whole(path, job("stock", symbol="META", day=None))
    assert (len(ticks), set(ticks["kind"])) == (38, {OrderRow.ADD})
    delay = ticks["t_recv_ns"] - ticks["t_venue_ns"]
    assert (delay > 0).all()
    assert (delay < 10**6).all()
    assert date.fromtimestamp(int(ticks["t_recv_ns"][0]) // 10**9) == date(2023, 8, 22)
