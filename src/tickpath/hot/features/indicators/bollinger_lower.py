"""bollinger_lower: the Bollinger band below the moving average."""

from tickpath.hot.features.spec import ANY_PRICE, WINDOW_MAX, Factor, IndicatorSpec
from tickpath.hot.features.windows import Moments

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


class Step(Moments):
    """Mean less k standard deviations."""

    def measure(self, sample: int) -> float:
        band = float(self.total) - self.factor * self.spread()
        return band * self.scale / float(self.period)
