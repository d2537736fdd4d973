"""zlema: exponential moving average of de-lagged samples."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Ring

SPEC = IndicatorSpec(
    title="Zero-lag exponential moving average",
    formula=(
        "e += alpha * (2 x[t] - x[t-k] - e), k = (n - 1) / 2 rounded down, alpha = 2 / (n + 1),"
        " e starts at the first such number"
    ),
    origin="Ehlers and Way, Zero lag (well, almost), Stocks & Commodities 28:11, 2010",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(14, 3, "n of alpha"),),
    warm=lambda p: p.period,
    windows=lambda p: (Ring((p.period - 1) // 2),),
    constants=lambda p: (2.0 / (p.period + 1.0),),
)


class Step(Column):
    """The running average and the lagged samples."""

    average: float

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        full = window.full
        lagged = window.push(x[0])
        if full:
            number = x[0] + (x[0] - lagged)
            if self.count == window.capacity + 1:
                self.average = number
            else:
                self.average += self.p[0] * (number - self.average)
        if self.count >= self.period:
            self.value = self.average
