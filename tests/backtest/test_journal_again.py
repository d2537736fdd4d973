"""A run again, out of its journal: a paper run over sockets decides as its backtest does.

Paper runs are live sessions of a venue over loopback sockets: with their orders at a simulated
venue in the process, or at `tickpath venue-sim` through the venue's own protocol. The backtest is
given what the session's journal has.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backtest.explain.explain_rig import MARKETS, checked, config_with, run

from tickpath.backtest.explain import read_run
from tickpath.backtest.journal_again import median_sim, rerun
from tickpath.backtest.journal_latency import ABSENT, read_latency
from tickpath.backtest.journal_setup import new_journal
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.timed import Timed
from tickpath.core.config import Source
from tickpath.core.config_load import StrategyChoice, config_from
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine
from tickpath.engine.state import digest

MS = 1_000_000
WAYS = {"order_latency_ns": 3 * MS, "response_latency_ns": 2 * MS, "feed_latency_ns": 0}
FRAMES = 2000
QUOTES = {"half_spread_ppm": 1, "replace_ppm": 1}


def commanded(folder: Path, commands: Sequence[Timed]) -> Path:
    """A run with commands at their times, as a live session has them."""
    market = MARKETS["spot"]
    config = config_with(market, "imbalance_maker", WAYS, {})
    config = replace(config, strategies=(replace(config.strategies[0], params=QUOTES),))
    options = Options(
        journal=folder / "journal", measure=False, direct_orders=True, max_events=FRAMES,
        commands=tuple(commands),
    )  # fmt: skip
    assert Backtest(config, market, options).run().orders > 50
    return folder


def test_commands_of_a_session_are_given_again(tmp_path: Path) -> None:
    """The venue is closed at first, the strategy paused for a while, and all of it killed."""
    t_ns = MARKETS["spot"].t_ns
    told = [
        (1, Command.VENUE_DOWN),
        (600, Command.VENUE_UP),
        (1200, Command.PAUSE_STRATEGY),
        (1400, Command.RESUME_STRATEGY),
        (1900, Command.KILL),
    ]
    commands = [Timed(t_ns=int(t_ns[k]) + 1, command=command) for k, command in told]
    made = commanded(tmp_path / "run", commands)
    result = rerun(made, tmp_path / "again")
    found = checked(made, tmp_path / "again")
    assert found.equal
    assert result.message.startswith("the kill switch was set")
    assert [row[2].split()[0] for row in found.runs[1].commands] == [c.name for _, c in told]
    without = commanded(tmp_path / "without", commands[:2])
    assert {leaf.cause.value for leaf in checked(made, without).leaves} == {"decision"}


def test_medians_stand_for_the_ways(tmp_path: Path) -> None:
    """Stamps of the venue are whole milliseconds, cut off: the medians are that near."""
    made = run(tmp_path / "run", MARKETS["spot"], sim=WAYS, direct=False)
    found = read_latency(made)
    sim = median_sim(read_run(made).config.sim, found)
    assert abs(sim.order_latency_ns - WAYS["order_latency_ns"]) <= MS
    assert abs(sim.response_latency_ns - WAYS["response_latency_ns"]) <= MS
    nothing = replace(found, request_latency_ns=found.request_latency_ns[:0] + ABSENT)
    assert median_sim(sim, nothing).order_latency_ns == sim.order_latency_ns
    assert rerun(made, tmp_path / "again").orders > 50


def test_several_sources_run_again(tmp_path: Path) -> None:
    """Frames of each are its own, with the medians and with each latency."""
    config = config_with(MARKETS["spot"], "imbalance_maker", WAYS, {})
    more = Source(name="more", venue=config.sources[0].venue, instruments=(0,))
    market = MARKETS["spot"]
    sources = np.zeros(len(market), np.int32)
    sources[-1] = 1
    twofold = replace(market, sources=sources)
    made = run(tmp_path / "run", twofold, sim=WAYS, sources=(*config.sources, more))
    for recorded in (False, True):
        out = tmp_path / f"again-{recorded}"
        result = rerun(made, out, recorded=recorded, response_ns=WAYS["response_latency_ns"])
        assert result.fills > 20
        assert checked(made, out).equal


def test_a_backtest_runs_on_its_own_ways(tmp_path: Path) -> None:
    """Without a socket: the recorded loop is the plain one where the ways are its own."""
    made = run(tmp_path / "run", MARKETS["spot"], sim=WAYS)
    out = tmp_path / "again"
    result = rerun(made, out, recorded=True, response_ns=WAYS["response_latency_ns"])
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
    params = QUOTES if name == "imbalance_maker" else {}
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
    response_ns = config.sim.response_latency_ns
    result = rerun(folder, tmp_path / "again", recorded=True, response_ns=response_ns)
    assert result.orders == paper.host.counters.requests > 20
    assert result.decisions_hash == paper.host.decisions_hash
    assert result.state_hash == digest(paper.engine.export_state())
    assert checked(folder, tmp_path / "again").equal


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("venue", "recording", "times", "queue"),
    [
        ("binance-spot", "spot_btcusdt_20240808", 6, ""),
        ("binance-usdm", "usdm_btcusdt_20240808", 1, 'queue = "pessimistic"'),
    ],
)
def test_a_backtest_decides_as_a_paper_run_at_a_venue_did(
    tmp_path: Path, venue: str, recording: str, times: int, queue: str
) -> None:
    """`tickpath run` at `tickpath venue-sim`, which replays a recording, through the venue's own
    protocol; the backtest has its market data and the times of its reports, not what they say."""
    pytest.importorskip("aiohttp", reason="extra `live` is not installed")
    from backtest.paper_rig import trade

    paper = trade(tmp_path, venue, recording, "every_event", requests=150, times=times, queue=queue)
    assert paper.damaged == 0
    assert paper.requests >= 150
    assert paper.fills > 5
    result = rerun(tmp_path / "state", tmp_path / "again", recorded=True)
    assert (result.decisions_hash, result.orders) == (paper.decisions_hash, paper.requests)
    assert result.fills == paper.fills
    found = checked(tmp_path / "state", tmp_path / "again")
    assert {leaf.cause.value for leaf in found.leaves if leaf.units} <= {"fee"}
    assert found.equal == (venue == "binance-usdm")


@pytest.mark.slow
@pytest.mark.recordings
@pytest.mark.parametrize(
    ("venue", "kind", "channel", "every_ms", "sbe"),
    [
        ("binance-spot", "lost_ack", "", 0, False),
        ("binance-spot", "error_after_accept", "", 0, False),
        ("binance-spot", "error_before", "", 0, True),
        ("binance-spot", "cut", "api", 2500, True),
        ("binance-usdm", "lost_ack", "", 0, False),
        ("binance-usdm", "error_before", "", 0, False),
        ("binance-usdm", "half_open", "api", 4000, False),
    ],
)
def test_outcomes_that_were_not_known_at_first_come_out_again(
    tmp_path: Path, venue: str, kind: str, channel: str, every_ms: int, sbe: bool
) -> None:
    """A tenth of the requests or answers is lost, or the line of orders ends again and again: the
    run asks for its orders and reconciles, and its backtest decides the same."""
    pytest.importorskip("aiohttp", reason="extra `live` is not installed")
    from backtest.paper_rig import trade

    from tickpath.venues.sim.server.faults import Fault

    chance = {} if every_ms else {"count": 10**6, "probability_ppm": 100_000}
    times = range(1500, 60_000, every_ms) if every_ms else (0,)
    faults = [(ms, Fault(kind=kind, channel=channel, **chance)) for ms in times]
    recording = {"binance-spot": "spot", "binance-usdm": "usdm"}[venue]
    paper = trade(
        tmp_path, venue, f"{recording}_btcusdt_20240808", "every_event",
        requests=150, times=1 if venue == "binance-usdm" else 6, faults=faults,
        sbe=sbe,
    )  # fmt: skip
    result = rerun(tmp_path / "state", tmp_path / "again", recorded=True)
    assert (result.decisions_hash, result.orders) == (paper.decisions_hash, paper.requests)
