"""Workers of a Dask cluster: one that runs already (`address`), or one started here for this sweep.

A task costs Dask a few milliseconds, so two chunks a worker are under way. Tries are counted by the
sweep and not by Dask. The swept function, and a recording's cache file, must be readable under the
same path on every node.
"""

import logging
import queue
import time
from typing import Any

from tickpath.backtest.sweep.executors import AHEAD, Chunk, Report, Setup, overdue, reach
from tickpath.backtest.sweep.worker import run_jobs, timeout_text
from tickpath.core.errors import ConfigError


def import_dask() -> tuple[Any, Any]:
    try:
        import dask
        import distributed
    except ImportError as error:
        raise ConfigError(f"Dask is not installed ({error}): pip install tickpath[dask]") from error
    return dask, distributed


class DaskCluster:
    """`workers` processes of one thread each, or those of the cluster at `address`."""

    def __init__(self, setup: Setup) -> None:
        self.dask, self.distributed = import_dask()
        self.setup = setup
        self.slots = setup.workers * AHEAD
        self.cluster: Any = None
        self.settings = self.dask.config.set({"distributed.scheduler.allowed-failures": 0})
        self.settings.__enter__()
        try:
            self.client = self.connect()
        except (OSError, ValueError, RuntimeError) as error:
            raise ConfigError(f"Dask cannot be used: {error}") from error
        self.done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.open: dict[str, tuple[Any, Chunk, float]] = {}
        self.blameless: set[str] = set()

    def connect(self) -> Any:
        if self.setup.address is not None:
            reach(self.setup.address)
            return self.distributed.Client(self.setup.address, set_as_default=False)
        self.cluster = self.distributed.LocalCluster(
            n_workers=self.setup.workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )
        return self.distributed.Client(self.cluster, set_as_default=False)

    def submit(self, chunk: Chunk) -> None:
        future = self.client.submit(
            run_jobs, self.setup.function, chunk.jobs, self.setup.timeout_s, pure=False, retries=0
        )
        self.open[future.key] = (future, chunk, time.monotonic())
        future.add_done_callback(self.done.put)

    def wait(self, timeout_s: float) -> list[Report]:
        found: list[Report] = []
        try:
            found += self.receive(self.done.get(timeout=timeout_s))
            while True:
                found += self.receive(self.done.get_nowait())
        except queue.Empty:
            pass
        return found + self.overdue()

    def receive(self, future: Any) -> list[Report]:
        """The rows of a finished task, or that its worker died."""
        if future.key not in self.open:
            return []
        _, chunk, _ = self.open.pop(future.key)
        if future.status == "finished":
            return [Report(chunk, future.result())]
        if future.status == "error":
            error = future.exception()
            if not isinstance(error, self.distributed.scheduler.KilledWorker):
                raise ConfigError(
                    f"a Dask worker cannot run the function ({error}): define it in a module that "
                    "every node can import"
                ) from error
        blameless = future.key in self.blameless
        return [Report(chunk, (), "the worker died", blameless=blameless)]

    def overdue(self) -> list[Report]:
        """The worker of the oldest chunk that cannot come back in time any more is restarted. The
        others may have waited for it, or go with it: their time begins anew."""
        limit = self.setup.timeout_s
        for key, (future, chunk, begun) in self.open.items():
            if not overdue(chunk, begun, limit):
                continue
            assert limit is not None
            del self.open[key]
            busy = [w for w, keys in self.client.processing().items() if key in map(str, keys)]
            future.cancel()
            self.blameless.update(self.open)
            if busy:
                self.client.restart_workers(busy, raise_for_error=False)
            now = time.monotonic()
            self.open = {k: (f, c, now) for k, (f, c, _) in self.open.items()}
            suspect = chunk.jobs[0].index if len(chunk.jobs) == 1 else -1
            return [Report(chunk, (), timeout_text(limit), suspect, late=True)]
        return []

    def close(self) -> None:
        self.client.close()
        if self.cluster is not None:
            self.cluster.close()
        self.settings.__exit__(None, None, None)
