"""sma: simple moving average of the last n samples."""

from tickpath.hot.features.sources import FeatureInput, FeatureSource
from tickpath.hot.features.spec import ANY_PRICE, WINDOW_MAX, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Simple moving average",
    formula="sum of x over n / n, the sum an exact integer",
    origin="Murphy, Technical Analysis of the Financial Markets, 1999, ch. 9",
    units="ticks",
    sources=ANY_PRICE,
    period=(1, WINDOW_MAX),
    period_means="samples in the window",
    warm=lambda period, factor: period,
    ints=("total",),
    slots=1,
)


class Step(Column):
    """The window and its sum."""

    def __init__(self, source: FeatureSource, period: int, factor: float, slots: int) -> None:
        super().__init__(source, period, factor, slots)
        self.total = 0

    def step(self, x: FeatureInput) -> None:
        self.window.append(self.sample(x))
        self.total = sum(self.window)
        if self.count >= self.period:
            self.value = float(self.total) * self.scale / float(self.period)
