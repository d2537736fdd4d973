"""A strategy of stops, brackets and icebergs on a generated market: one outcome on every engine."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from backtest_support import FRAMES, counters, outcome

from tickpath.backtest.replay import replay
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.config import ExecuteSpec
from tickpath.venues.sim import GeneratedMarket
from tickpath.venues.sim.generator import generate

STRATEGY = str(Path(__file__).with_name("special_orders.py"))
MADE = tuple(f"binance-spot:{kind}" for kind in ("stop", "stop_limit", "iceberg"))


def run(
    recording: Any, engine: str, made: tuple[str, ...] = (), **options: Any
) -> tuple[dict[str, Any], Any]:
    config = config_for(recording, strategy=STRATEGY)
    config = replace(config, execute=ExecuteSpec(venue_orders=made))
    return outcome(config, recording, engine, **options)


def test_engines_agree_on_stops_brackets_and_icebergs() -> None:
    recording = generate(seed=11, frames=FRAMES)
    native, backtest = run(recording, "native")
    assert run(recording, "reference")[0] == native
    assert run(recording, "mixed")[0] == native
    seen = counters(backtest.engine)
    assert seen["link"] > 10
    assert seen["ended"] > 30
    assert seen["parked"] >= 2
    assert seen["moved"] > 3
    assert len(native["fills"]) > 20


@pytest.mark.parametrize("generated", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_engines_agree_on_what_the_venue_makes(generated: bool) -> None:
    """Icebergs in full view of the venue: fewer requests, the same answers everywhere."""

    def market() -> Any:
        return GeneratedMarket(14, FRAMES) if generated else generate(seed=14, frames=FRAMES)

    native, backtest = run(market(), "native", MADE)
    assert run(market(), "reference", MADE)[0] == native
    assert run(market(), "native", MADE, direct_orders=True)[0] == native
    assert counters(backtest.engine)["ended"] > 10
    assert native["orders"] < run(market(), "native")[0]["orders"]


def test_a_journal_of_them_replays_to_the_same_hashes(tmp_path: Path) -> None:
    recording = generate(seed=12, frames=FRAMES)
    native, _ = run(recording, "native", journal=tmp_path / "journal")
    found = replay(tmp_path / "journal", "reference")
    assert found["equal"], json.dumps(found)
    assert found["decisions_hash"] == native["decisions_hash"]
    assert found["state_hash"] == native["state_hash"]


def test_a_run_goes_on_from_an_exported_state() -> None:
    """Parked orders and their times are part of the state: a restart on the other engine changes
    nothing."""
    recording = generate(seed=13, frames=FRAMES)
    config = config_for(recording, strategy=STRATEGY)
    runs = [Backtest(config, recording, Options(engine=name)) for name in ("native", "reference")]
    for k in range(2_500):
        for backtest in runs:
            backtest.loop.run(1)
            backtest.engine.take_decisions()
        if k % 500 == 499:
            states = [backtest.engine.export_state() for backtest in runs]
            assert states[0] == states[1]
            runs[0].engine.import_state(states[1])
            runs[1].engine.import_state(states[0])
            assert [backtest.engine.export_state() for backtest in runs] == states
