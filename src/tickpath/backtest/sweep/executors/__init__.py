"""Where chunks of jobs run. One interface, five executors, found by name.

| name    | workers are             | a job that never ends         | a worker that dies       |
| ------- | ----------------------- | ----------------------------- | ------------------------ |
| thread  | threads of this process | if not in Python: left behind | takes the sweep with it  |
| process | processes of this host  | its process is killed         | replaced, jobs run again |
| ray     | tasks of a Ray cluster  | its task is cancelled         | Ray's, jobs run again    |
| dask    | a Dask cluster          | its worker is restarted       | Dask's, jobs run again   |
| batch   | threads of this process | there is none                 | takes the sweep with it  |

`batch` walks many parameter sets along one stream instead of running an engine for each, where
`sweep/batch/cover.py` covers them. On the others a job that takes too long while it runs Python
code is ended by itself.
"""

import os
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Final, Protocol

from tickpath.backtest.sweep.rows import Job, Row
from tickpath.backtest.sweep.worker import Function
from tickpath.core.errors import ConfigError

EXECUTORS: Final = {
    "thread": "tickpath.backtest.sweep.executors.threads:Threads",
    "process": "tickpath.backtest.sweep.executors.processes:Processes",
    "ray": "tickpath.backtest.sweep.executors.ray_cluster:RayCluster",
    "dask": "tickpath.backtest.sweep.executors.dask_cluster:DaskCluster",
    "batch": "tickpath.backtest.sweep.executors.batch:Batch",
}
WORKERS_MAX: Final = 4096
AHEAD: Final = 2
"""Chunks a worker of a cluster that are under way: a task costs some milliseconds to hand over."""
CONNECT_S: Final = 5.0
HARD_GRACE_S: Final = 2.0
"""How much longer than its time a job may take to notice, before its worker is ended."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Jobs that go to a worker together."""

    number: int
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A chunk is over. `lost` is empty, or says what became of the worker; then `suspect` is the
    index of the job it was at, -1: not known. `late`: it was ended because of its time.
    `blameless`: its worker was ended because of another chunk."""

    chunk: Chunk
    rows: Sequence[Row] = field(default_factory=tuple)
    lost: str = ""
    suspect: int = -1
    late: bool = False
    blameless: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """What an executor is made from. `address` names a cluster that is already there."""

    function: Function
    workers: int
    timeout_s: float | None = None
    address: str | None = None


class Executor(Protocol):
    """`slots` chunks may be under way at once."""

    slots: int

    def submit(self, chunk: Chunk) -> None:
        """Hand a chunk over; at most `slots` may be without a report."""
        ...

    def wait(self, timeout_s: float) -> list[Report]:
        """Reports that have come, after at most so long."""
        ...

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        ...


def reach(address: str) -> None:
    """ConfigError unless something listens at HOST:PORT, with or without a scheme in front: the
    clients of clusters try for minutes. Other forms of an address are left to them."""
    found = re.fullmatch(r"(?:\w+://)?\[?([^\[\]/]+)\]?:(\d{1,5})", address)
    if found is None:
        return
    try:
        socket.create_connection((found[1], int(found[2])), CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"--address {address}: no cluster answers there ({error}): start it or leave --address "
            "out"
        ) from error


def overdue(chunk: Chunk, begun: float, timeout_s: float | None) -> bool:
    """Whether a chunk that a cluster has had since `begun` (monotonic s) is hopeless: it, and the
    one before it on its worker, have had the time of all their jobs."""
    if timeout_s is None:
        return False
    return time.monotonic() - begun > AHEAD * (timeout_s + HARD_GRACE_S) * len(chunk.jobs)


def cpus() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_executor(name: str, setup: Setup) -> None:
    """ConfigError for an executor that there is not, or that cannot be set up like this."""
    if name not in EXECUTORS:
        raise ConfigError(f"executor {name!r}: choose {', '.join(EXECUTORS)}")
    if not 1 <= setup.workers <= WORKERS_MAX:
        raise ConfigError(f"{setup.workers} workers: write 1 to {WORKERS_MAX}")
    if setup.address is not None and name in ("thread", "process", "batch"):
        raise ConfigError(f"executor {name} has no address: take ray or dask for a cluster")
    if setup.timeout_s is not None and not setup.timeout_s > 0:
        raise ConfigError(f"timeout {setup.timeout_s} s: write more than 0")


def open_executor(name: str, setup: Setup) -> Executor:
    """An executor by name. Raises ConfigError for a wrong one or one that is not installed."""
    check_executor(name, setup)
    module, _, kind = EXECUTORS[name].partition(":")
    make: Callable[[Setup], Executor] = getattr(import_module(module), kind)
    return make(setup)
