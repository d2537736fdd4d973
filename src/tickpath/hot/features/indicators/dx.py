"""dx: Wilder's directional movement index."""

from collections.abc import Sequence

from tickpath.hot.features.bars import directional, one_sided
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Directional movement index",
    formula="100 * |+DI - -DI| / (+DI + -DI); the value before when nothing moved",
    origin="Wilder, New Concepts in Technical Trading Systems, 1978, section IV",
    units="0 to 100",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(period(14, 2, "n of Wilder's smoothing, in bars"),),
    warm=lambda p: p.period + 1,
    constants=lambda p: (1.0 / p.period,),
    talib="DX",
)


class Step(Column):
    """The last bar, the sums and the index."""

    high: float
    low: float
    close: float
    plus: float
    minus: float
    reach: float
    index: float

    def step(self, x: Sequence[float]) -> None:
        directional(self, *x)
        if self.count > self.period:
            self.index = one_sided(self, self.index)
            self.value = self.index
