"""Both replay loops hand an engine the same inputs in one order, and never one from the past."""

import pytest
from support import btcusdt, btcusdt_linear, config_of
from venues.sim.loop_rig import FakeEngine, check_order, native_inputs, plain_inputs

from tickpath.core.config import SimSpec
from tickpath.venues.sim import generated_reference
from tickpath.venues.sim.frames import Builder
from tickpath.venues.sim.generated import GeneratedMarket
from tickpath.venues.sim.generator import generate
from tickpath.venues.sim.native import SimVenue


@pytest.mark.parametrize("jitter", [pytest.param(0, marks=pytest.mark.slow), 3_000_000])
def test_a_recording_reaches_both_engines_alike(jitter: int) -> None:
    config = config_of(btcusdt(), sim=SimSpec(latency_jitter_ns=jitter))
    recording = generate(3, 3000)
    native, loop = native_inputs(config, recording)
    plain, other = plain_inputs(config, recording)
    assert native == plain
    assert native == plain_inputs(config, recording, SimVenue)[0]
    assert loop.fills.tolist() == other.fills.tolist()
    assert len(loop.fills) > 20
    assert loop.book_counters() == other.book_counters()
    check_order(native)
    market = [(t, data) for kind, _, t, data in native if kind == "market"]
    assert [t for t, _ in market] == recording.t_ns.tolist()


@pytest.mark.parametrize("venue", ["binance-spot", "binance-usdm"])
def test_a_market_we_trade_in_reaches_both_engines_alike(venue: str) -> None:
    config = config_of(btcusdt() if venue == "binance-spot" else btcusdt_linear())
    native, loop = native_inputs(config, GeneratedMarket(3, 3000, venue))
    market = generated_reference.GeneratedMarket(3, 3000, venue)
    plain, other = plain_inputs(config, market)
    assert native == plain
    mixed, _ = plain_inputs(config, GeneratedMarket(3, 3000, venue), SimVenue)
    assert native == mixed
    assert loop.fills.tolist() == other.fills.tolist()
    assert len(loop.fills) > 20
    check_order(native)
    assert sum(kind == "market" for kind, _, _, _ in native) == 3000
    counters = loop.book_counters()
    assert counters["bbo_checked"] == counters["bbo_equal"] > 100


def test_what_happens_at_one_time_comes_in_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without latency: the venue lives a frame, then the engine gets report, frame, timer."""
    monkeypatch.setattr(FakeEngine, "overdue", False)
    sim = SimSpec(order_latency_ns=0, response_latency_ns=0, feed_latency_ns=0, latency_jitter_ns=0)
    config = config_of(btcusdt(), sim=sim)
    builder = Builder()
    snapshot = b'{"lastUpdateId":%d,"bids":[["60000.00","1"]],"asks":[["60000.01","1"]]}'
    for k in range(60):
        builder.add(1_000_000 + k // 2 * 1_000_000, snapshot % (k + 1))
    recording = builder.build("binance-spot", "BTCUSDT")
    native, _ = native_inputs(config, recording)
    assert native == plain_inputs(config, recording)[0]
    check_order(native)
    timers = {t_ns for kind, _, t_ns, _ in native if kind == "timer"}
    frames = {t_ns for kind, _, t_ns, _ in native if kind == "market"}
    assert timers & frames
    for t_ns in timers & frames:
        kinds = [kind for kind, _, t, _ in native if t == t_ns]
        assert "market" not in kinds[kinds.index("timer") :]


def test_a_run_may_be_cut_anywhere() -> None:
    config = config_of(btcusdt())
    recording = generate(8, 600)
    whole, _ = native_inputs(config, recording)
    pieces, _ = native_inputs(config, recording, frames=1)
    assert whole == pieces


def test_an_empty_recording_ends_at_once() -> None:
    config = config_of(btcusdt())
    recording = Builder().build("binance-spot", "BTCUSDT")
    assert native_inputs(config, recording)[0] == []
    assert plain_inputs(config, recording)[0] == []
