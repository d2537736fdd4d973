"""Latency models, recorded feed times, several sources and recordings in pieces: both loops alike,
and what the models say."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import btcusdt, config_of
from venues.sim.loop_rig import FakeEngine, native_inputs, plain_inputs

from tickpath.backtest.setup import with_wire
from tickpath.core.backend import Backend
from tickpath.core.config import MEASURED, Config, SimSpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.venues.base import source_module
from tickpath.venues.flat.frames import flat_recording, ticks_of_recording
from tickpath.venues.sim.delays import Delays, interpolated, read_delays, write_delays
from tickpath.venues.sim.frames import Recording, merged
from tickpath.venues.sim.generator import generate
from tickpath.venues.sim.loop import NativeLoop
from tickpath.venues.sim.loop_reference import ReferenceLoop
from tickpath.venues.sim.native import SimVenue
from tickpath.venues.sim.reference import SimVenue as ReferenceVenue
from tickpath.venues.sim.timing import FeedClock

MS = 1_000_000


def flat(seed: int, frames: int, symbol: str = "BTCUSDT") -> Recording:
    config = config_of(btcusdt(symbol=symbol))
    recording = generate(seed, frames, symbol)
    decoder = source_module(config, 0, Backend.NATIVE).MarketDecoder(config, 0)
    ticks, _ = ticks_of_recording(recording, config, decoder)
    return flat_recording("binance-spot", symbol, ticks)


@pytest.fixture
def latency_file(tmp_path: Path) -> str:
    path = tmp_path / "latency.npz"
    rng = np.random.default_rng(3)
    start = int(generate(3, 1).t_ns[0])
    times = start + np.sort(rng.integers(0, 60_000 * MS, 400))
    write_delays(
        path, request_t_ns=times, request_latency_ns=rng.integers(0, 9 * MS, 400),
        report_t_ns=times, report_latency_ns=rng.integers(0, 5 * MS, 400),
    )  # fmt: skip
    return str(path)


@pytest.mark.parametrize("latency", [*MEASURED, "lognormal"])
def test_both_loops_delay_alike(latency: str, latency_file: str) -> None:
    sim = SimSpec(latency=latency, latency_file=latency_file)
    if latency not in MEASURED:
        sim = SimSpec(latency=latency, order_spread_ns=3 * MS, latency_shape_ppm=300_000)
    config = config_of(btcusdt(), sim=sim)
    native, loop = native_inputs(config, generate(3, 1500))
    plain, _ = plain_inputs(config, generate(3, 1500))
    assert native == plain
    assert native != native_inputs(config_of(btcusdt()), generate(3, 1500))[0]
    assert len(loop.fills) > 5


def test_interpolation_is_linear_rounded_down_and_constant_beyond() -> None:
    delays = Delays(2, np.array([10, 20, 30]), np.array([100, 200, 50]))
    assert [interpolated(delays, t) for t in (0, 10, 15, 20, 27, 30, 99)] == [
        100, 100, 150, 200, 95, 50, 50,
    ]  # fmt: skip
    assert interpolated(Delays(2, np.array([0, 3]), np.array([10, 0])), 1) == 6


def test_the_recorded_model_takes_them_one_by_one(tmp_path: Path) -> None:
    path = str(tmp_path / "latency.npz")
    one = {"request_t_ns": [0], "request_latency_ns": [0], "report_t_ns": [0]}
    write_delays(path, **one, report_latency_ns=[0])
    sim = SimSpec(latency="recorded", latency_file=path, feed_latency_ns=0)
    at_once, _ = native_inputs(config_of(btcusdt(), sim=sim), generate(5, 500))
    zero = SimSpec(
        order_latency_ns=0, response_latency_ns=0, feed_latency_ns=0, latency_jitter_ns=0
    )
    assert at_once == native_inputs(config_of(btcusdt(), sim=zero), generate(5, 500))[0]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"request_latency_ns": [-1]}, "row 0 of the requests"),
        ({"report_t_ns": [5, 4], "report_latency_ns": [1, 1]}, "row 1 of the reports"),
        ({"report_t_ns": [5, 6]}, "has 2 rows"),
        ({"request_t_ns": []}, "request_t_ns is int64 of shape"),
    ],
)
def test_a_bad_latency_file_is_named(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = str(tmp_path / "latency.npz")
    good = {
        name: [1]
        for name in ("request_t_ns", "request_latency_ns", "report_t_ns", "report_latency_ns")
    }
    write_delays(path, **(good | arrays))
    with pytest.raises(DataError, match=message):
        read_delays(SimSpec(latency="interpolated", latency_file=path))


def test_a_latency_file_that_is_none_or_another_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latency.npz"
    path.write_bytes(b"text")
    for sim, error, message in (
        (SimSpec(latency="recorded", latency_file=str(path)), DataError, r"no \.npz"),
        (SimSpec(latency="recorded"), ConfigError, "needs latency_file"),
        (
            SimSpec(latency="recorded", latency_file=str(path), latency_digest="0" * 16),
            DataError, "changed since",
        ),
    ):  # fmt: skip
        with pytest.raises(error, match=message):
            read_delays(sim)


def test_the_venue_lives_frames_when_it_stamped_them() -> None:
    base = SimSpec(feed="recorded", feed_latency_ns=7)
    made = Recording(
        venue="binance-spot", symbol="BTCUSDT", blob=np.zeros(0, np.uint8),
        offsets=np.zeros(4, np.int64), sizes=np.zeros(4, np.int64),
        t_ns=np.array([100, 110, 120, 130]), t_venue_ns=np.array([1050, 1045, 0, 1085]),
    )  # fmt: skip
    lived = FeedClock(base).lived(made)
    # the smallest receive - stamp is -955, of the fourth frame: it came with the base alone
    assert lived.t_ns.tolist() == [88, 88, 113, 123]
    assert lived.order.tolist() == [0, 1, 2, 3]
    assert (lived.t_ns <= made.t_ns - 7).all()
    with pytest.raises(ConfigError, match="import it first"):
        FeedClock(base).lived(replace(made, t_venue_ns=None))


def test_no_frame_is_lived_after_it_came() -> None:
    """A later piece whose stamps run ahead of the first one's skew."""
    clock = FeedClock(SimSpec(feed="recorded", feed_latency_ns=7))
    made = Recording(
        venue="binance-spot", symbol="BTCUSDT", blob=np.zeros(0, np.uint8),
        offsets=np.zeros(1, np.int64), sizes=np.zeros(1, np.int64),
        t_ns=np.array([100]), t_venue_ns=np.array([50]),
    )  # fmt: skip
    assert clock.lived(made).t_ns.tolist() == [93]
    late = replace(made, t_ns=np.array([200]), t_venue_ns=np.array([190]))
    assert clock.lived(late).t_ns.tolist() == [193]


def run_pieces(make: Any, pieces: list[Recording], config: Config) -> list[Any]:
    engine = FakeEngine(config)
    door = engine.capsule() if make is NativeLoop else engine
    venue = SimVenue(config) if make is NativeLoop else ReferenceVenue(config)
    loop = make(door, venue, pieces[0], len(pieces) > 1)
    for k in range(1, len(pieces) + 1):
        while loop.run(100):
            pass
        assert loop.starved == (k < len(pieces))
        if k < len(pieces):
            loop.load(pieces[k], k + 1 < len(pieces))
    loop.finish()
    return engine.inputs


def piece(recording: Recording, start: int, stop: int) -> Recording:
    return replace(
        recording, offsets=recording.offsets[start:stop], sizes=recording.sizes[start:stop],
        t_ns=recording.t_ns[start:stop],
        t_venue_ns=None if recording.t_venue_ns is None else recording.t_venue_ns[start:stop],
        starts=tuple(k - start for k in recording.starts if start <= k < stop),
    )  # fmt: skip


@pytest.mark.parametrize("make", [NativeLoop, ReferenceLoop])
def test_pieces_give_what_the_whole_gives(make: Any) -> None:
    config = config_of(btcusdt())
    recording = generate(8, 900)
    cuts = [0, 1, 2, 300, 301, 880, 900]
    pieces = [piece(recording, a, b) for a, b in pairwise(cuts)]
    assert run_pieces(make, pieces, config) == run_pieces(make, [recording], config)


def test_a_piece_is_not_loaded_early() -> None:
    config = config_of(btcusdt())
    recording = generate(8, 90)
    for loop in (
        NativeLoop(FakeEngine(config).capsule(), SimVenue(config), recording, True),
        ReferenceLoop(FakeEngine(config), ReferenceVenue(config), recording, True),
    ):
        with pytest.raises(ValueError, match="has not lived"):
            loop.load(recording, False)


@pytest.mark.parametrize("feed", ["constant", "recorded"])
def test_two_sources_share_one_clock(feed: str) -> None:
    sim = SimSpec(feed=feed)
    config = with_wire(config_of(btcusdt(), btcusdt(symbol="ETHUSDT"), sim=sim), "flat")
    parts = [flat(3, 600), flat(4, 600, "ETHUSDT")]
    both = merged(parts)
    native, loop = native_inputs(config, both)
    assert native == plain_inputs(config, both)[0]
    market = [(source, t, data) for kind, source, t, data in native if kind == "market"]
    for k, part in enumerate(parts):
        mine = [t for source, t, _ in market if source == k]
        assert mine == part.t_ns.tolist()
    assert len(loop.fills) > 5


def test_text_and_events_are_not_mixed() -> None:
    with pytest.raises(DataError, match="cannot be mixed"):
        merged([generate(3, 10), flat(3, 10)])
