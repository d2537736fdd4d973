"""Time of a simulated venue: a clock that is handed in, and timers that follow it.

`WallClock` lives with the host, `ManualClock` is moved by a test. A venue's clock may be skewed on
command. Timers run in order of their time, at equal times in the order they were set.
"""

import heapq
import time
from collections.abc import Callable
from typing import Protocol

MS = 10**6
SECOND = 10**9
NEVER_NS = 2**62


class Clock(Protocol):
    """Nanoseconds since 1970 as the host has them; never goes back in a run."""

    def now_ns(self) -> int: ...


class WallClock:
    """The host's time of day at the start, then its monotone clock."""

    def __init__(self) -> None:
        self._offset = time.time_ns() - time.monotonic_ns()

    def now_ns(self) -> int:
        return self._offset + time.monotonic_ns()


class ManualClock:
    """Moves only when told to."""

    def __init__(self, start_ns: int = 1_700_000_000 * SECOND) -> None:
        self.t_ns = start_ns

    def now_ns(self) -> int:
        return self.t_ns

    def move(self, ns: int) -> int:
        """Forward by `ns`; returns the new time."""
        self.t_ns += ns
        return self.t_ns


class Timers:
    """What is to be done later."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self.due_ns = NEVER_NS
        """When the next one is due."""

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, t_ns: int, call: Callable[[], None]) -> None:
        """Call at or after a time."""
        self._count += 1
        heapq.heappush(self._heap, (t_ns, self._count, call))
        self.due_ns = self._heap[0][0]

    def run(self, now_ns: int) -> int:
        """Calls all that are due; those set meanwhile for later than `now_ns` wait."""
        done = 0
        while self._heap and self._heap[0][0] <= now_ns:
            call = heapq.heappop(self._heap)[2]
            self.due_ns = self._heap[0][0] if self._heap else NEVER_NS
            call()
            done += 1
        return done
