"""realised_volatility: root of the sum of squared changes over the last n changes."""

import math

from tickpath.hot.features.sources import FeatureInput, FeatureSource
from tickpath.hot.features.spec import ANY_PRICE, WINDOW_MAX, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Realised volatility",
    formula="sqrt(sum of (x[t] - x[t-1])**2 over n changes), of price changes, not of log returns",
    origin="Andersen, Bollerslev, Diebold, Labys, Modeling realized volatility, 2003",
    units="ticks over the window",
    sources=ANY_PRICE,
    period=(1, WINDOW_MAX),
    period_means="changes in the sum",
    warm=lambda period, factor: period + 1,
    ints=("last",),
    wide=("squares",),
    slots=1,
    lag=1,
)


class Step(Column):
    """The last sample, the changes and the exact sum of their squares."""

    def __init__(self, source: FeatureSource, period: int, factor: float, slots: int) -> None:
        super().__init__(source, period, factor, slots)
        self.last = 0
        self.squares = 0

    def step(self, x: FeatureInput) -> None:
        sample = self.sample(x)
        if self.count > 1:
            self.window.append(sample - self.last)
            self.squares = sum(change * change for change in self.window)
            if self.count > self.period:
                self.value = math.sqrt(float(self.squares)) * self.scale
        self.last = sample
