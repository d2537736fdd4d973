"""zscore: distance of the newest sample from the rolling mean in standard deviations."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Moments

SPEC = IndicatorSpec(
    title="Rolling z-score",
    formula="(x - mean) / population standard deviation of the last n samples; 0 in a flat window",
    origin="definition",
    units="standard deviations",
    sources=ANY_PRICE,
    params=(period(20, 2),),
    warm=lambda p: p.period,
    windows=lambda p: (Moments(p.period),),
)


class Step(Column):
    """Distance of the newest sample from the mean."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        window.push(x[0])
        if self.count >= self.period:
            spread = window.spread()
            self.value = window.above(x[0]) / spread if spread > 0.0 else 0.0
