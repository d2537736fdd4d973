"""midpoint: halfway between the largest and the smallest sample."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Highest, Lowest

SPEC = IndicatorSpec(
    title="Midpoint",
    formula="(largest + smallest) / 2 over n samples",
    origin="definition",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(14),),
    warm=lambda p: p.period,
    windows=lambda p: (Highest(p.period), Lowest(p.period)),
    talib="MIDPOINT",
)


class Step(Column):
    """Largest and smallest."""

    def step(self, x: Sequence[float]) -> None:
        high, low = self.windows
        top, bottom = high.push(x[0]), low.push(x[0])
        if self.count >= self.period:
            self.value = (top + bottom) * 0.5
