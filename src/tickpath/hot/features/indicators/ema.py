"""ema: exponential moving average."""

from tickpath.hot.features.sources import FeatureInput, FeatureSource
from tickpath.hot.features.spec import ANY_PRICE, WINDOW_MAX, Column, Factor, IndicatorSpec

SPEC = IndicatorSpec(
    title="Exponential moving average",
    formula="e += alpha * (x - e), e starts at the first sample, alpha = 2 / (n + 1)",
    origin="Murphy, Technical Analysis of the Financial Markets, 1999, ch. 9",
    units="ticks",
    sources=ANY_PRICE,
    period=(1, WINDOW_MAX),
    period_means="n of alpha, and samples until warm",
    factor=Factor(meaning="alpha; 0 takes it from the period", least=1e-6, most=1.0, default=0.0),
    constant=lambda period, factor: factor or 2.0 / (period + 1.0),
    warm=lambda period, factor: period,
    floats=("average",),
)


class Step(Column):
    """The running average."""

    def __init__(self, source: FeatureSource, period: int, factor: float, slots: int) -> None:
        super().__init__(source, period, factor, slots)
        self.average = 0.0

    def step(self, x: FeatureInput) -> None:
        price = float(self.sample(x)) * self.scale
        if self.count == 1:
            self.average = price
        else:
            self.average += self.factor * (price - self.average)
        if self.count >= self.period:
            self.value = self.average
