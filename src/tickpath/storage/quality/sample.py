"""Quantiles and counts of long series in bounded memory, the same in every run.

`Sample` keeps every k-th value, k doubling whenever it is full: extremes and the count are exact,
quantiles are of at least `SAMPLE_MAX / 2` values. `LogCounts` counts by size in steps of 2**(1/16)
(4.4 %), so that one can ask afterwards how many values were above a bound.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tickpath.storage.quality.view import Longs

SAMPLE_MAX: Final = 1 << 18
STEPS: Final = 16


@dataclass(slots=True)
class Sample:
    """Count, extremes and quantiles of integers."""

    count: int = 0
    least: int = 0
    most: int = 0
    stride: int = 1
    _kept: list[Longs] = field(default_factory=list)
    _size: int = 0

    def take(self, values: Longs) -> None:
        if not len(values):
            return
        low, high = int(values.min()), int(values.max())
        self.least = low if self.count == 0 else min(self.least, low)
        self.most = high if self.count == 0 else max(self.most, high)
        part = values[-self.count % self.stride :: self.stride].copy()
        self.count += len(values)
        self._kept.append(part)
        self._size += len(part)
        while self._size > SAMPLE_MAX:
            whole = np.concatenate(self._kept)[::2]
            self._kept, self._size, self.stride = [whole], len(whole), self.stride * 2

    def quantile(self, part: float) -> float:
        """Of the kept values, 0 without any."""
        return float(np.quantile(np.concatenate(self._kept), part)) if self._size else 0.0


@dataclass(slots=True)
class LogCounts:
    """Counts of positive integers by size."""

    counts: Longs = field(default_factory=lambda: np.zeros(64 * STEPS, np.int64))

    def take(self, values: Longs) -> None:
        positive = values[values > 0]
        if len(positive):
            places = np.floor(np.log2(positive.astype(np.float64)) * STEPS).astype(np.int64)
            self.counts += np.bincount(np.minimum(places, 64 * STEPS - 1), minlength=64 * STEPS)

    def above(self, bound: float) -> int:
        """Values above a bound, to a step."""
        if bound < 1:
            return int(self.counts.sum())
        return int(self.counts[int(np.ceil(np.log2(bound) * STEPS)) :].sum())
