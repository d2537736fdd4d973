"""bollinger_percent: where the newest sample lies between the Bollinger bands (%b)."""

from tickpath.hot.features.spec import ANY_PRICE, WINDOW_MAX, Factor, IndicatorSpec
from tickpath.hot.features.windows import Moments

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


class Step(Moments):
    """Place of the newest sample between the bands."""

    def measure(self, sample: int) -> float:
        width = 2.0 * self.factor * self.spread()
        return 0.5 + self.above(sample) / width if width > 0.0 else 0.5
