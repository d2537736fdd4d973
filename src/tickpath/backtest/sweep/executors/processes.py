"""Processes of this host, each with a pipe: the default.

Own code instead of concurrent.futures because there one dead worker breaks the pool and takes the
chunks of all others with it, and a job that never ends cannot be stopped. Here each worker notes in
shared memory which job it is at, so that a death or an overrun has a name. Workers are spawned, not
forked: nothing of the parent's threads, locks and files comes along.
"""

import multiprocessing
import os
import pickle
import signal
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Final

from tickpath.backtest.sweep.executors import HARD_GRACE_S, Chunk, Report, Setup
from tickpath.backtest.sweep.worker import run_jobs, timeout_text
from tickpath.core.errors import BackendError, ConfigError

DEATHS_MAX: Final = 8
"""Workers that may die one behind the other without a row between them being finished."""
JOIN_S: Final = 5.0


class SharedPlace:
    """Two words in shared memory: index of the job under way or -1, and when it began (monotonic
    ns). The worker writes, the parent reads."""

    def __init__(self, words: Any) -> None:
        self.words = words

    def enter(self, index: int) -> None:
        self.words[1] = time.monotonic_ns()
        self.words[0] = index

    def leave(self) -> None:
        self.words[0] = -1


def serve(pipe: Connection, packed: bytes, timeout_s: float | None, words: Any) -> None:
    """Life of a worker: take a chunk, send its rows, until the parent hangs up. Ctrl-C is the
    parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, name="parent", daemon=True).start()
    try:
        function = pickle.loads(packed)
    except BaseException as error:
        pipe.send(f"{type(error).__name__}: {error}")
        return
    pipe.send(None)
    place = SharedPlace(words)
    try:
        while (jobs := pipe.recv()) is not None:
            pipe.send(run_jobs(function, jobs, timeout_s, place))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def end_with_parent() -> None:
    """A job that never ends must not outlive the sweep when that is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@dataclass(slots=True)
class Worker:
    """A process from outside. `chunk` is what it has, `ready` whether it has said that it runs."""

    process: Any
    pipe: Connection
    words: Any
    chunk: Chunk | None = None
    ready: bool = False


class Processes:
    """`workers` processes. Raises ConfigError when the function cannot be sent to them."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.slots = setup.workers
        self.deaths = 0
        try:
            self.packed = pickle.dumps(setup.function)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise ConfigError(
                f"the function cannot be sent to another process ({error}): define it at the top "
                'of a module, or take executor="thread"'
            ) from error
        self.context = multiprocessing.get_context("spawn")
        self.workers = [self.start() for _ in range(setup.workers)]

    def start(self) -> Worker:
        ours, theirs = self.context.Pipe()
        words = self.context.RawArray("q", [-1, 0])
        arguments = (theirs, self.packed, self.setup.timeout_s, words)
        process = self.context.Process(target=serve, args=arguments, daemon=True)
        process.start()
        theirs.close()
        return Worker(process, ours, words)

    def submit(self, chunk: Chunk) -> None:
        worker = next(w for w in self.workers if w.chunk is None)
        worker.chunk = chunk
        try:
            worker.pipe.send(chunk.jobs)
        except (BrokenPipeError, ConnectionResetError):
            return  # it died: `wait` sees that and reports the chunk

    def wait(self, timeout_s: float) -> list[Report]:
        by_pipe = {w.pipe: w for w in self.workers}
        found = []
        for pipe in wait(list(by_pipe), self.patience(timeout_s)):
            assert isinstance(pipe, Connection)
            found += self.receive(by_pipe[pipe])
        return found + self.overdue()

    def patience(self, timeout_s: float) -> float:
        """Until the next job is overdue, at most `timeout_s`."""
        return timeout_s if self.setup.timeout_s is None else min(timeout_s, HARD_GRACE_S / 4)

    def receive(self, worker: Worker) -> list[Report]:
        """What a worker sent, or that it is gone."""
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            return self.bury(worker)
        if not worker.ready:
            worker.ready = True
            if message is not None:
                raise ConfigError(
                    f"a worker cannot load the function ({message}): define it in a module that "
                    "can be imported"
                )
            return []
        self.deaths = 0
        chunk, worker.chunk = worker.chunk, None
        assert chunk is not None
        return [Report(chunk, message)]

    def bury(self, worker: Worker, lost: str = "", *, late: bool = False) -> list[Report]:
        """Put a new worker in the place of a dead one; its chunk is lost."""
        worker.process.kill()
        worker.process.join(JOIN_S)
        worker.pipe.close()
        self.deaths += 1
        reason = lost or ending(worker.process.exitcode)
        if self.deaths > DEATHS_MAX and not late:
            raise BackendError(
                f"{self.deaths} workers died one behind the other without a result, the last one: "
                f"{reason}; is there enough memory for {self.slots} workers?"
            )
        self.workers[self.workers.index(worker)] = self.start()
        if worker.chunk is None:
            return []
        return [Report(worker.chunk, (), reason, int(worker.words[0]), late=late)]

    def overdue(self) -> list[Report]:
        """Workers whose job did not notice that its time is over are killed."""
        limit = self.setup.timeout_s
        if limit is None:
            return []
        last_ns = time.monotonic_ns() - round((limit + HARD_GRACE_S) * 1e9)
        late = [w for w in self.workers if w.chunk and w.words[0] >= 0 and w.words[1] < last_ns]
        return [r for w in late for r in self.bury(w, timeout_text(limit), late=True)]

    def close(self) -> None:
        for worker in self.workers:
            worker.process.kill()
        for worker in self.workers:
            worker.process.join(JOIN_S)
            worker.pipe.close()


def ending(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None:
        return "the worker hung up"
    if code < 0:
        try:
            return f"the worker was killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"the worker was killed by signal {-code}"
    return f"the worker exited with code {code}"
