"""tema: triple exponential moving average."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Triple exponential moving average",
    formula=(
        "3 e1 - 3 e2 + e3, e2 the average of e1, e3 of e2; each starts as the mean of its first n"
    ),
    origin="Mulloy, Smoothing data with less lag, Stocks & Commodities 12:2, 1994",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(14, meaning="n of alpha = 2 / (n + 1)"),),
    warm=lambda p: 3 * p.period - 2,
    constants=lambda p: (2.0 / (p.period + 1.0),),
    reorders=True,
    talib="TEMA",
)


class Step(Column):
    """The three averages."""

    first: float
    second: float
    third: float

    def step(self, x: Sequence[float]) -> None:
        n = self.period
        self.first = seeded(self.first, self.count, n, self.p[0], x[0])
        if self.count >= n:
            self.second = seeded(self.second, self.count - n + 1, n, self.p[0], self.first)
        if self.count >= 2 * n - 1:
            self.third = seeded(self.third, self.count - 2 * n + 2, n, self.p[0], self.second)
        if self.count >= 3 * n - 2:
            self.value = 3.0 * self.first - 3.0 * self.second + self.third
