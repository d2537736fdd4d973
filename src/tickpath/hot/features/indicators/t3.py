"""t3: Tillson's T3."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded, t3_constants
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, number, period

SPEC = IndicatorSpec(
    title="T3 moving average",
    formula=(
        "c1 e6 + c2 e5 + c3 e4 + c4 e3, e1 .. e6 averages in a row that each start as the mean "
        "of their first n; c1 = -v**3, c2 = 3 v**2 + 3 v**3, c3 = -6 v**2 - 3 v - 3 v**3, c4 = "
        "1 + 3 v + v**3 + 3 v**2"
    ),
    origin="Tillson, Better moving averages, Stocks & Commodities 16:1, 1998",
    units="as the input",
    sources=ANY_PRICE,
    params=(
        period(5, meaning="n of alpha = 2 / (n + 1)"),
        number("volume", "v, 0: an EMA thrice, 1: DEMA thrice", 0.0, 1.0, 0.7),
    ),
    warm=lambda p: 6 * p.period - 5,
    constants=lambda p: t3_constants(p.period, p.volume),
    talib="T3",
)


class Step(Column):
    """The six averages."""

    e1: float
    e2: float
    e3: float
    e4: float
    e5: float
    e6: float

    def step(self, x: Sequence[float]) -> None:
        n, k = self.period, self.count
        self.e1 = seeded(self.e1, k, n, self.p[0], x[0])
        if k > n - 1:
            self.e2 = seeded(self.e2, k - (n - 1), n, self.p[0], self.e1)
        if k > 2 * (n - 1):
            self.e3 = seeded(self.e3, k - 2 * (n - 1), n, self.p[0], self.e2)
        if k > 3 * (n - 1):
            self.e4 = seeded(self.e4, k - 3 * (n - 1), n, self.p[0], self.e3)
        if k > 4 * (n - 1):
            self.e5 = seeded(self.e5, k - 4 * (n - 1), n, self.p[0], self.e4)
        if k > 5 * (n - 1):
            self.e6 = seeded(self.e6, k - 5 * (n - 1), n, self.p[0], self.e5)
        if k > 6 * (n - 1):
            _, c1, c2, c3, c4 = self.p
            self.value = c1 * self.e6 + c2 * self.e5 + c3 * self.e4 + c4 * self.e3
