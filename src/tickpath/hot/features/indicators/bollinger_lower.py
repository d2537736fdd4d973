"""bollinger_lower: the Bollinger band below the moving average."""

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
    title="Bollinger band, lower",
    formula="mean - k * population standard deviation of the last n samples",
    origin="Bollinger, Bollinger on Bollinger Bands, 2001, ch. 7",
    units="ticks",
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
        self.window.append(self.sample(x))
        self.total, self.squares = sums_of(self.window)
        if self.count >= self.period:
            spread = spread_of(self.period, self.total, self.squares)
            band = float(self.total) - self.factor * spread
            self.value = band * self.scale / float(self.period)
