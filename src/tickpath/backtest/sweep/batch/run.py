"""Jobs of a sweep as one batch: the stream once, then all sets along it.

A set that leaves what is covered while it runs is run by the engine instead, so that every row is
exact whichever way it came.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from tickpath.backtest.sweep.backtest_job import BacktestJob, figures_of, with_params
from tickpath.backtest.sweep.batch import cover
from tickpath.backtest.sweep.batch.figures import equity_of, result_of
from tickpath.backtest.sweep.batch.stream import tape_of
from tickpath.backtest.sweep.rows import Job, Row
from tickpath.backtest.sweep.shared_recording import open_shared
from tickpath.backtest.sweep.worker import error_text, resident_mib, run_job
from tickpath.core.config import Config
from tickpath.core.config_json import config_from_json
from tickpath.core.errors import ConfigError
from tickpath.devices.gpu.port import Port
from tickpath.devices.gpu.sweep import LEFT, Figures
from tickpath.hot.strategy.discover import find

GROUP_SETS: Final = 256
"""Sets whose rows are held at once: 32 MiB of room for their orders."""
ORDER_ROWS: Final = 4096


class SetBatch:
    """All jobs of one sweep. Raises ConfigError for what is not covered, and what a backtest of
    the recording raises. `threads` are of the CPU; with a `port` the kernel runs there. `left`
    counts the sets that the engine ran, by the reason."""

    def __init__(self, job: BacktestJob, threads: int = 1, port: Port | None = None) -> None:
        if job.windows:
            raise ConfigError(
                "executor batch does not cover parts of a recording (--walk-forward, --cv): "
                f"{cover.INSTEAD}"
            )
        self.job, self.threads, self.port = job, threads, port
        self.config: Config = config_from_json(job.config)
        cover.check(self.config)
        self.recording = open_shared(job.recording, job.recording_hash)
        cover.check_recording(self.config, self.recording)
        declaration = find(self.config.strategies[0].name)
        tape = tape_of(
            self.config,
            self.recording,
            features=cover.features_of(declaration),
            max_events=job.max_events,
        )
        self.tape = cover.votes_of(declaration, tape)
        cover.check_tape(self.config, self.tape)
        self.plan = cover.plan_of(self.config, self.tape, ORDER_ROWS, 0)
        self.left: Counter[str] = Counter()

    def rows(self, jobs: Sequence[Job], timeout_s: float | None = None) -> list[Row]:
        """A row for every job, in order. `timeout_s` is for those that the engine runs."""
        found: list[Row] = []
        for first in range(0, len(jobs), GROUP_SETS):
            found += self.group(jobs[first : first + GROUP_SETS], timeout_s)
        return found

    def group(self, jobs: Sequence[Job], timeout_s: float | None) -> list[Row]:
        """The rows of jobs that are held at once."""
        begun = time.perf_counter()
        rows: dict[int, Row] = {}
        taken: list[tuple[Job, Config, Any]] = []
        for job in jobs:
            try:
                config = with_params(self.config, job.params)
                one = cover.set_of(cover.entry_of(config))
            except Exception as error:  # as a backtest of these parameters would end
                rows[job.index] = Row(job.index, dict(job.params), error=error_text(error))
                continue
            if outsize := cover.outsize(self.plan, one, self.tape):
                rows[job.index] = self.by_engine(job, outsize, timeout_s)
            else:
                taken.append((job, config, one))
        if taken:
            self.walk(taken, rows, timeout_s)
        seconds = round((time.perf_counter() - begun) / len(jobs), 6)
        rss_mib = round(resident_mib(), 2)
        ordered = [rows[job.index] for job in jobs]
        return [r if r.seconds else replace(r, seconds=seconds, rss_mib=rss_mib) for r in ordered]

    def walk(
        self,
        taken: Sequence[tuple[Job, Config, Any]],
        rows: dict[int, Row],
        timeout_s: float | None,
    ) -> None:
        """All sets along the stream; those that leave it by the engine."""
        sets = np.array([one for _, _, one in taken])
        figures = cover.figures_for(
            self.config, self.tape, self.plan, sets, self.port, self.threads
        )
        for k, (job, config, _) in enumerate(taken):
            left = int(figures.results["left"][k])
            if left:
                rows[job.index] = self.by_engine(job, LEFT[left], timeout_s)
            else:
                rows[job.index] = self.row(job, config, figures, k)

    def row(self, job: Job, config: Config, figures: Figures, k: int) -> Row:
        """The row of set k, as `BacktestJob` makes it of a run."""
        result = result_of(config, self.tape, figures, k)
        found = figures_of(result) | {"state_hash": None}
        if self.job.points:
            before = config.balance_units(config.instruments[0].settle)
            times, equity = equity_of(self.tape, figures, k)
            found |= self.job.series(self.recording.t_ns, None, times, equity, before)
        return Row(job.index, dict(job.params), figures=found)

    def by_engine(self, job: Job, why: str, timeout_s: float | None) -> Row:
        """A set that is not covered."""
        self.left[why] += 1
        return run_job(self.job, job, timeout_s)
