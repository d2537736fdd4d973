"""A sweep from Python: a function, a space of parameters, an executor; out come rows.

    from tickpath.backtest.sweep import sweep

    result = sweep(my_function, {"x": [1, 2, 3], "y": [10, 20]}, executor="process", workers=2)
    result.table()                      # pyarrow.Table
    result.hash                         # the same on every executor

The function takes the parameters as a mapping and returns a number or a mapping of figures. With a
`folder`, rows are kept on disk as they arrive and an interrupted sweep goes on with `resume=True`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tickpath.backtest.sweep.driver import CHUNK_S, RETRIES, Driver
from tickpath.backtest.sweep.executors import Executor, Setup, check_executor, cpus, open_executor
from tickpath.backtest.sweep.identity import function_hash
from tickpath.backtest.sweep.row_log import Found, RowLog, read_log
from tickpath.backtest.sweep.rows import Job, Row, result_hash
from tickpath.backtest.sweep.samplers import Grid, Params, Sampler
from tickpath.backtest.sweep.space import canonical, digest, space_of
from tickpath.backtest.sweep.worker import Function
from tickpath.core.errors import ConfigError

LOG_NAME: Final = "rows.log"
Progress = Callable[[int, int], None]


@dataclass(kw_only=True, slots=True)
class SweepResult:
    """Rows in order of their index, failed ones with their error included. `resumed` of them were
    on disk already; `damaged` lines there were not readable and ran again; `lost` chunks went with
    their worker. `work_s` is the time spent inside jobs, `wall_s` that of the sweep."""

    rows: list[Row]
    total: int
    executor: str
    workers: int
    wall_s: float
    interrupted: bool = False
    resumed: int = 0
    damaged: int = 0
    lost: int = 0
    chunks: int = 0
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        self.rows.sort(key=lambda row: row.index)
        self.hash = result_hash(self.rows)

    @property
    def good(self) -> list[Row]:
        """Rows with figures."""
        return [row for row in self.rows if not row.error]

    @property
    def failed(self) -> list[Row]:
        """Rows with an error."""
        return [row for row in self.rows if row.error]

    @property
    def work_s(self) -> float:
        return sum(row.seconds for row in self.rows)

    @property
    def efficiency(self) -> float | None:
        """Share of the workers' time that was spent inside jobs; None for a resumed sweep."""
        if self.resumed or self.wall_s <= 0:
            return None
        return self.work_s / (self.wall_s * self.workers)

    def table(self) -> Any:
        """The rows as a pyarrow.Table, see `sweep.table`."""
        from tickpath.backtest.sweep.table import table_of

        return table_of(self.rows)


class Collector:
    """Rows as they arrive: kept in memory and, with a folder, on disk."""

    def __init__(self, total: int, log: RowLog | None, found: Found, progress: Progress) -> None:
        self.total, self.log, self.progress = total, log, progress
        self.stored = dict(found.rows)
        self.rows: dict[int, Row] = {}
        self.resumed = 0

    def add(self, row: Row) -> None:
        """A row from a worker."""
        self.rows[row.index] = row
        if self.log is not None:
            self.log.append(row)
        self.progress(len(self.rows), self.total)

    def restore(self, job: Job) -> bool:
        """Whether the row of a job is there from before."""
        row = self.stored.get(job.index)
        if row is None or row.params != job.params or row.window != job.window:
            return False
        self.rows[row.index] = row
        self.resumed += 1
        self.progress(len(self.rows), self.total)
        return True

    def forget_failed(self) -> None:
        """Jobs that failed before run again."""
        self.stored = {k: row for k, row in self.stored.items() if not row.error}

    def sync(self) -> None:
        if self.log is not None:
            self.log.sync()


def jobs_of(sets: Sequence[Params], first: int, windows: int) -> list[Job]:
    """Each set on each window, windows changing fastest; windows 0: once on everything."""
    if windows == 0:
        return [Job(first + k, params) for k, params in enumerate(sets)]
    return [
        Job((first + k) * windows + w, params, w)
        for k, params in enumerate(sets)
        for w in range(windows)
    ]


def open_log(
    folder: Path | None, identity: Mapping[str, Any], resume: bool
) -> tuple[RowLog | None, Found]:
    """The log to write to and what it holds already."""
    nothing = Found({}, 0, 0)
    if folder is None:
        if resume:
            raise ConfigError("resume: give the folder of the sweep that is to go on")
        return None, nothing
    path = folder / LOG_NAME
    if not resume:
        return RowLog(path, identity), nothing
    if not path.exists():
        raise ConfigError(f"{folder}: holds no sweep ({LOG_NAME} is not there): nothing to go on")
    found = read_log(path, identity)
    return RowLog(path, identity, found.whole_bytes), found


def sweep(
    function: Function,
    space: Mapping[str, Any] | Sampler,
    *,
    executor: str = "process",
    workers: int | None = None,
    windows: int = 0,
    folder: Path | str | None = None,
    resume: bool = False,
    retry_failed: bool = False,
    identity: Mapping[str, Any] | None = None,
    timeout_s: float | None = None,
    retries: int = RETRIES,
    chunk_s: float = CHUNK_S,
    address: str | None = None,
    progress: Progress = lambda done, total: None,
) -> SweepResult:
    """Call `function(params)` for every set of `space` (a grid; or a sampler, such as `Random`).

    With `windows` n it is called n times a set, with `window` 0 to n - 1 among the parameters. A
    call that raises or takes more than `timeout_s` gives a failed row; one that ends its worker is
    tried `retries` times more. Chunks of calls are made about `chunk_s` long. `identity` says what
    a resumed sweep must share with its beginning, beside the sets: the function's source unless
    given; with `retry_failed` it runs failed jobs again. Ctrl-C ends it early, with `interrupted`
    and the rows so far.

    Raises ConfigError for what cannot work, BackendError when workers die without end.
    """
    sampler = Grid(space_of(space)) if isinstance(space, Mapping) else space
    if retries < 0 or chunk_s <= 0:
        raise ConfigError(f"retries {retries}, chunk {chunk_s} s: write 0 or more, and above 0")
    count = cpus() if workers is None else workers
    setup = Setup(function=function, workers=count, timeout_s=timeout_s, address=address)
    check_executor(executor, setup)
    known = {"space": digest(canonical([sampler.describe(), windows]))}
    known |= {"function": function_hash(function)} if identity is None else dict(identity)
    log, found = open_log(None if folder is None else Path(folder), known, resume)
    collector = Collector(sampler.total * max(windows, 1), log, found, progress)
    if retry_failed:
        collector.forget_failed()
    start = time.perf_counter()
    drivers: list[Driver] = []

    def open_driver() -> Driver:
        """Workers start when the first job is there for them."""
        if not drivers:
            made = open_executor(executor, setup)
            drivers.append(
                Driver(made, collector.add, collector.sync, chunk_s=chunk_s, retries=retries)
            )
        return drivers[0]

    interrupted = False
    try:
        run_batches(sampler, windows, collector, open_driver)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        close(drivers[0].executor if drivers else None, log)
    return SweepResult(
        rows=list(collector.rows.values()), total=collector.total, executor=executor,
        workers=count, wall_s=time.perf_counter() - start, interrupted=interrupted,
        resumed=collector.resumed, damaged=found.damaged,
        lost=sum(d.lost for d in drivers), chunks=sum(d.chunks for d in drivers),
    )  # fmt: skip


def run_batches(
    sampler: Sampler, windows: int, collector: Collector, open_driver: Callable[[], Driver]
) -> None:
    """Batch after batch: restore what is on disk, run the rest, tell the sampler."""
    rows: list[Row] = []
    first = 0
    while sets := sampler.batch(rows):
        jobs = jobs_of(sets, first, windows)
        missing = [job for job in jobs if not collector.restore(job)]
        if missing:
            open_driver().run(missing)
            collector.sync()
        rows = [collector.rows[job.index] for job in jobs]
        first += len(sets)


def close(executor: Executor | None, log: RowLog | None) -> None:
    """The log first: what is on disk must not wait for workers that end."""
    if log is not None:
        log.close()
    if executor is not None:
        executor.close()
