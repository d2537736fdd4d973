"""Tasks of a Ray cluster: one that runs already (`address`), or one started here for this sweep.

A task costs Ray a few milliseconds, so two chunks a worker are under way. Tries are counted by the
sweep and not by Ray. The swept function, and a recording's cache file, must be readable under the
same path on every node.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tickpath.backtest.sweep.executors import AHEAD, Chunk, Report, Setup, overdue, reach
from tickpath.backtest.sweep.worker import run_jobs, timeout_text
from tickpath.core.errors import ConfigError

STORE_BYTES: Final = 128 * 2**20
"""Object store of a cluster started here: rows are small."""


QUIET: Final = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""No statistics leave the host, and no warning about accelerators that nobody asked for."""


def import_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise ConfigError(f"Ray is not installed ({error}): pip install tickpath[ray]") from error
    return ray


class RayCluster:
    """`workers` tasks at once, each with one processor. A Ray that this process is connected to is
    used and left running."""

    def __init__(self, setup: Setup) -> None:
        self.ray = import_ray()
        self.setup = setup
        self.slots = setup.workers * AHEAD
        self.owned = not self.ray.is_initialized()
        if self.owned:
            self.begin()
        self.function = self.ray.put(setup.function)
        self.task = self.ray.remote(max_retries=0, num_cpus=1)(run_jobs)
        self.open: dict[Any, tuple[Chunk, float]] = {}

    def begin(self) -> None:
        """Connect, or start a cluster whose workers import what this process can."""
        common = {"log_to_driver": False, "logging_level": "ERROR"}
        try:
            if self.setup.address is not None:
                reach(self.setup.address)
                self.ray.init(address=self.setup.address, **common)
                return
            with environment(PYTHONPATH=os.pathsep.join(p for p in sys.path if p), **QUIET):
                self.ray.init(
                    address="local",
                    num_cpus=self.setup.workers,
                    include_dashboard=False,
                    object_store_memory=STORE_BYTES,
                    **common,
                )
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise ConfigError(f"Ray cannot be used: {one_line(error)}") from error

    def submit(self, chunk: Chunk) -> None:
        future = self.task.remote(self.function, chunk.jobs, self.setup.timeout_s)
        self.open[future] = (chunk, time.monotonic())

    def wait(self, timeout_s: float) -> list[Report]:
        done, _ = self.ray.wait(list(self.open), num_returns=1, timeout=timeout_s)
        more, _ = self.ray.wait(list(self.open), num_returns=len(self.open), timeout=0)
        found = []
        for future in dict.fromkeys([*done, *more]):
            chunk, _ = self.open.pop(future)
            try:
                found.append(Report(chunk, self.ray.get(future)))
            except self.ray.exceptions.RayTaskError as error:
                self.fail(error)
            except self.ray.exceptions.RayError as error:
                found.append(Report(chunk, (), one_line(error)))
        return found + self.overdue()

    def fail(self, error: Exception) -> None:
        """Jobs do not raise, so what a task raises is about the function itself."""
        raise ConfigError(
            f"a Ray worker cannot run the function ({one_line(error.__cause__ or error)}): define "
            "it in a module that every node can import"
        ) from error

    def overdue(self) -> list[Report]:
        """The oldest chunk that cannot come back in time any more is cancelled. The others may have
        waited for it: their time begins anew."""
        limit = self.setup.timeout_s
        for future, (chunk, begun) in self.open.items():
            if not overdue(chunk, begun, limit):
                continue
            assert limit is not None
            self.ray.cancel(future, force=True)
            del self.open[future]
            now = time.monotonic()
            self.open = {f: (c, now) for f, (c, _) in self.open.items()}
            suspect = chunk.jobs[0].index if len(chunk.jobs) == 1 else -1
            return [Report(chunk, (), timeout_text(limit), suspect, late=True)]
        return []

    def close(self) -> None:
        for future in self.open:
            self.ray.cancel(future, force=True)
        if self.owned:
            self.ray.shutdown()


@contextmanager
def environment(**changes: str) -> Iterator[None]:
    """These variables while a cluster's processes start, which inherit them."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def one_line(error: BaseException) -> str:
    """First line of an error's text."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
