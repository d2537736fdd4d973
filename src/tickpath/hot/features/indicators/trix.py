"""trix: change of a triple exponential average, per cent."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="TRIX",
    formula=(
        "100 * (e3[t] / e3[t-1] - 1), e3 the third average in a row; each starts as the mean of"
        " its first n; 0 after an average of 0"
    ),
    origin="Hutson, Good Trix, Stocks & Commodities 1:5, 1983",
    units="per cent",
    sources=ANY_PRICE,
    params=(period(30, meaning="n of alpha = 2 / (n + 1)"),),
    warm=lambda p: 3 * p.period - 1,
    constants=lambda p: (2.0 / (p.period + 1.0),),
    talib="TRIX",
)


class Step(Column):
    """The three averages."""

    first: float
    second: float
    third: float

    def step(self, x: Sequence[float]) -> None:
        n = self.period
        before = self.third
        self.first = seeded(self.first, self.count, n, self.p[0], x[0])
        if self.count >= n:
            self.second = seeded(self.second, self.count - n + 1, n, self.p[0], self.first)
        if self.count >= 2 * n - 1:
            self.third = seeded(self.third, self.count - 2 * n + 2, n, self.p[0], self.second)
        if self.count >= 3 * n - 1:
            self.value = 100.0 * (self.third / before - 1.0) if before != 0.0 else 0.0
