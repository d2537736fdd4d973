"""A file or a signal kills through the journalled command; the replayed journal agrees."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from support import btcusdt, config_of

from tickpath.backtest.replay import replay
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.errors import ConfigError
from tickpath.core.records import IntentKind
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.ops.kill import KillFile, KillSignal, KillSwitch
from tickpath.venues.sim.generator import generate


def test_a_file_asks_while_it_is_there(tmp_path: Path) -> None:
    source = KillFile(tmp_path / "stop")
    assert not source.asked()
    source.path.symlink_to(tmp_path / "nowhere")
    assert source.asked(), "whatever it is"
    source.path.unlink()
    source.path.mkdir()
    assert source.asked()
    source.path.rmdir()
    assert not source.asked()


def test_a_path_that_cannot_be_looked_at_asks(tmp_path: Path) -> None:
    assert KillFile(tmp_path / ("x" * 300)).asked()
    (tmp_path / "file").touch()
    assert KillFile(tmp_path / "file/below").asked()


def test_a_signal_asks_once_and_gives_back_what_it_took() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    source = KillSignal()
    source.start()
    assert not source.asked()
    os.kill(os.getpid(), signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGUSR1)
    assert source.asked()
    assert not source.asked()
    source.close()
    assert signal.getsignal(signal.SIGUSR1) is before
    source.close()


def test_another_thread_cannot_take_a_signal() -> None:
    found: list[BaseException] = []

    def take() -> None:
        try:
            KillSignal().start()
        except ConfigError as error:
            found.append(error)

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    assert len(found) == 1


@pytest.mark.parametrize("engine", [ReferenceEngine, NativeEngine])
def test_the_switch_kills_once_and_again_after_a_rearm(engine: Any, tmp_path: Path) -> None:
    made = engine(config_of(btcusdt()))
    source = KillFile(tmp_path / "stop")
    switch = KillSwitch(made, [source])
    assert switch.do_work() == 0
    source.path.touch()
    assert [switch.do_work() for _ in range(3)] == [1, 0, 0]
    assert made.seq == 1
    made.on_command(Command.REARM, 0, 5)
    assert switch.do_work() == 1, "the file is still there"
    source.path.unlink()
    made.on_command(Command.REARM, 0, 6)
    assert switch.do_work() == 0


@pytest.mark.parametrize("by", ["file", "signal"])
def test_a_running_backtest_is_killed(by: str, tmp_path: Path) -> None:
    recording = generate(seed=5, frames=9000)
    config = config_for(recording, strategy="imbalance_maker")
    stop = tmp_path / "stop"
    run = Backtest(config, recording, Options(journal=tmp_path / "journal", kill_file=stop))
    killed_at: list[int] = []

    def progress(done: int, total: int) -> None:
        if not killed_at and run.orders > 0:
            killed_at.append(run.engine.seq)
            if by == "file":
                stop.touch()
            else:
                os.kill(os.getpid(), signal.SIGUSR1)

    result = run.run(progress)
    assert killed_at
    assert result.exit_code == 3
    assert run.engine.stages.risk.killed
    assert run.engine.stages.execute.orders() == []
    found = replay(tmp_path / "journal", "native")
    assert found["equal"], found
    assert found["state_hash"] == result.state_hash


def test_what_leaves_after_a_kill_are_cancels(tmp_path: Path) -> None:
    recording = generate(seed=5, frames=6000)
    config = config_for(recording, strategy="imbalance_maker")
    run = Backtest(config, recording, Options(kill_file=tmp_path / "stop", measure=False))
    while not run.engine.stages.execute.orders():
        run.loop.run(1)
        run.engine.take_decisions()
    (tmp_path / "stop").touch()
    assert run.kill.do_work() == 1
    run.loop.collect(run.engine.now_ns)
    kinds = {*run.engine.take_decisions()["kind"]}
    run.loop.run(2000)
    run.loop.finish()
    assert kinds == {IntentKind.CANCEL}
    assert len(run.engine.take_decisions()) == 0
    assert run.engine.stages.execute.orders() == []
