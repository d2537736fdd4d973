"""zscore: distance of the newest sample from the rolling mean in standard deviations."""

from tickpath.hot.features.spec import ANY_PRICE, WINDOW_MAX, IndicatorSpec
from tickpath.hot.features.windows import Moments

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


class Step(Moments):
    """Distance of the newest sample from the mean."""

    def measure(self, sample: int) -> float:
        width = self.spread()
        return self.above(sample) / width if width > 0.0 else 0.0
