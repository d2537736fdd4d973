"""LOBSTER: what each message becomes, orders from before the file, and the book that is shown."""

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from support import FIXTURES, require

from tickpath.core.errors import ConfigError, DataError, GridError
from tickpath.core.records import EventKind
from tickpath.core.ticks import OrderRow, Ticks
from tickpath.storage.importers import lobster
from tickpath.storage.importers.lobster import SYNTHETIC, sides

Read = Callable[..., Ticks]
MESSAGES = "XYZ_2020-01-02_34200000_57600000_message_2.csv"
BOOK = MESSAGES.replace("message", "orderbook")
NINE_THIRTY_NS = 1577975400 * 10**9
"""2020-01-02 09:30 in New York."""


def rows(ticks: Ticks, *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(ticks[n].tolist() for n in names), strict=True))


def alone(tmp_path: Path, corpus: Path) -> Path:
    shutil.copy(corpus / MESSAGES, tmp_path)
    return tmp_path / MESSAGES


def test_messages_alone(tmp_path: Path, corpus: Path, job: Callable, whole: Read) -> None:
    one = job("stock", drop_off_grid_trades=True, day=None)
    ticks = whole(alone(tmp_path, corpus), one)
    trade = int(EventKind.TRADE)
    assert rows(ticks, "kind", "order_id", "side", "price_ticks", "quantity_lots", "last_id") == [
        (OrderRow.ADD, 101, 0, 10001, 100, 0),
        (trade, 0, 0, 10003, 30, 2),
        (OrderRow.REDUCE, 101, 0, 10001, 40, 0),
        (OrderRow.DELETE, 101, 0, 10001, 60, 0),
        (trade, 0, 0, 10004, 50, 10),
    ]
    assert ticks["t_recv_ns"].tolist()[:2] == [NINE_THIRTY_NS + 1, NINE_THIRTY_NS + 5 * 10**8]
    assert dict(one.passed) == {
        "changes of orders from before the file": 3,
        "trades off the grid": 2,
        "crosses": 1,
        "halts": 1,
    }


def test_a_hidden_trade_between_ticks_is_refused_by_default(
    tmp_path: Path, corpus: Path, job: Callable, whole: Read
) -> None:
    with pytest.raises(GridError, match=r"row 4: price 100\.0250 is no multiple .*drop-off-grid"):
        whole(alone(tmp_path, corpus), job("stock"))


def test_with_the_book_orders_from_before_are_known(
    corpus: Path, job: Callable, whole: Read
) -> None:
    one = job("stock", drop_off_grid_trades=True)
    ticks = whole(corpus / MESSAGES, one)
    found = rows(ticks, "kind", "order_id", "side", "price_ticks", "quantity_lots")
    seed = [row for row in found if row[0] == OrderRow.ADD and row[1] >= SYNTHETIC]
    assert found[0][0] == OrderRow.CLEAR
    assert {row[2:] for row in seed} == {
        (1, 10003, 100), (0, 10000, 10), (1, 10004, 50), (0, 9999, 5), (1, 10005, 20),
    }  # fmt: skip
    executes = [row for row in found if row[0] == OrderRow.EXECUTE]
    assert [row[2:] for row in executes] == [(1, 10003, 30), (1, 10004, 50)]
    assert "changes of orders from before the file" not in one.passed


def test_days_symbols_and_files_must_agree(
    tmp_path: Path, corpus: Path, job: Callable, whole: Read
) -> None:
    with pytest.raises(ConfigError, match="its name says 2020-01-02, --date says 2020-01-03"):
        whole(corpus / MESSAGES, job("stock", day=date(2020, 1, 3)))
    with pytest.raises(DataError, match="a file of XYZ, not of AAPL"):
        whole(corpus / MESSAGES, job("stock", symbol="AAPL"))
    plain = tmp_path / "m.csv"
    shutil.copy(corpus / MESSAGES, plain)
    with pytest.raises(ConfigError, match="say the day, --date"):
        whole(plain, job("stock", day=None))
    short = tmp_path / "short.csv"
    short.write_text("".join((corpus / BOOK).read_text().splitlines(True)[:5]))
    with pytest.raises(DataError, match=f"row 6: no row for it in {short}"):
        whole(plain, job("stock", book=short, drop_off_grid_trades=True))
    shutil.copy(corpus / BOOK, tmp_path)
    with pytest.raises(DataError, match="an orderbook file without"):
        whole(tmp_path / BOOK, job("stock"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("34205,1,101,5,1000100,1", "order 101 is there already"),
        ("34200,1,55,5,1000100,1", "time falls"),
        ("34300,1,55,0,1000100,1", "size 0 is no multiple"),
        ("34300,8,55,5,1000100,1", "type is '8'"),
        ("34300,1,55,5,1000150,1", "price 100.0150 is no multiple"),
        ("34300,1,55,5,-100,1", "a price"),
        ("999999,1,55,5,1000100,1", "no second of a day"),
    ],
)
def test_bad_messages_are_named(
    tmp_path: Path, job: Callable, whole: Read, line: str, said: str
) -> None:
    path = tmp_path / MESSAGES
    path.write_text(f"34201.5,1,101,100,1000100,1\n{line}\n")
    with pytest.raises((DataError, GridError), match=f"row 2: .*{said}"):
        whole(path, job("stock"))


@pytest.mark.recordings
def test_every_level_shown_is_the_level_rebuilt(job: Callable) -> None:
    folder = require(FIXTURES / "marketdata/lobster")
    path = folder / "AAPL_2012-06-21_message_10.first599.csv"
    book = folder / path.name.replace("_message_", "_orderbook_")
    shown = np.loadtxt(book, delimiter=",", dtype=np.int64)
    one = job("stock", symbol="AAPL", day=date(2012, 6, 21))
    rebuilt = lobster.Rebuilt(path, one, 0)
    source = next(lobster.columns_of(path, lobster.layout_of(6)))
    for k in range(len(shown)):
        rebuilt.block({n: c[k : k + 1] for n, c in source.items()}, shown[k : k + 1])
        levels: Counter[tuple[int, int]] = Counter()
        for order in rebuilt.orders.resting.values():
            levels[order.side, order.price * 100] += order.quantity
        for side, price, size in sides(shown[k]):
            assert levels[side, price] == size, f"message {k + 1}"
    assert not one.passed
