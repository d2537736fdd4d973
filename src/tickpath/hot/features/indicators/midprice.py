"""midprice: halfway between highest high and lowest low."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Highest, Lowest

SPEC = IndicatorSpec(
    title="Midprice; the middle of the Donchian channel",
    formula="(highest high + lowest low) / 2 over n bars",
    origin="Donchian, High finance in copper, Financial Analysts Journal 16:6, 1960",
    units="as the input",
    inputs=HIGH_LOW,
    sources=ANY_PRICE,
    params=(period(14, meaning="bars in the window"),),
    warm=lambda p: p.period,
    windows=lambda p: (Highest(p.period), Lowest(p.period)),
    talib="MIDPRICE",
)


class Step(Column):
    """Highest high and lowest low."""

    def step(self, x: Sequence[float]) -> None:
        high, low = self.windows
        top, bottom = high.push(x[0]), low.push(x[1])
        if self.count >= self.period:
            self.value = (top + bottom) * 0.5
