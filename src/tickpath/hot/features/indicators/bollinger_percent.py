"""bollinger_percent: where the newest sample lies between the Bollinger bands (%b)."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period, width
from tickpath.hot.features.windows import Moments

SPEC = IndicatorSpec(
    title="Bollinger %b",
    formula="(x - lower) / (upper - lower) = 1/2 + (x - mean) / (2 k std); 1/2 in a flat window",
    origin="Bollinger, Bollinger on Bollinger Bands, 2001, ch. 8",
    units="0 at the lower band, 1 at the upper",
    sources=ANY_PRICE,
    params=(period(20, 2), width()),
    constants=lambda p: (p.width,),
    warm=lambda p: p.period,
    windows=lambda p: (Moments(p.period),),
)


class Step(Column):
    """Place of the newest sample between the bands."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        window.push(x[0])
        if self.count >= self.period:
            reach = 2.0 * self.p[0] * window.spread()
            self.value = 0.5 + window.above(x[0]) / reach if reach > 0.0 else 0.5
