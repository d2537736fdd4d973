"""Runs with workers off the path: repeatable, replayable, and counted in the result."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backtest_support import outcome
from twin_port import TwinPort

from tickpath.backtest.replay import replay
from tickpath.backtest.report import write_report
from tickpath.backtest.result import Result
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.saved import load_run
from tickpath.backtest.setup import config_for
from tickpath.core.config import Config, LaneSpec, ModelSpec, PortfolioSpec, StrategySpec
from tickpath.devices.gpu.opened import Opened
from tickpath.hot.risk import gpu
from tickpath.venues.sim import GeneratedMarket

FRAMES = 1200
STRATEGY = Path(__file__).parents[1] / "engine/score_side.py"
WATCHED = PortfolioSpec(
    grid_ns=10**8, confidence_ppm=900_000, window=20, paths=1000, monte_carlo_var_max=Decimal(1)
)


@pytest.fixture
def scored(tmp_path: Path) -> Config:
    """Scores from off the path, Monte Carlo figures watched, both asked of a GPU."""
    path = tmp_path / "side.npz"
    np.savez(path, weight_0=np.array([[1.0], [-1.0]]), bias_0=np.zeros(1), activation=[0])
    config = config_for(GeneratedMarket(11, FRAMES), strategy="imbalance_maker")
    return replace(
        config,
        strategies=(StrategySpec(name=str(STRATEGY), instruments=(0,)),),
        model=ModelSpec(kind="dense", path=str(path)),
        lane=LaneSpec(scores=True, age_ns_max=10**9),
        portfolio=WATCHED,
        backends={"model": "gpu", "risk": "gpu"},
    )


def market() -> GeneratedMarket:
    return GeneratedMarket(11, FRAMES)


def off_path(config: Config, engine: str = "native") -> tuple[Result, dict[str, dict[str, Any]]]:
    result = Backtest(config, market(), Options(engine=engine, max_events=FRAMES)).run()
    return result, result.off_path


def test_engines_agree_and_the_journal_replays(scored: Config, tmp_path: Path) -> None:
    native, run = outcome(scored, market(), "native", journal=tmp_path / "journal")
    assert native["orders"] > 20
    assert "STRATEGY_RAISED" not in native["codes"]
    for engine in ("reference", "mixed"):
        assert outcome(scored, market(), engine)[0] == native
    for engine in ("native", "reference"):
        found = replay(tmp_path / "journal", engine)
        assert found["equal"], json.dumps(found)
        assert found["state_hash"] == native["state_hash"]
    assert [text.partition(":")[0] for text in run.workers.told] == ["model", "risk"]


def test_the_result_says_where_batches_ran_and_why(scored: Config, tmp_path: Path) -> None:
    result, found = off_path(scored)
    model, risk = found["model"], found["risk"]
    assert model["backend"] == risk["backend"] == "native"
    assert model["reason"].endswith("a GPU scores .onnx models only")
    assert model["answers"] == model["engine_answers"] > 10
    assert model["rows"] + model["rows_lost"] <= FRAMES * 2
    assert model["engine_scores_absent"] > 0
    assert risk["answers"] > 2
    assert result.to_json()["off_path"] == found
    write_report(result, tmp_path, "run")
    assert load_run(tmp_path).off_path == found


@pytest.mark.parametrize("fail_at", [2**31, 0, 20])
def test_a_lost_device_changes_no_decision(
    scored: Config, monkeypatch: pytest.MonkeyPatch, fail_at: int
) -> None:
    """The paths are the same bits there and here: only the counters tell."""
    expected, _ = off_path(replace(scored, backends={}))
    port = TwinPort(fail_at)
    monkeypatch.setattr(gpu, "opened", lambda: Opened(port=port, reason="card"))
    result, found = off_path(scored)
    assert result.decisions_hash == expected.decisions_hash
    assert result.state_hash == expected.state_hash
    risk = found["risk"]
    if fail_at > 100:
        assert (risk["backend"], risk["device_errors"]) == ("gpu", 0)
        assert risk["device_batches"] == risk["batches"] > 2
    else:
        assert (risk["backend"], risk["device_errors"]) == ("native", 1)
        assert "ask tickpath doctor" in risk["reason"]


def test_nothing_off_the_path_is_no_figure() -> None:
    config = config_for(market(), strategy="imbalance_maker")
    assert off_path(config)[1] == {}
