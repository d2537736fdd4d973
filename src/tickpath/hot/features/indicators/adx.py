"""adx: Wilder's average directional movement index."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded
from tickpath.hot.features.bars import directional, one_sided
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Average directional movement index",
    formula="the mean of the first n DX, then A += (DX - A) / n",
    origin="Wilder, New Concepts in Technical Trading Systems, 1978, section IV",
    units="0 to 100",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(period(14, 2, "n of both smoothings, in bars"),),
    warm=lambda p: 2 * p.period,
    constants=lambda p: (1.0 / p.period,),
    talib="ADX",
)


class Step(Column):
    """The last bar, the sums, the index and its average."""

    high: float
    low: float
    close: float
    plus: float
    minus: float
    reach: float
    index: float
    average: float

    def step(self, x: Sequence[float]) -> None:
        n = self.period
        directional(self, *x)
        if self.count > n:
            self.index = one_sided(self, self.index)
            self.average = seeded(self.average, self.count - n, n, self.p[0], self.index)
        if self.count >= 2 * n:
            self.value = self.average
