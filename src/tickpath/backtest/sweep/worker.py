"""What runs on a worker, whatever the executor: the jobs of a chunk, one row each.

A job that raises, returns what is no figure, or takes longer than its time gets a row that says so,
and the next one runs. The time is kept by one thread a process, which raises `JobTimeout` inside
the job. That ends Python code; code that never comes back to Python is ended by the executor, by
killing its process where it has one.
"""

import ctypes
import os
import resource
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from tickpath.backtest.sweep.rows import Figures, Job, Row

ERROR_CHARACTERS_MAX: Final = 500
FUNCTION_NAME: Final = "value"
"""Name of the figure of a function that returns a single one."""

Function = Callable[[Mapping[str, Any]], Any]


class JobTimeout(BaseException):
    """The job in hand has had its time. No Exception: it must pass through `except Exception`."""


class Place(Protocol):
    """Where a worker notes what it is doing, for whoever watches it from outside."""

    def enter(self, index: int) -> None:
        """Job `index` begins."""
        ...

    def leave(self) -> None:
        """No job is under way."""
        ...


class Nowhere:
    """A place that nobody looks at."""

    def enter(self, index: int) -> None:
        pass

    def leave(self) -> None:
        pass


class Watch:
    """Raises JobTimeout in threads whose time is over. Its own thread starts when first needed."""

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self.deadlines: dict[int, float] = {}
        self.fired: set[int] = set()
        self.thread: threading.Thread | None = None

    def arm(self, seconds: float) -> None:
        """This thread has so long from now."""
        with self.condition:
            self.deadlines[threading.get_ident()] = time.monotonic() + seconds
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self.run, name="job-watch", daemon=True)
                self.thread.start()
            self.condition.notify()

    def disarm(self) -> bool:
        """Stop; True when the time was over. An exception that is still on its way is withdrawn."""
        me = threading.get_ident()
        with self.condition:
            self.deadlines.pop(me, None)
            found = me in self.fired
            self.fired.discard(me)
            if found:
                raise_in(me, None)
        return found

    def run(self) -> None:
        with self.condition:
            while True:
                now = time.monotonic()
                for thread in [t for t, at in self.deadlines.items() if at <= now]:
                    del self.deadlines[thread]
                    self.fired.add(thread)
                    raise_in(thread, JobTimeout)
                soonest = min(self.deadlines.values(), default=None)
                self.condition.wait(None if soonest is None else max(soonest - now, 0.0))


def raise_in(thread: int, kind: type[BaseException] | None) -> None:
    """Have CPython raise an exception in a thread at its next instruction, or take it back."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if kind is None else ctypes.py_object(kind)
    )


WATCH: Final = Watch()


def timeout_text(timeout_s: float) -> str:
    """The error of a job that took too long: the same whoever ended it."""
    return f"no result within {timeout_s:g} s"


def error_text(error: BaseException) -> str:
    """The error of a job that raised, on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:ERROR_CHARACTERS_MAX]


def guarded(call: Callable[[], Any], timeout_s: float | None) -> tuple[Any, str]:
    """(what it returned, "") or (None, why there is nothing)."""
    late = False
    try:
        if timeout_s is not None:
            WATCH.arm(timeout_s)
        try:
            value = call()
        finally:
            late = timeout_s is not None and WATCH.disarm()
        if not late:
            return figures_of(value), ""
    except JobTimeout:
        late = True
        WATCH.disarm()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if not late:
            return None, error_text(error)
    return None, timeout_text(timeout_s or 0.0)


def figures_of(value: Any) -> Figures:
    """A returned mapping, or single figure, as plain Python data. Raises TypeError for others."""
    if isinstance(value, Mapping):
        return {str(name): plain(found, str(name)) for name, found in value.items()}
    return {FUNCTION_NAME: plain(value, FUNCTION_NAME)}


def plain(value: Any, name: str) -> Any:
    """A number, text, None, or list of numbers."""
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, bool):
        return value
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, list | tuple):
        return [plain(item, name) for item in value]
    raise TypeError(f"figure {name!r} is a {type(value).__name__}: return numbers, texts or lists")


def resident_mib() -> float:
    """Resident memory of this process now; its peak where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            pages = int(file.read().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def run_job(function: Function, job: Job, timeout_s: float | None) -> Row:
    """One row."""
    params = dict(job.params)
    given = params if job.window < 0 else {**params, "window": job.window}
    start = time.perf_counter()
    figures, error = guarded(lambda: function(given), timeout_s)
    row = Row(job.index, params, job.window, figures or {}, error)
    return replace(
        row,
        seconds=round(time.perf_counter() - start, 6),
        rss_mib=round(resident_mib(), 2),
    )


def run_jobs(
    function: Function, jobs: Sequence[Job], timeout_s: float | None, place: Place | None = None
) -> list[Row]:
    """The rows of a chunk, in order."""
    at = place or Nowhere()
    rows = []
    for job in jobs:
        at.enter(job.index)
        rows.append(run_job(function, job, timeout_s))
    at.leave()
    return rows
