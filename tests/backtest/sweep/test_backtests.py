"""A strategy swept over a recording from Python."""

from pathlib import Path

import pytest

from tickpath.backtest.recording import write_recording
from tickpath.backtest.sweep.backtests import Subject, sweep_backtests
from tickpath.backtest.sweep.window import Window
from tickpath.core.errors import ConfigError
from tickpath.venues.sim.generator import generate

SPACE = {"half_spread_ppm": [1, 5, 40], "lean_ppm": [0, 50]}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("market") / "market.gz"
    write_recording(generate(seed=2, frames=1500), path)
    return path


def halves(begin_ns: int, end_ns: int) -> list[Window]:
    middle = (begin_ns + end_ns) // 2
    return [Window(begin_ns, middle), Window(middle, end_ns)]


def test_processes_and_threads_give_the_same_backtests(market: Path, tmp_path: Path) -> None:
    subject = Subject(paths=[market], strategy="imbalance_maker", params={"order_lots": 200})
    one = sweep_backtests(subject, SPACE, executor="thread", workers=1)
    two = sweep_backtests(subject, SPACE, executor="process", workers=2, folder=tmp_path / "s")
    assert one.hash == two.hash
    assert len({r.figures["decisions_hash"] for r in one.rows}) > 3
    assert [p.name for p in (tmp_path / "s").iterdir()] == ["rows.log"]  # the recording is gone
    assert not one.failed


def test_windows_of_a_sweep(market: Path) -> None:
    subject = Subject(paths=[market], strategy="imbalance_maker", max_events=1000)
    found = sweep_backtests(subject, SPACE, windows=halves, executor="thread", workers=2)
    assert [r.window for r in found.rows] == [0, 1] * 6
    first, second = found.rows[:2]
    assert 0 < first.figures["events"] < 1000
    assert first.figures["events"] + second.figures["events"] == 1000
    assert first.figures["equity_begin_ns"] < second.figures["equity_begin_ns"]


def test_a_subject_is_checked(market: Path) -> None:
    with pytest.raises(ConfigError, match="nothing to sweep"):
        Subject(paths=[market]).load()
    for bad in ({"points": -1}, {"max_events": 0}):
        with pytest.raises(ConfigError, match="write 0 to"):
            Subject(paths=[market], strategy="ema_cross", **bad).load()  # type: ignore[arg-type]
    loaded = Subject(paths=[market], strategy="ema_cross", params={"band_ppm": 1}).load()
    loaded.check(["fast_period"])
    with pytest.raises(ConfigError, match="did you mean 'fast_period'"):
        loaded.check(["fast_periods"])
    with pytest.raises(ConfigError, match="swept and given"):
        loaded.check(["band_ppm"])
