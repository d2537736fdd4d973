"""A job on a worker: whatever it does, there is one row, and the next job is not touched."""

import threading
import time

import numpy as np
import pytest
from sweep_support import misbehave

from tickpath.backtest.sweep.rows import Job, Row
from tickpath.backtest.sweep.worker import WATCH, JobTimeout, guarded, run_jobs


def run(*what: object, timeout_s: float | None = 20.0) -> list[Row]:
    jobs = [Job(k, {"what": w}) for k, w in enumerate(what)]  # type: ignore[dict-item]
    return run_jobs(misbehave, jobs, timeout_s)


def test_errors_become_rows() -> None:
    rows = run(1, "raise", "exit", "object", 5)
    assert [r.error for r in rows] == [
        "", "ValueError: a bad set", "SystemExit: 3",
        "TypeError: figure 'value' is a object: return numbers, texts or lists", "",
    ]  # fmt: skip
    assert [r.figures for r in rows] == [{"value": 1}, {}, {}, {}, {"value": 5}]
    assert all(r.seconds >= 0 and r.rss_mib > 1 for r in rows)


def test_a_loop_is_ended_and_the_next_job_runs() -> None:
    rows = run("loop", 7, timeout_s=0.05)
    assert rows[0].error == "no result within 0.05 s"
    assert rows[1].figures == {"value": 7}
    assert 0.05 <= rows[0].seconds < 5


def test_a_late_job_that_swallows_the_end_is_late_all_the_same() -> None:
    def stubborn() -> int:
        try:
            while True:
                pass
        except JobTimeout:
            return 5

    assert guarded(stubborn, 0.02) == (None, "no result within 0.02 s")
    assert guarded(lambda: 5, 10.0) == ({"value": 5}, "")


def test_threads_have_their_own_time() -> None:
    found: dict[int, list[Row]] = {}

    def work(k: int) -> None:
        found[k] = run("loop", k, timeout_s=0.05 * (k + 1))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(20)
    assert [found[k][1].figures["value"] for k in range(3)] == [0, 1, 2]
    assert not WATCH.deadlines
    assert not WATCH.fired & {t.ident for t in threads}


def test_an_end_that_comes_too_late_does_not_hit_the_next_job() -> None:
    for k in range(200):
        started = time.perf_counter()

        def spin(until: float = started + 0.001) -> int:
            while time.perf_counter() < until:
                pass
            return 1

        value, error = guarded(spin, 0.001)
        assert (value is None) == (error != ""), k
    assert guarded(lambda: sum(range(1000)), None)[0] == {"value": 499500}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.int64(3), 3), (np.float64(0.5), 0.5), (np.arange(3), [0, 1, 2]), (True, True),
        (None, None), ("x", "x"), ((1, 2.5), [1, 2.5]),
    ],
)  # fmt: skip
def test_figures_are_plain(given: object, kept: object) -> None:
    value, error = guarded(lambda: {"f": given}, None)
    assert error == ""
    assert value == {"f": kept}
    assert type(value["f"]) is type(kept)
