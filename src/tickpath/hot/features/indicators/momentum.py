"""momentum: change over n samples."""

from tickpath.hot.features.sources import FeatureInput
from tickpath.hot.features.spec import ANY_PRICE, WINDOW_MAX, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Momentum",
    formula="x[t] - x[t - n]",
    origin="Murphy, Technical Analysis of the Financial Markets, 1999, ch. 10",
    units="ticks",
    sources=ANY_PRICE,
    period=(1, WINDOW_MAX),
    period_means="samples back",
    warm=lambda period, factor: period + 1,
    slots=1,
)


class Step(Column):
    """The last n samples."""

    def step(self, x: FeatureInput) -> None:
        sample = self.sample(x)
        if self.count > self.period:
            self.value = float(sample - self.window[0]) * self.scale
        self.window.append(sample)
