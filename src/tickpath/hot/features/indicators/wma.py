"""wma: linearly weighted moving average."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Weighted

SPEC = IndicatorSpec(
    title="Weighted moving average",
    formula="sum of j * x[j] over n / (n (n + 1) / 2), j from 1 for the oldest",
    origin="Murphy, Technical Analysis of the Financial Markets, 1999, ch. 9",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(14),),
    warm=lambda p: p.period,
    windows=lambda p: (Weighted(p.period),),
    constants=lambda p: (0.5 * p.period * (p.period + 1.0),),
    talib="WMA",
)


class Step(Column):
    """The window and its weighted sum."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        weighted = window.push(x[0])
        if self.count >= self.period:
            self.value = weighted / self.p[0]
