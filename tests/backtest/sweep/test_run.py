"""Sweeps that are interrupted go on without loss, and never with other data, code or sets."""

from pathlib import Path
from typing import Any

import pytest
from sweep_support import SPACE, figures

from tickpath.backtest.sweep import Optuna, Random, Range, SweepResult, sweep
from tickpath.backtest.sweep.rows import Row
from tickpath.backtest.sweep.space import space_of
from tickpath.core.errors import ConfigError

RANGES = space_of({"x": Range(1, 50), "y": Range(0.0, 1.0), "name": ["a", "b"]})


def once(folder: Path | None = None, space: Any = SPACE, **more: Any) -> SweepResult:
    return sweep(figures, space, executor="thread", workers=2, folder=folder, **more)


class StopAfter:
    """Ctrl-C when so many rows are there."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def __call__(self, done: int, total: int) -> None:
        if done == self.rows:
            raise KeyboardInterrupt


@pytest.mark.parametrize("after", [1, 5, 12])
def test_ctrl_c_keeps_rows_and_the_rest_follows(after: int, tmp_path: Path) -> None:
    stopped = once(tmp_path, progress=StopAfter(after))
    assert stopped.interrupted
    assert len(stopped.rows) >= after
    calls: list[int] = []
    whole = once(tmp_path, resume=True, progress=lambda done, total: calls.append(done))
    assert whole.hash == once().hash
    assert whole.resumed >= after
    assert calls == list(range(1, 13))
    again = once(tmp_path, resume=True)
    assert (again.resumed, again.chunks, again.hash) == (12, 0, whole.hash)


def test_a_torn_row_runs_again(tmp_path: Path) -> None:
    whole = once(tmp_path)
    log = tmp_path / "rows.log"
    log.write_bytes(log.read_bytes()[:-7])
    again = once(tmp_path, resume=True)
    assert (again.resumed, again.damaged, again.hash) == (11, 1, whole.hash)


def test_other_sets_and_other_code_are_refused(tmp_path: Path) -> None:
    once(tmp_path)
    with pytest.raises(ConfigError, match="space was"):
        once(tmp_path, {**SPACE, "x": [3, 1]}, resume=True)
    with pytest.raises(ConfigError, match="function was"):
        sweep(len, SPACE, executor="thread", workers=1, folder=tmp_path, resume=True)
    with pytest.raises(ConfigError, match="holds a sweep already"):
        once(tmp_path)
    with pytest.raises(ConfigError, match="holds no sweep"):
        once(tmp_path / "none", resume=True)
    with pytest.raises(ConfigError, match="give the folder"):
        once(resume=True)


def largest_x(row: Row) -> float:
    return float(row.params["x"])


@pytest.mark.parametrize("kind", ["random", "optuna"])
def test_samplers_give_the_same_rows_on_any_number_of_workers(kind: str, tmp_path: Path) -> None:
    def sampler() -> Any:
        if kind == "random":
            return Random(RANGES, 20, seed=5)
        return Optuna(RANGES, 20, largest_x, seed=5, batch_size=5)

    hashes = {sweep(figures, sampler(), executor="thread", workers=n).hash for n in (1, 3)}
    assert len(hashes) == 1
    assert once(tmp_path, sampler(), progress=StopAfter(8)).interrupted
    whole = once(tmp_path, sampler(), resume=True)
    assert {whole.hash} == hashes
    assert whole.resumed >= 8


def windows(params: Any) -> Any:
    return params["x"] * 10 + params["window"]


def test_windows_change_fastest() -> None:
    found = sweep(windows, {"x": [1, 2]}, executor="thread", workers=1, windows=3)
    assert [r.figures["value"] for r in found.rows] == [10, 11, 12, 20, 21, 22]
    assert [r.window for r in found.rows] == [0, 1, 2] * 2
    assert all("window" not in r.params for r in found.rows)


@pytest.mark.parametrize("bad", [{"timeout_s": 0}, {"retries": -1}, {"chunk_s": 0}])
def test_numbers_that_make_no_sense(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        once(**bad)


def test_how_much_of_the_time_was_work() -> None:
    found = once()
    assert found.efficiency is not None
    assert 0 < found.efficiency <= 1
    assert found.work_s == sum(r.seconds for r in found.rows)
