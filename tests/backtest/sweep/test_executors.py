"""Executors: the same rows on each; what hangs or dies costs its own row only."""

import signal
import socket
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sweep_support import SPACE, DiesOnce, figures, misbehave

from tickpath.backtest.sweep import SweepResult, sweep
from tickpath.backtest.sweep.executors import Setup, open_executor, processes, reach, threads
from tickpath.backtest.sweep.executors.processes import ending
from tickpath.core.errors import BackendError, ConfigError

CLUSTERS = {"ray": "ray", "dask": "distributed"}
"""Executor and the package that it needs."""


def need(executor: str) -> str:
    """The executor, or a skip that says what is missing."""
    package = CLUSTERS.get(executor)
    if package is not None and find_spec(package) is None:
        pytest.skip(f"{package} is not installed: pip install tickpath[{executor}]")
    return executor


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that hangs is killed soon."""
    monkeypatch.setattr(processes, "HARD_GRACE_S", 0.1)
    monkeypatch.setattr(threads, "HARD_GRACE_S", 0.1)


@pytest.fixture(scope="module")
def truth() -> SweepResult:
    """The rows as one thread makes them."""
    return sweep(figures, SPACE, executor="thread", workers=1)


def test_rows_are_what_the_function_says(truth: SweepResult) -> None:
    assert len(truth.rows) == truth.total == 12
    assert truth.rows[5].params == {"x": 1, "y": 0.5, "name": "b"}
    assert truth.rows[5].figures == {"sum": 1.5, "text": "b1", "list": [1, 2]}
    assert not truth.failed


@pytest.mark.parametrize(("executor", "workers"), [("thread", 3), ("process", 1), ("process", 2)])
def test_every_executor_gives_the_same_hash(
    executor: str, workers: int, truth: SweepResult
) -> None:
    found = sweep(figures, SPACE, executor=executor, workers=workers)
    assert found.hash == truth.hash
    assert found.workers == workers


@pytest.mark.slow
@pytest.mark.parametrize("executor", CLUSTERS)
def test_a_cluster_gives_the_same_hash_and_survives_a_dead_worker(
    executor: str, truth: SweepResult, tmp_path: Path
) -> None:
    """One cluster serves both sweeps: it is what takes the time."""
    for opened in cluster(need(executor)):
        found = sweep(figures, SPACE, executor=executor, workers=1, **opened)
        assert found.hash == truth.hash
        dies = DiesOnce(tmp_path / "mark")
        rows = sweep(dies, {"x": [1, 2, 3]}, executor=executor, workers=1, **opened).rows
        assert [r.figures.get("value") for r in rows] == [1, 2, 3]
        assert rows[1].attempts == 2
        what = {"what": ["raise", 1, "loop"]}
        limited = sweep(misbehave, what, executor=executor, workers=1, timeout_s=0.3, **opened)
        errors = [r.error for r in limited.rows]
        assert errors == ["ValueError: a bad set", "", "no result within 0.3 s"]


def cluster(executor: str) -> Iterator[Mapping[str, Any]]:
    """What a sweep needs to use one cluster of ours that stays open."""
    if executor == "ray":
        made = open_executor("ray", Setup(function=figures, workers=1))
        yield {}
        made.close()
        return
    import dask
    import distributed

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50
        ) as local,
    ):
        yield {"address": local.scheduler_address}


def test_bad_jobs_cost_their_own_rows() -> None:
    what = ["raise", 1, "die", 2, "hang", 3, "loop", 4, "object", 5]
    found = sweep(
        misbehave, {"what": what}, executor="process", workers=2, timeout_s=0.3, retries=1
    )
    errors = {r.params["what"]: r.error for r in found.rows}
    assert [errors[k] for k in (1, 2, 3, 4, 5)] == [""] * 5
    assert errors["hang"] == errors["loop"] == "no result within 0.3 s"
    assert errors["die"] == "the worker was killed by SIGKILL, 2 times: it ends its worker"
    assert errors["raise"] == "ValueError: a bad set"
    assert found.lost >= 3


def test_a_worker_that_dies_once_loses_nothing(tmp_path: Path) -> None:
    dies = DiesOnce(tmp_path / "mark")
    found = sweep(dies, {"x": list(range(8))}, executor="process", workers=2, chunk_s=5)
    assert [r.figures["value"] for r in found.rows] == list(range(8))
    assert found.lost == 1
    assert found.rows[2].attempts == 2


def test_a_thread_that_hangs_is_left_behind() -> None:
    what = {"what": [1, "hang", 2, "loop", 3]}
    found = sweep(misbehave, what, executor="thread", workers=1, timeout_s=0.05)
    assert [bool(r.error) for r in found.rows] == [False, True, False, True, False]


def test_workers_that_die_without_end_stop_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "DEATHS_MAX", 1)
    with pytest.raises(BackendError, match="SIGKILL; is there enough memory"):
        sweep(misbehave, {"what": ["die"]}, executor="process", workers=1, retries=5)


def test_mistakes_are_told() -> None:
    for executor, words in (("gpu", "choose thread"), ("process", "cannot be sent")):
        with pytest.raises(ConfigError, match=words):
            sweep(lambda p: 1, {"x": [1]}, executor=executor, workers=1)
    with pytest.raises(ConfigError, match="cannot load the function"):
        sweep(partial(Unloadable()), {"x": [1]}, executor="process", workers=1)
    with pytest.raises(ConfigError, match="no address"):
        open_executor("thread", Setup(function=figures, workers=1, address="x"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
        for form in (place, f"tcp://{place}", "auto"):
            reach(form)
    for form in (place, f"ray://{place}", "127.0.0.1:99999"):
        with pytest.raises(ConfigError, match="no cluster answers"):
            reach(form)
    with pytest.raises(ConfigError, match="0 workers"):
        open_executor("thread", Setup(function=figures, workers=0))
    assert ending(3) == "the worker exited with code 3"
    assert ending(-signal.SIGSEGV) == "the worker was killed by SIGSEGV"


class Unloadable:
    """Can be packed, cannot be unpacked."""

    def __call__(self, params: object) -> int:
        return 1

    def __reduce__(self) -> Any:
        return (int, ("no number",))
