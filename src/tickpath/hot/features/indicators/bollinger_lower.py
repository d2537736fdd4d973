"""bollinger_lower: the Bollinger band below the moving average."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period, width
from tickpath.hot.features.windows import Moments

SPEC = IndicatorSpec(
    title="Bollinger band, lower",
    formula="mean - k * population standard deviation of the last n samples",
    origin="Bollinger, Bollinger on Bollinger Bands, 2001, ch. 7",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(20, 2), width()),
    constants=lambda p: (p.width, 1.0 / p.period),
    warm=lambda p: p.period,
    windows=lambda p: (Moments(p.period),),
    talib="BBANDS, lowerband",
)


class Step(Column):
    """Mean less k standard deviations."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        window.push(x[0])
        if self.count >= self.period:
            band = window.whole() - self.p[0] * window.spread()
            self.value = band * self.p[1]
