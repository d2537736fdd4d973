"""Hostile, broken or unknown input is a counted code: never a crash, a trade, or a lost book."""

import random
from typing import Any

import pytest
from support import btcusdt, config_of

from tickpath.core.codes import Code
from tickpath.core.config import StrategySpec
from tickpath.core.records import BookStatus
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine

ENGINES = pytest.mark.parametrize("engine", [ReferenceEngine, NativeEngine])
SNAPSHOT = b'{"lastUpdateId":10,"bids":[["100.00","1.0"]],"asks":[["100.02","1.0"]]}'


def depth(first: int, last: int, bids: str = "", asks: str = "") -> bytes:
    return (
        f'{{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":{first},"u":{last},'
        f'"b":[{bids}],"a":[{asks}]}}'
    ).encode()


def started(engine: Any) -> Any:
    config = config_of(btcusdt(), strategies=(StrategySpec(name="every_event", instruments=(0,)),))
    made = engine(config)
    assert made.on_market_frame(0, SNAPSHOT, 1_000) == Code.OK
    return made


def book_of(made: Any) -> Any:
    return made.stages.books[0].top(5)


BAD_FRAMES = {
    "empty": b"",
    "one brace": b"{",
    "truncated": depth(11, 12, '["100.00","2.0"]')[:-4],
    "not text": bytes(range(256)),
    "nested": b"[" * 5000,
    "unknown kind": b'{"e":"kline","s":"BTCUSDT"}',
    "unknown symbol": depth(11, 12).replace(b"BTCUSDT", b"NOSUCH"),
    "off the grid": depth(11, 12, '["100.001","2.0"]'),
    "wrong type": depth(11, 12, "[100,{}]"),
    "too many digits": depth(11, 12, '["100.000000000000001","2.0"]'),
    "huge number": depth(11, 12, '["999999999999999999999999999.00","2.0"]'),
    "not a number": depth(11, 12, '["NaN","2.0"]'),
    "negative": depth(11, 12, '["-100.00","2.0"]'),
}


@ENGINES
@pytest.mark.parametrize("name", BAD_FRAMES)
def test_a_bad_frame_changes_no_book_and_sends_nothing(engine: Any, name: str) -> None:
    made = started(engine)
    before = book_of(made)
    made.take_decisions()
    code = made.on_market_frame(0, BAD_FRAMES[name], 2_000)
    assert 100 <= code < 200
    assert made.codes[code] == 1
    assert made.take_out() == []
    assert book_of(made) == before


@ENGINES
def test_an_oversized_frame_is_refused(engine: Any) -> None:
    made = started(engine)
    assert made.on_market_frame(0, b" " * 2**21, 2_000) == Code.FEED_OVERSIZED
    assert made.on_order_frame(0, b" " * 2**21, 2_000) == Code.FEED_OVERSIZED


@ENGINES
def test_an_unknown_source_is_refused(engine: Any) -> None:
    made = started(engine)
    for source in (-1, 1, 63, 2**31 - 1):
        assert made.on_market_frame(source, SNAPSHOT, 2_000) == Code.FEED_UNKNOWN_SOURCE


@ENGINES
def test_a_gap_silences_the_instrument_until_a_snapshot(engine: Any) -> None:
    made = started(engine)
    made.take_decisions()
    assert made.on_market_frame(0, depth(20, 21, '["100.01","1.0"]'), 2_000) == Code.FEED_GAP
    assert book_of(made).status == BookStatus.STALE
    made.take_decisions()
    made.on_market_frame(0, depth(22, 23, '["100.01","1.0"]'), 3_000)
    assert len(made.take_decisions()) == 0
    again = SNAPSHOT.replace(b":10,", b":23,")
    assert made.on_market_frame(0, again, 4_000) == Code.OK
    assert book_of(made).status == BookStatus.OK


@ENGINES
def test_a_clock_that_goes_back_is_lifted_and_counted(engine: Any) -> None:
    made = started(engine)
    made.on_market_frame(0, depth(11, 12), 500)
    assert made.now_ns == 1_000
    assert made.codes[Code.ENGINE_CLOCK] == 1


@ENGINES
def test_the_kill_switch_stops_orders_within_one_event(engine: Any) -> None:
    made = started(engine)
    made.on_command(Command.KILL, 0, 2_000)
    made.take_decisions()
    made.on_market_frame(0, depth(11, 12, '["100.00","3.0"]'), 3_000)
    assert len(made.take_decisions()) == 0
    assert made.codes[Code.RISK_KILLED] >= 1


def test_random_bytes_agree_and_never_crash() -> None:
    pair = [started(ReferenceEngine), started(NativeEngine)]
    source = random.Random(5)
    for k in range(2000):
        frame = bytearray(depth(11 + k, 11 + k, '["100.00","2.0"]', '["100.02","3.0"]'))
        for _ in range(source.randrange(4)):
            frame[source.randrange(len(frame))] = source.randrange(256)
        codes = [e.on_market_frame(0, bytes(frame), 10_000 + k) for e in pair]
        assert codes[0] == codes[1], bytes(frame)
        order_codes = [e.on_order_frame(0, bytes(frame), 10_000 + k) for e in pair]
        assert order_codes[0] == order_codes[1], bytes(frame)
    assert pair[0].export_state() == pair[1].export_state()
