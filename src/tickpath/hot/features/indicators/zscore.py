"""zscore: distance of the newest sample from the rolling mean in standard deviations."""

from tickpath.hot.features.sources import FeatureInput, FeatureSource
from tickpath.hot.features.spec import (
    ANY_PRICE,
    WINDOW_MAX,
    Column,
    IndicatorSpec,
    spread_of,
    sums_of,
)

SPEC = IndicatorSpec(
    title="Rolling z-score",
    formula="(x - mean) / population standard deviation of the last n samples; 0 in a flat window",
    origin="definition",
    units="standard deviations",
    sources=ANY_PRICE,
    period=(2, WINDOW_MAX),
    period_means="samples in the window",
    warm=lambda period, factor: period,
    ints=("total",),
    wide=("squares",),
    slots=1,
)


class Step(Column):
    """The window, its sum and its sum of squares."""

    def __init__(self, source: FeatureSource, period: int, factor: float, slots: int) -> None:
        super().__init__(source, period, factor, slots)
        self.total = 0
        self.squares = 0

    def step(self, x: FeatureInput) -> None:
        sample = self.sample(x)
        self.window.append(sample)
        self.total, self.squares = sums_of(self.window)
        if self.count >= self.period:
            width = spread_of(self.period, self.total, self.squares)
            above = float(sample * self.period - self.total)
            self.value = above / width if width > 0.0 else 0.0
