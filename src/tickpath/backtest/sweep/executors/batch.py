"""A batch: many parameter sets along one stream, on threads of this process.

Sets that the batch does not cover are run by the engine, one by one, in the same place. Worst
case: all of them are, which is one worker without parallelism.
"""

from tickpath.backtest.sweep.backtest_job import BacktestJob
from tickpath.backtest.sweep.batch.run import SetBatch
from tickpath.backtest.sweep.executors import Chunk, Report, Setup
from tickpath.core.errors import ConfigError


class Batch:
    """`workers` threads walk the sets of a chunk. The stream is made when the first chunk comes."""

    slots = 1

    def __init__(self, setup: Setup) -> None:
        if not isinstance(setup.function, BacktestJob):
            raise ConfigError("executor batch runs backtests only: take process or thread")
        self.setup = setup
        self.batch = SetBatch(setup.function, setup.workers)
        self.done: list[Report] = []

    def submit(self, chunk: Chunk) -> None:
        rows = self.batch.rows(chunk.jobs, self.setup.timeout_s)
        self.done.append(Report(chunk, rows))

    def wait(self, timeout_s: float) -> list[Report]:
        reports, self.done = self.done, []
        return reports

    def close(self) -> None:
        """Nothing is under way between two calls."""
