"""Latencies out of a journal, and a backtest that takes them: a paper run's decisions again.

The paper run is the live session of a venue over loopback sockets, its orders at the venue in the
process; the backtest is given the frames that the session's journal has.
"""

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backtest.explain.explain_rig import MARKETS, checked, run
from backtest.recorded_loop import RecordedLoop

from tickpath.backtest.explain import read_run
from tickpath.backtest.journal_latency import (
    ABSENT,
    NAMES,
    JournalLatency,
    journal_recording,
    latency_of,
    load_latency,
    read_latency,
)
from tickpath.backtest.journal_setup import new_journal
from tickpath.backtest.run import Backtest, Options
from tickpath.core.config_load import StrategyChoice, config_from
from tickpath.core.errors import DataError
from tickpath.engine.native import Engine
from tickpath.engine.state import digest
from tickpath.venues.sim import SimVenue

MS = 1_000_000
WAYS = {"order_latency_ns": 3 * MS, "response_latency_ns": 2 * MS, "feed_latency_ns": 0}
FRAMES = 2500


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backtest with known ways."""
    return run(tmp_path_factory.mktemp("run"), MARKETS["spot"], sim=WAYS, direct=False)


def test_ways_are_those_of_the_simulated_venue(journal: Path) -> None:
    run = read_run(journal)
    exact = latency_of(run, response_ns=WAYS["response_latency_ns"])
    known = exact.request_latency_ns[exact.request_latency_ns != ABSENT]
    assert len(exact.request_t_ns) == len(run.decisions) > 100
    assert len(known) > 100
    assert set(known.tolist()) == {WAYS["order_latency_ns"]}
    stamped = latency_of(run)
    rough = stamped.request_latency_ns[stamped.request_latency_ns != ABSENT]
    assert ((rough > 2 * MS) & (rough <= 3 * MS)).all()
    back = stamped.report_latency_ns[stamped.report_latency_ns != ABSENT]
    assert ((back >= 2 * MS) & (back < 3 * MS)).all()
    told = stamped.report_t_ns != 0
    received = stamped.report_received_ns[told]
    assert (stamped.report_t_ns[told] + stamped.report_latency_ns[told] == received).all()
    assert len(stamped.frame_t_ns) == FRAMES
    ahead = latency_of(run, offset_ns=5 * MS)
    assert (ahead.request_latency_ns[ahead.request_latency_ns != ABSENT] == rough - 5 * MS).all()
    assert ahead.summary()["request"]["negative"] == len(rough)


def test_a_file_holds_what_was_found(journal: Path, tmp_path: Path) -> None:
    found = read_latency(journal)
    found.save(tmp_path / "ways.npz")
    again = load_latency(tmp_path / "ways.npz")
    assert all(np.array_equal(getattr(found, n), getattr(again, n)) for n in NAMES)
    summary = again.summary()
    assert summary["report"]["count"] == len(again.report_t_ns)
    assert 2 * MS <= summary["report"]["p50"] <= summary["report"]["max"] < 3 * MS


def test_what_is_no_such_file(tmp_path: Path) -> None:
    path = tmp_path / "ways.npz"
    with pytest.raises(DataError, match="no file of latencies"):
        load_latency(path)
    path.write_bytes(b"PK nonsense")
    with pytest.raises(DataError, match="no file of latencies"):
        load_latency(path)
    good = {name: np.zeros(3, np.int64) for name in NAMES}
    for name, values, said in (
        ("request_t_ns", np.zeros(3), "float64"),
        ("frame_t_ns", np.zeros((2, 2), np.int64), "2 dimensions"),
        ("report_t_ns", np.zeros(2, np.int64), "not of one length"),
    ):
        np.savez(path, **{**good, name: values})
        with pytest.raises(DataError, match=said):
            load_latency(path)


# -- a paper run again -----------------------------------------------------------------------------


def again(folder: Path, ways: JournalLatency, out: Path) -> Any:
    """A backtest of what a paper run received, with its ways; the result."""
    run = read_run(folder)
    config, recording = run.config, journal_recording(folder, run.names[0])
    backtest = Backtest(
        config, recording, Options(journal=out, measure=False, direct_orders=True)
    )  # fmt: skip
    backtest.loop = RecordedLoop(backtest.engine, SimVenue(config), recording, ways)
    return backtest.run()


def test_a_backtest_runs_on_its_own_ways(journal: Path, tmp_path: Path) -> None:
    """Without a socket: the recorded loop is the plain one where the ways are its own."""
    made = run(tmp_path / "run", MARKETS["spot"], sim=WAYS)
    ways = read_latency(made, response_ns=WAYS["response_latency_ns"])
    result = again(made / "journal", ways, tmp_path / "again")
    assert result.fills > 20
    assert checked(made, tmp_path / "again").equal


@pytest.mark.recordings
@pytest.mark.parametrize("name", ["imbalance_maker", "every_event"])
def test_a_backtest_decides_as_the_paper_run_did(tmp_path: Path, name: str) -> None:
    """Over sockets: the same decisions to the byte, and the same state."""
    from venues.binance.recorded_frames import PATHS, frames, is_snapshot, raw
    from venues.tape import Binance, Book
    from venues.tape_rig import play

    folder = tmp_path / "paper"
    params = {"half_spread_ppm": 1, "replace_ppm": 1} if name == "imbalance_maker" else {}
    config = config_from("binance-spot", ["BTCUSDT"], (StrategyChoice(name=name, params=params),))
    config = replace(config, sim=replace(config.sim, feed_latency_ns=0))
    journals: list[Any] = []

    def make(final: Any) -> Engine:
        journals.append(new_journal(folder, final))
        return Engine(final, journals[0])

    played = islice(map(raw, frames("spot_btcusdt_20240808")), FRAMES)
    track = [Book("BTCUSDT", f) if is_snapshot(f) else f for f in played]
    paper = play(
        config, Binance(("BTCUSDT",), PATHS["binance-spot"]), track, make=make, shadow=True
    )  # fmt: skip
    journals[0].close()
    ways = read_latency(folder, response_ns=config.sim.response_latency_ns)
    result = again(folder, ways, tmp_path / "again")
    assert result.orders == paper.host.counters.requests > 20
    assert result.decisions_hash == paper.host.decisions_hash
    assert result.state_hash == digest(paper.engine.export_state())
    assert checked(folder, tmp_path / "again").equal
