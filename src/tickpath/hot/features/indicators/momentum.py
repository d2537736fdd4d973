"""momentum: change over n samples."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Ring

SPEC = IndicatorSpec(
    title="Momentum",
    formula="x[t] - x[t - n]",
    origin="Murphy, Technical Analysis of the Financial Markets, 1999, ch. 10",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(10, meaning="samples back"),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (Ring(p.period),),
    talib="MOM",
)


class Step(Column):
    """The last n samples."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        old = window.push(x[0])
        if self.count > self.period:
            self.value = x[0] - old
