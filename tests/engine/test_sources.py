"""Frames of several events, numbered connections and lost books, on both engines."""

from typing import Any

import pytest
from venues.coinbase.wire_frames import config_for, frame, l2, ticker, trade, update

from tickpath.core.codes import Code
from tickpath.core.config import Config, SimSpec, StrategySpec
from tickpath.core.records import BookStatus
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine

FIRST, SECOND = "BTC-USD", "TINY-BTC"
PRODUCTS = ((FIRST, "0.01", "0.00000001"), (SECOND, "0.0000000001", "0.000000001"))


def config() -> Config:
    return config_for(
        products=PRODUCTS,
        strategies=(StrategySpec(name="every_event", instruments=(0, 1)),),
        sim=SimSpec(direct_orders=True),
    )


class Pair:
    """Both engines, fed with the same; every answer, code and state is equal."""

    def __init__(self) -> None:
        self.engines: list[Any] = [ReferenceEngine(config()), NativeEngine(config())]
        self.t_ns = 0

    def send(self, data: bytes) -> int:
        self.t_ns += 1_000_000
        return self.same([e.on_market_frame(0, data, self.t_ns) for e in self.engines])

    def command(self, command: Command, argument: int) -> int:
        return self.same([e.on_command(command, argument, self.t_ns) for e in self.engines])

    def same(self, found: list[int]) -> int:
        assert found[0] == found[1]
        out, decisions = (
            [getattr(e, name)() for e in self.engines] for name in ("take_out", "take_decisions")
        )
        assert out[0] == out[1]
        assert decisions[0].tobytes() == decisions[1].tobytes()
        assert self.codes(0) == self.codes(1)
        assert self.engines[0].export_state() == self.engines[1].export_state()
        return int(found[0])

    def codes(self, k: int) -> dict[int, int]:
        return {int(code): int(n) for code, n in self.engines[k].codes.items() if n}

    def status(self) -> list[int]:
        """Of both books."""
        return [book.top(1).status for book in self.engines[0].stages.books]


def both(kind: str) -> list[dict[str, Any]]:
    """The same two levels of both products, as events of one frame."""
    return [
        l2(kind, FIRST, update("bid", "100.00", "1"), update("offer", "100.02", "1")),
        l2(kind, SECOND, update("bid", "0.0000000100", "1"), update("offer", "0.0000000102", "1")),
    ]


@pytest.fixture
def pair() -> Pair:
    made = Pair()
    assert made.send(frame("l2_data", *both("snapshot"), sequence=0)) == Code.OK
    assert made.status() == [BookStatus.OK, BookStatus.OK]
    return made


def test_every_event_of_a_frame_walks(pair: Pair) -> None:
    assert pair.codes(0)[Code.OK] == 2
    trades = [trade(k, (FIRST, SECOND)[k % 2], "100.00", "1") for k in range(1, 5)]
    frames = [
        frame("l2_data", *both("update"), *both("update"), sequence=1),
        frame("market_trades", {"type": "update", "trades": trades}, sequence=2),
        frame("ticker", {"tickers": [ticker(FIRST, "100.00", "1", "100.02", "1")] * 3}, sequence=3),
    ]
    assert [pair.send(data) for data in frames] == [Code.OK] * 3
    assert pair.codes(0)[Code.OK] == 2 + 4 + 4 + 3


def test_the_first_fault_is_the_code_of_a_frame(pair: Pair) -> None:
    bad = l2("update", FIRST, update("bid", "1.001", "1"))
    others = both("update")[1:]
    data = frame("l2_data", *others, bad, l2("update", "DOGE-USD"), *others, sequence=1)
    assert pair.send(data) == Code.FEED_OFF_GRID
    codes = pair.codes(0)
    assert (codes[Code.OK], codes[Code.FEED_OFF_GRID], codes[Code.FEED_UNKNOWN_SYMBOL]) == (4, 1, 1)
    assert pair.status() == [BookStatus.STALE, BookStatus.OK]


def test_a_hole_in_the_numbers_loses_both_books(pair: Pair) -> None:
    assert pair.send(frame("heartbeats", sequence=2)) == Code.FEED_GAP
    assert pair.status() == [BookStatus.STALE] * 2
    assert pair.send(frame("l2_data", *both("update"), sequence=3)) == Code.FEED_UNSYNCED
    assert pair.send(frame("l2_data", both("snapshot")[1], sequence=4)) == Code.OK
    assert pair.status() == [BookStatus.STALE, BookStatus.OK]
    assert pair.send(frame("l2_data", *both("snapshot"), sequence=4)) == Code.FEED_STALE_ID


def test_a_cut_frame_loses_both_books(pair: Pair) -> None:
    assert pair.send(frame("l2_data", *both("update"), sequence=1)[:-9]) == Code.FEED_TRUNCATED
    assert pair.status() == [BookStatus.STALE] * 2


def test_a_connection_that_begins_anew(pair: Pair) -> None:
    assert pair.command(Command.RESTART_SOURCE, 0) == Code.OK
    assert pair.status() == [BookStatus.STALE] * 2
    assert pair.send(frame("l2_data", *both("snapshot"), sequence=0)) == Code.OK
    assert pair.status() == [BookStatus.OK] * 2
    for source in (-1, 1, 2**40):
        assert pair.command(Command.RESTART_SOURCE, source) == Code.FEED_UNKNOWN_SOURCE
    assert pair.status() == [BookStatus.OK] * 2
