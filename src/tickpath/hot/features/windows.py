"""Columns over a window of samples in the reference: exact sums of what the window holds.

`windows.pxd` keeps the same sums incrementally. Both are integers, so both are equal at any time.
"""

import math
from abc import abstractmethod

from tickpath.hot.features.sources import FeatureInput, FeatureSource
from tickpath.hot.features.spec import Column


class Moments(Column):
    """The last n samples, their sum and their sum of squares; `measure` makes the value of them."""

    def __init__(self, source: FeatureSource, period: int, factor: float, slots: int) -> None:
        super().__init__(source, period, factor, slots)
        self.total = 0
        self.squares = 0

    def step(self, x: FeatureInput) -> None:
        sample = self.sample(x)
        self.window.append(sample)
        self.total = sum(self.window)
        self.squares = sum(held * held for held in self.window)
        if self.count >= self.period:
            self.value = self.measure(sample)

    @abstractmethod
    def measure(self, sample: int) -> float:
        """The value over a full window whose newest sample is `sample`."""

    def spread(self) -> float:
        """n * population standard deviation: sqrt(n * sum of squares - sum ** 2)."""
        return math.sqrt(float(self.period * self.squares - self.total * self.total))

    def above(self, sample: int) -> float:
        """n * (sample - mean)."""
        return float(sample * self.period - self.total)
