"""The tape of a run: the same on both loops, exact until it is bounded, then the last of each
interval."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import RECORDINGS, require

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.venues.sim import GeneratedMarket
from tickpath.venues.sim.tape import MID_DTYPE, SPACING_NS_MIN, Tape, last_of_intervals


def rows(changes: list[tuple[int, int, int]]) -> np.ndarray:
    return np.array([(t, m, k, 0) for t, m, k in changes], dtype=MID_DTYPE)


def tape_of(recording: object, engine: str, frames: int) -> Tape:
    config = config_for(recording, strategy="imbalance_maker")
    run = Backtest(config, recording, Options(engine=engine, max_events=frames))
    run.run()
    return run.loop.tape


def test_both_loops_keep_the_same_tape_in_a_market_that_feels_us() -> None:
    native = tape_of(GeneratedMarket(5, 1500), "native", 1500)
    plain = tape_of(GeneratedMarket(5, 1500), "reference", 1500)
    assert len(native.mids) > 50
    assert np.array_equal(native.mids, plain.mids)
    assert np.all(np.diff(native.mids["t_ns"]) >= 0)


@pytest.mark.recordings
def test_both_loops_keep_the_same_tape_of_a_recording() -> None:
    recording = read_recordings([require(RECORDINGS / "usdm_btcusdt_20240808.gz")])
    native, plain = (tape_of(recording, e, 2500) for e in ("native", "mixed"))
    assert len(native.mids) > 5
    assert np.array_equal(native.mids, plain.mids)


CHANGES = st.lists(
    st.tuples(st.integers(0, 20 * SPACING_NS_MIN), st.integers(1, 9), st.integers(0, 2)),
    max_size=40,
)


@settings(max_examples=50)
@given(CHANGES, st.integers(1, 8 * SPACING_NS_MIN))
def test_of_each_interval_the_last_change_stays(
    changes: list[tuple[int, int, int]], spacing_ns: int
) -> None:
    changes.sort(key=lambda row: row[0])
    last = {(k, t // spacing_ns): n for n, (t, _, k) in enumerate(changes)}
    kept = last_of_intervals(rows(changes), spacing_ns)
    assert np.array_equal(kept, rows([changes[n] for n in sorted(last.values())]))


def test_a_tape_is_bounded_and_says_how_coarse_it_became() -> None:
    tape = Tape(mids_max=100)
    for k in range(0, 2000, 10):
        tape.add_mids(rows([(n * SPACING_NS_MIN // 4, n + 1, 0) for n in range(k, k + 10)]))
    assert 25 <= len(tape.mids) <= 100
    assert 4 * SPACING_NS_MIN <= tape.spacing_ns <= 16 * SPACING_NS_MIN
    assert tape.mids["mid2"][-1] == 2000
    assert np.max(np.diff(tape.mids["t_ns"])) < 2 * tape.spacing_ns
