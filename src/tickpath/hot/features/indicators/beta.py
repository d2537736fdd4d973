"""beta: how much the returns of y follow those of x."""

from collections.abc import Sequence

from tickpath.hot.features.spec import Column, IndicatorSpec, period
from tickpath.hot.features.windows import Pair

SPEC = IndicatorSpec(
    title="Rolling beta",
    formula=(
        "least-squares slope of the returns of y on those of x over n, a return x[t] / x[t-1] -"
        " 1, 0 after a sample of 0; 0 when x is flat"
    ),
    origin="Sharpe, Capital asset prices, 1964",
    units="none",
    inputs=("x", "y"),
    sources=(),
    params=(period(30, 2, "returns in the window"),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (Pair(p.period),),
    talib="BETA",
)


class Step(Column):
    """The last pair, and the returns."""

    last_x: float
    last_y: float

    def step(self, x: Sequence[float]) -> None:
        (pairs,) = self.windows
        if self.count > 1:
            along = (x[0] - self.last_x) / self.last_x if self.last_x != 0.0 else 0.0
            across = (x[1] - self.last_y) / self.last_y if self.last_y != 0.0 else 0.0
            pairs.push(along, across)
            if self.count > self.period:
                self.value = pairs.slope()
        self.last_x, self.last_y = x
