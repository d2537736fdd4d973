"""roc: change over n samples, per cent."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Ring

SPEC = IndicatorSpec(
    title="Rate of change",
    formula="100 * (x[t] / x[t-n] - 1); 0 after a sample of 0",
    origin="Murphy, Technical Analysis of the Financial Markets, 1999, ch. 10",
    units="per cent",
    sources=ANY_PRICE,
    params=(period(10, meaning="samples back"),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (Ring(p.period),),
    talib="ROC",
)


class Step(Column):
    """The last n samples."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        old = window.push(x[0])
        if self.count > self.period:
            self.value = 100.0 * (x[0] / old - 1.0) if old != 0.0 else 0.0
