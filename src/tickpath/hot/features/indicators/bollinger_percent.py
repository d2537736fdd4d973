"""bollinger_percent: where the newest sample lies between the Bollinger bands (%b)."""

from tickpath.hot.features.sources import FeatureInput, FeatureSource
from tickpath.hot.features.spec import (
    ANY_PRICE,
    WINDOW_MAX,
    Column,
    Factor,
    IndicatorSpec,
    spread_of,
    sums_of,
)

SPEC = IndicatorSpec(
    title="Bollinger %b",
    formula="(x - lower) / (upper - lower) = 1/2 + (x - mean) / (2 k std); 1/2 in a flat window",
    origin="Bollinger, Bollinger on Bollinger Bands, 2001, ch. 8",
    units="0 at the lower band, 1 at the upper",
    sources=ANY_PRICE,
    period=(2, WINDOW_MAX),
    period_means="samples in the window",
    factor=Factor(meaning="k, standard deviations", least=0.01, most=100.0, default=2.0),
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
            width = 2.0 * self.factor * spread_of(self.period, self.total, self.squares)
            above = float(sample * self.period - self.total)
            self.value = 0.5 + above / width if width > 0.0 else 0.5
