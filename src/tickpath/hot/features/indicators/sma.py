"""sma: simple moving average of the last n samples."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Total

SPEC = IndicatorSpec(
    title="Simple moving average",
    formula="sum of x over n / n",
    origin="Murphy, Technical Analysis of the Financial Markets, 1999, ch. 9",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(14),),
    warm=lambda p: p.period,
    windows=lambda p: (Total(p.period),),
    talib="SMA",
)


class Step(Column):
    """The window and its sum."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        total = window.push(x[0])
        if self.count >= self.period:
            self.value = total / float(self.period)
