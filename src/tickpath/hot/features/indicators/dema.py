"""dema: double exponential moving average."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Double exponential moving average",
    formula="2 e1 - e2, e2 the average of e1; both start as the mean of their first n values",
    origin=("Mulloy, Smoothing data with faster moving averages, Stocks & Commodities 12:1, 1994"),
    units="as the input",
    sources=ANY_PRICE,
    params=(period(14, meaning="n of alpha = 2 / (n + 1)"),),
    warm=lambda p: 2 * p.period - 1,
    constants=lambda p: (2.0 / (p.period + 1.0),),
    reorders=True,
    talib="DEMA",
)


class Step(Column):
    """The two averages."""

    first: float
    second: float

    def step(self, x: Sequence[float]) -> None:
        n = self.period
        self.first = seeded(self.first, self.count, n, self.p[0], x[0])
        if self.count >= n:
            self.second = seeded(self.second, self.count - n + 1, n, self.p[0], self.first)
        if self.count >= 2 * n - 1:
            self.value = 2.0 * self.first - self.second
