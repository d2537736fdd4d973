"""Clocks, passed in: the engine reads none. And the calibration of the measuring stamps.

`SystemClock` is for drivers, `ManualClock` for tests and simulation. `calibrate` turns counts of
`clock.pxd` into nanoseconds; worst case: a counter that changes its rate (processors before about
2010), which it cannot see.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic_ns
from typing import Protocol

from tickpath.core import stamp
from tickpath.core.errors import ConfigError

CALIBRATION_NS = 20_000_000
PAIRS = 10_000


class Clock(Protocol):
    """Monotonic nanoseconds."""

    def now_ns(self) -> int:
        """Never smaller than before."""
        ...


class SystemClock:
    """CLOCK_MONOTONIC."""

    def now_ns(self) -> int:
        return monotonic_ns()


class ManualClock:
    """Stands still until it is moved, and never moves back."""

    def __init__(self, start_ns: int = 0) -> None:
        self._now_ns = start_ns

    def now_ns(self) -> int:
        return self._now_ns

    def advance(self, by_ns: int) -> int:
        """Move on by `by_ns`; returns the new time."""
        return self.move_to(self._now_ns + by_ns)

    def move_to(self, at_ns: int) -> int:
        """Move on to `at_ns`; returns it."""
        if at_ns < self._now_ns:
            raise ConfigError(f"clock: {at_ns} is before {self._now_ns}: time does not go back")
        self._now_ns = at_ns
        return at_ns


@dataclass(frozen=True, kw_only=True, slots=True)
class StampScale:
    """How to read stamps. `cost_ns` is what an empty pair shows: state it, do not subtract it."""

    counter: str
    counts_per_ns: float
    cost_ns: float
    error_ppm: float

    def to_ns(self, counts: int) -> float:
        """Counts between two stamps in nanoseconds."""
        return counts / self.counts_per_ns


def calibrate(
    duration_ns: int = CALIBRATION_NS,
    both: Callable[[], tuple[int, int, int]] = stamp.both,
    pair_cost: Callable[[int], int] = stamp.pair_cost,
) -> StampScale:
    """Compare the counter with the monotonic clock over `duration_ns` of busy waiting."""
    first = _tightest(both)
    while True:
        now = both()
        if now[1] - first[1] >= duration_ns:
            break
    last = _tightest(both)
    elapsed_ns = last[1] - first[1]
    counts = (last[0] + last[2] - first[0] - first[2]) / 2
    doubt = (last[2] - last[0] + first[2] - first[0]) / 2
    scale = counts / elapsed_ns
    return StampScale(
        counter="tsc" if stamp.COUNTS_CYCLES else "clock_gettime",
        counts_per_ns=scale,
        cost_ns=pair_cost(PAIRS) / scale,
        error_ppm=doubt / counts * 1e6,
    )


def _tightest(both: Callable[[], tuple[int, int, int]], tries: int = 50) -> tuple[int, int, int]:
    """The reading with the least time between its two counters: no interrupt in it."""
    return min((both() for _ in range(tries)), key=lambda reading: reading[2] - reading[0])
