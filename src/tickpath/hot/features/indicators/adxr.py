"""adxr: mean of the average directional index now and n - 1 bars ago."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded
from tickpath.hot.features.bars import directional, one_sided
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Ring

SPEC = IndicatorSpec(
    title="Average directional movement rating",
    formula="(ADX[t] + ADX[t - n + 1]) / 2",
    origin=(
        "Wilder, New Concepts in Technical Trading Systems, 1978, section IV; lag as in TA-Lib"
    ),
    units="0 to 100",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(period(14, 2, "n of both smoothings, in bars"),),
    warm=lambda p: 3 * p.period - 1,
    windows=lambda p: (Ring(p.period - 1),),
    constants=lambda p: (1.0 / p.period,),
    talib="ADXR",
)


class Step(Column):
    """The state of the ADX, and its last values."""

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
            before = self.windows[0].push(self.average)
            if self.count >= 3 * n - 1:
                self.value = (self.average + before) * 0.5
