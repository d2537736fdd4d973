"""Frames of several events of every kind: both engines apply, buffer, count and decide alike."""

import random
from types import SimpleNamespace
from typing import Any

import pytest
from feed_frames import FrameDecoder, bad, bbo, depth, joined, snapshot, trade
from support import btcusdt, config_of

from tickpath.core.codes import Code
from tickpath.core.config import Config, StrategySpec
from tickpath.core.records import BookStatus
from tickpath.engine import stages
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine

T_NS = 10**18


def config() -> Config:
    spec = StrategySpec(name="every_event", instruments=(0, 1))
    return config_of(btcusdt(), btcusdt(symbol="ETHUSDT"), strategies=(spec,))


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Both, with the decoder of feed_frames in the place of the venue's."""
    made = SimpleNamespace(MarketDecoder=lambda *_: FrameDecoder())
    monkeypatch.setattr(stages, "source_module", lambda *_: made)
    return [NativeEngine(config()), ReferenceEngine(config())]


def send(engines: list[Any], frame: bytes, t_ns: int) -> int:
    found = [engine.on_market_frame(0, frame, t_ns) for engine in engines]
    sent = [engine.take_out() for engine in engines]
    assert found[0] == found[1], frame
    assert sent[0] == sent[1], frame
    assert engines[0].export_state() == engines[1].export_state(), frame
    code: int = found[0]
    return code


def test_a_snapshot_behind_another_event_lets_the_buffer_out(engines: list[Any]) -> None:
    assert send(engines, depth(101, 102), T_NS) == Code.FEED_BUFFERED
    assert send(engines, joined(trade(1), snapshot(100), trade(2)), T_NS + 1) == Code.OK
    for engine in engines:
        top = engine.stages.books[0].top(1)
        assert (top.status, top.last_id, top.bid_ticks) == (BookStatus.OK, 102, 100)
    assert send(engines, depth(103, 104), T_NS + 2) == Code.OK


@pytest.mark.parametrize("seed", range(4))
def test_frames_of_any_events(engines: list[Any], seed: int) -> None:
    rng = random.Random(seed)
    last, trades, kinds = [100, 100], [1, 1], set()
    for step in range(250):
        events = []
        for _ in range(rng.randrange(1, 5)):
            k, draw = rng.randrange(2), rng.random()
            if draw < 0.45:
                first = last[k] + rng.choice((1, 1, 1, 1, 1, 3))
                last[k] = first + rng.randrange(3)
                level = (rng.randrange(90, 100), rng.randrange(5))
                events.append(depth(first, last[k], k, bids=[level]))
            elif draw < 0.6:
                events.append(snapshot(last[k] - rng.randrange(4), k))
            elif draw < 0.8:
                trades[k] += 1
                events.append(trade(trades[k], k))
            elif draw < 0.9:
                events.append(bbo(last[k], k))
            else:
                lost = rng.randrange(2)
                events.append(bad(Code.FEED_OFF_GRID, rng.choice((None, 0, 1)), lost=lost))
        kinds.add(send(engines, joined(*events), T_NS + 10**7 * step))
    codes = [{int(k): int(n) for k, n in engine.codes.items() if n} for engine in engines]
    assert codes[0] == codes[1]
    assert {Code.OK, Code.FEED_GAP, Code.FEED_BUFFERED, Code.FEED_OFF_GRID} <= kinds
