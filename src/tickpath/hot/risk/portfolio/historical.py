"""Historical value at risk and expected shortfall of the newest profits, in plain Python.

In: one profit (integer money units, negative a loss) a sample, at most `window` of them kept. Out:
with n samples the tail is the k = ceil(n * tail_ppm / 10^6) smallest; the value at risk is the loss
of the largest of them (numpy's quantile by "inverted_cdf", negated), the expected shortfall the
mean loss of all of them, rounded up to a unit. Both are exact: no bucket is wider than a money
unit. Negative figures are profits. There are none until one whole sample falls into the tail
(n * tail_ppm >= 10^6): a tail that was never seen is not a tail of 0.

The C form keeps two heaps, the tail and the rest, and where each sample stands in them; here it is
one sorted list. Worst case: 4096 samples, about 5 us in Python.
"""

import struct
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass

from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS

PPM = 10**6
PROFIT_MAX = 2**62
TAIL_PPM_MAX = 500_000
VERSION = 1
HEADER = struct.Struct("<III")


def check_window(window: int, tail_ppm: int) -> None:
    """Raise ConfigError for a window that cannot be kept or never holds its tail."""
    most = LIMITS["portfolio_window_max"]
    if not 1 <= tail_ppm <= TAIL_PPM_MAX:
        raise ConfigError(f"historical: a tail of {tail_ppm} ppm: choose 1..{TAIL_PPM_MAX}")
    least = -(-PPM // tail_ppm)
    if not least <= window <= most:
        raise ConfigError(
            f"historical: a window of {window} samples: a tail of {tail_ppm} ppm needs {least} "
            f"and portfolio_window_max is {most} (limits.toml)"
        )


def pack(window: int, tail_ppm: int, samples: Sequence[int]) -> bytes:
    """Canonical bytes: u32 version = 1, u32 window, u32 tail_ppm, the i64 samples, oldest first."""
    head = HEADER.pack(VERSION, window, tail_ppm)
    return head + struct.pack(f"<{len(samples)}q", *samples)


def unpack(data: bytes, window: int, tail_ppm: int) -> tuple[int, ...]:
    """The inverse of `pack`. Raises DataError for another shape, or a forged state."""
    count, rest = divmod(len(data) - HEADER.size, 8)
    if rest or not 0 <= count <= window:
        raise DataError(f"historical state: {len(data)} bytes do not fit a window of {window}")
    if HEADER.unpack_from(data) != (VERSION, window, tail_ppm):
        raise DataError("historical state: of another window or tail; start from the journal")
    samples = struct.unpack_from(f"<{count}q", data, HEADER.size)
    if any(abs(s) > PROFIT_MAX for s in samples):
        raise DataError("historical state: changed since it was exported; start from the journal")
    return samples


@dataclass
class Historical:
    """The newest profits and their tail."""

    window: int
    tail_ppm: int

    def __post_init__(self) -> None:
        check_window(self.window, self.tail_ppm)
        self._samples: list[int] = []
        self._sorted: list[int] = []

    def update(self, profit_units: int) -> bool:
        """One sample; beyond +-2**62 it is refused: False."""
        if abs(profit_units) > PROFIT_MAX:
            return False
        if len(self._samples) == self.window:
            self._sorted.pop(bisect_left(self._sorted, self._samples.pop(0)))
        self._samples.append(profit_units)
        insort(self._sorted, profit_units)
        return True

    @property
    def count(self) -> int:
        """Samples in the window."""
        return len(self._samples)

    def figures(self) -> tuple[int, int] | None:
        """(value at risk, expected shortfall) in units; None while the tail is not seen."""
        n = len(self._samples)
        if n * self.tail_ppm < PPM:
            return None
        k = -(-n * self.tail_ppm // PPM)
        tail = self._sorted[:k]
        return -tail[-1], -(sum(tail) // k)

    def export_state(self) -> bytes:
        """Canonical bytes, see `pack`."""
        return pack(self.window, self.tail_ppm, self._samples)

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported. Raises DataError."""
        self._samples = list(unpack(data, self.window, self.tail_ppm))
        self._sorted = sorted(self._samples)
