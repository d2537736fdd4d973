"""ema_mean: exponential moving average that starts at the mean of the first n samples."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Exponential moving average, from a mean",
    formula=(
        "e starts as the mean of the first n samples, then e += alpha * (x - e), alpha = 2 / (n"
        " + 1)"
    ),
    origin=("Murphy, Technical Analysis of the Financial Markets, 1999, ch. 9; start as in TA-Lib"),
    units="as the input",
    sources=ANY_PRICE,
    params=(period(14, meaning="n of alpha, and samples until warm"),),
    warm=lambda p: p.period,
    constants=lambda p: (2.0 / (p.period + 1.0),),
    reorders=True,
    talib="EMA",
)


class Step(Column):
    """The running average; until warm, the sum."""

    average: float

    def step(self, x: Sequence[float]) -> None:
        self.average = seeded(self.average, self.count, self.period, self.p[0], x[0])
        if self.count >= self.period:
            self.value = self.average
