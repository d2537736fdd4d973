"""The driver: chunks long enough, every job one row, whatever happens to the workers."""

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.backtest.sweep.driver import CHUNK_JOBS_MAX, Driver, Pacer
from tickpath.backtest.sweep.executors import Chunk, Report
from tickpath.backtest.sweep.rows import Job, Row


class Scripted:
    """An executor in the test's hands: `ends` says of each chunk whether its worker dies (and at
    which of its jobs, or unknown), else it returns its rows. Chunks come back in any order."""

    def __init__(self, slots: int, ends: list[int], deadly: set[int], job_s: float) -> None:
        self.slots, self.deadly, self.job_s = slots, deadly, job_s
        self.ends = deque(ends)
        self.open: list[Chunk] = []
        self.sizes: list[int] = []
        self.runs: dict[int, int] = {}

    def submit(self, chunk: Chunk) -> None:
        assert len(self.open) < self.slots
        assert chunk.jobs
        self.open.append(chunk)
        self.sizes.append(len(chunk.jobs))
        for job in chunk.jobs:
            self.runs[job.index] = self.runs.get(job.index, 0) + 1

    def wait(self, timeout_s: float) -> list[Report]:
        end = self.ends.popleft() if self.ends else 0
        chunk = self.open.pop(end % len(self.open))
        killer = next((j.index for j in chunk.jobs if j.index in self.deadly), None)
        if killer is not None:
            return [Report(chunk, (), "died", killer if end % 2 else -1)]
        if end % 5 == 4:
            return [Report(chunk, (), "died", -1)]
        return [Report(chunk, [Row(j.index, {}, seconds=self.job_s) for j in chunk.jobs])]

    def close(self) -> None:
        self.open.clear()


@settings(max_examples=80)
@given(
    count=st.integers(0, 60), slots=st.integers(1, 5), ends=st.lists(st.integers(0, 50)),
    deadly=st.sets(st.integers(0, 60), max_size=3), job_s=st.sampled_from([1e-4, 0.02, 0.5]),
    retries=st.integers(0, 2),
)  # fmt: skip
def test_every_job_has_one_row(
    count: int, slots: int, ends: list[int], deadly: set[int], job_s: float, retries: int
) -> None:
    executor = Scripted(slots, ends, deadly, job_s)
    rows: list[Row] = []
    driver = Driver(executor, rows.append, lambda: None, retries=retries)
    driver.run([Job(k, {}) for k in range(count)])
    assert sorted(r.index for r in rows) == list(range(count))
    failed = {r.index for r in rows if r.error}
    assert failed >= {d for d in deadly if d < count}
    assert all(executor.runs[k] <= 2 + retries + len(ends) for k in executor.runs)
    if not ends:
        assert failed == {d for d in deadly if d < count}
        assert all(r.attempts == retries + 1 for r in rows if r.error)


def test_a_death_is_counted_for_its_job_alone() -> None:
    executor = Scripted(1, [], {7}, 0.001)
    rows: list[Row] = []
    driver = Driver(executor, rows.append, lambda: None, retries=1)
    driver.run([Job(k, {"k": k}) for k in range(20)])
    (failed,) = [r for r in rows if r.error]
    assert (failed.index, failed.params, failed.attempts) == (7, {"k": 7}, 2)
    assert failed.error == "died, 2 times: it ends its worker"


def test_chunks_are_long_enough_and_shared_out_at_the_end() -> None:
    executor = Scripted(2, [], set(), 0.004)
    Driver(executor, lambda row: None, lambda: None, chunk_s=0.1).run(
        [Job(k, {}) for k in range(1000)]
    )
    assert executor.sizes[0] == 1  # nothing is known yet
    assert set(executor.sizes[3:30]) <= {25, 26}  # 25 jobs of 4 ms, or one more by rounding
    assert executor.sizes[-1] < 25
    assert sum(executor.sizes) == 1000


def test_the_pacer_has_bounds() -> None:
    pacer = Pacer(0.1, 2)
    pacer.learn([])
    assert pacer.jobs(100) == 1
    pacer.learn([Row(0, {}, seconds=1e-9)])
    assert pacer.jobs(10**6) == CHUNK_JOBS_MAX
    assert pacer.jobs(3) == 2
    for _ in range(50):
        pacer.learn([Row(0, {}, seconds=5.0)])
    assert pacer.jobs(10**6) == 1
