"""Runs the jobs of a sweep on an executor: sizes chunks, retries what a dead worker took along.

A chunk is made so long that handing it over costs little beside it, from the mean length of the
jobs so far; the last ones are shared out evenly. When a worker dies, the job it was at is tried
again a bounded number of times and then gets a row that says so; the others of the chunk just run
again. Where it is not known which job it was, each runs alone the next time.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final

from tickpath.backtest.sweep.executors import Chunk, Executor, Report
from tickpath.backtest.sweep.rows import Job, Row

CHUNK_S: Final = 0.1
CHUNK_JOBS_MAX: Final = 1024
RETRIES: Final = 2
POLL_S: Final = 1.0
WEIGHT: Final = 0.3
"""Of the newest chunk in the mean length of a job."""


class Pacer:
    """How many jobs make a chunk of at least `chunk_s` seconds."""

    def __init__(self, chunk_s: float, slots: int) -> None:
        self.chunk_s, self.slots = chunk_s, slots
        self.job_s = 0.0

    def learn(self, rows: Sequence[Row]) -> None:
        """Lengths of finished jobs."""
        if not rows:
            return
        mean = sum(r.seconds for r in rows) / len(rows)
        self.job_s = mean if self.job_s == 0.0 else self.job_s + WEIGHT * (mean - self.job_s)

    def jobs(self, left: int) -> int:
        """Jobs of the next chunk while `left` are waiting: one until a length is known."""
        if self.job_s == 0.0:
            return 1
        wanted = min(-(-self.chunk_s // self.job_s), CHUNK_JOBS_MAX)
        return max(1, min(int(wanted), -(-left // self.slots)))


class Driver:
    """`found(row)` is called once for each job, in the order of arrival; `rest()` whenever workers
    are busy and there is nothing else to do."""

    def __init__(
        self,
        executor: Executor,
        found: Callable[[Row], None],
        rest: Callable[[], None],
        *,
        chunk_s: float = CHUNK_S,
        retries: int = RETRIES,
    ) -> None:
        self.executor, self.found, self.rest = executor, found, rest
        self.retries = retries
        self.pacer = Pacer(chunk_s, executor.slots)
        self.again: deque[tuple[Job, ...]] = deque()
        self.attempts: dict[int, int] = {}
        self.chunks = 0
        self.lost = 0
        self.open = 0

    def run(self, jobs: Sequence[Job]) -> None:
        """Until every job has its row."""
        waiting, left = iter(jobs), len(jobs)
        while True:
            while self.open < self.executor.slots:
                chosen = self.next_jobs(waiting, left)
                left -= len(chosen)
                if not chosen and not self.again:
                    break
                self.submit(chosen or self.again.popleft())
            if self.open == 0:
                return
            self.rest()
            for report in self.executor.wait(POLL_S):
                self.open -= 1
                self.take(report)

    def next_jobs(self, waiting: Iterator[Job], left: int) -> tuple[Job, ...]:
        """Those of the next chunk; empty when jobs that are to run again come first."""
        if self.again or left <= 0:
            return ()
        return tuple(islice(waiting, self.pacer.jobs(left)))

    def submit(self, jobs: tuple[Job, ...]) -> None:
        self.executor.submit(Chunk(self.chunks, jobs))
        self.chunks += 1
        self.open += 1

    def take(self, report: Report) -> None:
        self.pacer.learn(report.rows)
        for row in report.rows:
            self.keep(row)
        if report.lost:
            self.lost += 1
            self.repeat(report)

    def keep(self, row: Row) -> None:
        tries = self.attempts.pop(row.index, 0)
        if tries:
            row = Row(
                row.index, row.params, row.window, row.figures, row.error, row.seconds,
                row.rss_mib, tries + 1,
            )  # fmt: skip
        self.found(row)

    def repeat(self, report: Report) -> None:
        """Jobs of a lost chunk run again, but for one that has had its tries."""
        jobs = report.chunk.jobs
        if report.blameless:
            self.again.append(jobs)
            return
        suspects = [j for j in jobs if j.index == report.suspect]
        suspect = suspects[0] if suspects else jobs[0] if len(jobs) == 1 else None
        if suspect is None:
            self.again.extend((job,) for job in jobs)
            return
        rest = tuple(job for job in jobs if job is not suspect)
        if rest:
            self.again.append(rest)
        tries = self.attempts[suspect.index] = self.attempts.get(suspect.index, 0) + 1
        if report.late or tries > self.retries:
            self.give_up(suspect, report, tries)
        else:
            self.again.append((suspect,))

    def give_up(self, job: Job, report: Report, tries: int) -> None:
        del self.attempts[job.index]
        late = report.late
        error = report.lost if late else f"{report.lost}, {tries} times: it ends its worker"
        self.found(Row(job.index, dict(job.params), job.window, {}, error, attempts=tries))
