"""The process of the workers: doors, what it says, its end and its next start."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("aiohttp", reason="extra `live` is not installed")

from support import btcusdt, config_of

from tickpath.cli.main import main
from tickpath.core.config import Config, LaneSpec, ModelSpec, PortfolioSpec, StrategySpec
from tickpath.engine.native import Engine
from tickpath.ops.live import lane
from tickpath.ops.live.lane import RESTARTS_MAX, LaneProcess, LaneWorkers, wanted
from tickpath.ops.live.runner import LiveRun, RunOptions
from tickpath.ops.live.session import Mode

STRATEGY = Path(__file__).parents[2] / "engine/score_side.py"
LIMIT_S = 60.0
PLACE = b'{"lastUpdateId":%d,"bids":[["60000.00","1"]],"asks":[["60000.01","1"]]}'


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "side.npz"
    np.savez(path, weight_0=np.array([[1.0], [-1.0]]), bias_0=np.ones(1), activation=[0])
    return config_of(
        btcusdt(),
        strategies=(StrategySpec(name=str(STRATEGY), instruments=(0,)),),
        model=ModelSpec(kind="dense", path=str(path)),
        lane=LaneSpec(scores=True, age_ns_max=60 * 10**9, rows=64),
        portfolio=PortfolioSpec(grid_ns=10**9, paths=1000, monte_carlo_var_max=Decimal(5)),
        backends={"model": "gpu", "risk": "gpu"},
    )


class Child:
    """Stands in for the process; runs when `LaneWorkers` of its folder are asked to."""

    made: list["Child"]

    def __init__(self, command: list[str], **_: Any) -> None:
        self.pid, self.code, self.command = os.getpid(), None, command
        self.ended = False
        Child.made.append(self)

    def poll(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        self.ended = True

    def wait(self, timeout_s: float) -> int:
        return 0


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[Child]:
    Child.made = []
    monkeypatch.setattr(lane.subprocess, "Popen", Child)
    return Child.made


def feed(engine: Engine, seconds: int) -> None:
    """A snapshot of the book each second."""
    for _ in range(seconds):
        t_ns = engine.now_ns // 10**9 * 10**9 + 10**9
        engine.on_market_frame(0, PLACE % (t_ns // 10**9), t_ns)


def test_only_what_is_off_the_path_needs_it(config: Config) -> None:
    assert wanted(config)
    assert wanted(replace(config, lane=LaneSpec()))
    assert not wanted(replace(config, lane=LaneSpec(), portfolio=PortfolioSpec()))


def test_both_sides_of_the_doors(config: Config, children: list[Child]) -> None:
    told: list[str] = []
    engine = Engine(config)
    process = LaneProcess(config, engine, told.append)
    assert children[0].command[1:4] == ["-m", "tickpath.ops.live.lane", str(process.folder)]
    workers = LaneWorkers(process.folder, native=False)
    feed(engine, 5)
    assert workers.do_work() == 6
    feed(engine, 1)
    figures = engine.stages.lane.figures()
    assert (figures["answers"], figures["scores_absent"]) == (1, 5)
    process.look()
    assert process.figures == {}
    workers.say()
    process.look()
    process.look()
    assert [text.partition(" -> ")[0] for text in told] == ["model: gpu", "risk: gpu"]
    assert process.figures["model"]["rows"] == 5
    text = process.text(engine.now_ns)
    assert text == "model on native 1000 ms, risk on native 1000 ms"
    process.close()
    assert children[0].ended
    assert not process.folder.exists()


def test_a_child_that_ends_is_started_again_on_the_cpu(
    config: Config, children: list[Child]
) -> None:
    told: list[str] = []
    process = LaneProcess(config, Engine(config), told.append)
    for count in range(1, RESTARTS_MAX + 3):
        children[-1].code = -signal.SIGSEGV if count == 1 else 1
        process.look()
        assert len(children) == min(count, RESTARTS_MAX) + 1
    assert all(child.command[-1] == "--native" for child in children[1:])
    assert told[0].startswith("the worker off the path has ended (signal 11)")
    assert len(told) == RESTARTS_MAX + 1
    native = LaneWorkers(process.folder, native=True)
    assert native.told == [], "it did not ask for a GPU"
    process.close()


def test_what_an_earlier_child_said_is_not_of_this_one(
    config: Config, children: list[Child]
) -> None:
    process = LaneProcess(config, Engine(config), print)
    LaneWorkers(process.folder, native=True).say()
    children[-1].pid += 1
    process.look()
    assert process.figures == {}
    process.close()


def test_the_files_of_a_parent_that_died_are_removed(config: Config, children: list[Child]) -> None:
    process = LaneProcess(config, Engine(config), print)
    assert lane.work(process.folder, native=True, parent=-1) == 0
    assert not process.folder.exists()


def test_no_files_stay_when_a_start_fails(
    config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError("no process")

    monkeypatch.setattr(lane, "SHARED", tmp_path / "absent")
    monkeypatch.setattr(lane.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(lane.subprocess, "Popen", broken)
    before = set(tmp_path.iterdir())
    with pytest.raises(OSError, match="no process"):
        LaneProcess(config, Engine(config), print)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.slow
def test_a_run_trades_on_scores_of_its_worker_and_replays_without_it(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_stand = pytest.importorskip("live_stand", reason="extra `live` is not installed")
    source = str(Path(__file__).parents[3] / "src")
    monkeypatch.setenv("PYTHONPATH", source)

    async def scene(host: Any) -> None:
        path = live_stand.write_config(tmp_path, host, str(STRATEGY))
        text = (
            f'[model]\nkind = "dense"\npath = "{config.model.path}"\n'
            "[lane]\nscores = true\nage_ns_max = 5000000000\n"
            '[portfolio]\ngrid_ns = 100000000\npaths = 1000\nmonte_carlo_var_max = "1000000"\n'
            '[backends]\nmodel = "gpu"\nrisk = "gpu"\n'
        )
        path.write_text(path.read_text() + text)
        told: list[str] = []
        options = RunOptions(mode=Mode.PAPER, watchdog=False)
        run = LiveRun(path, options, tell=told.append, keys=live_stand.find_keys)
        task = asyncio.create_task(run.run())
        async with asyncio.timeout(LIMIT_S):
            while run.host.counters.requests < 40 or not any("model on native" in t for t in told):
                assert not task.done()
                await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await task == 0
        assert run.lane is not None
        assert not run.lane.folder.exists()
        assert run.engine.stages.lane.figures()["answers"] > 10
        assert run.lane.figures["risk"]["answers"] > 1
        assert sum("gpu -> native" in text for text in told) == 2
        assert main(["replay", str(tmp_path / "state/journal")]) == 0

    live_stand.with_venues(tmp_path, scene)


@pytest.mark.slow
def test_a_real_child_answers_dies_and_answers_again(config: Config) -> None:
    told: list[str] = []
    engine = Engine(config)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3] / "src")}
    process = LaneProcess(config, engine, told.append, environment=environment)

    def until(what: Callable[[], bool]) -> None:
        end_s = time.monotonic() + LIMIT_S
        while not what():
            assert time.monotonic() < end_s
            feed(engine, 1)
            process.look()
            os.sched_yield()

    def answers() -> int:
        return int(engine.stages.lane.figures()["answers"])

    try:
        until(lambda: answers() > 3 and "model" in process.figures)
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: process.restarts == 1)
        seen = answers()
        until(lambda: answers() > seen + 3)
        assert any("has ended (signal 9)" in text for text in told)
    finally:
        process.close()
