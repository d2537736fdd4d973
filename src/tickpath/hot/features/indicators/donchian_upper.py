"""donchian_upper: highest high of the last n bars."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Highest

SPEC = IndicatorSpec(
    title="Donchian channel, upper",
    formula="highest high over n bars",
    origin="Donchian, High finance in copper, Financial Analysts Journal 16:6, 1960",
    units="as the input",
    inputs=HIGH_LOW,
    sources=ANY_PRICE,
    params=(period(20, meaning="bars in the window"),),
    warm=lambda p: p.period,
    windows=lambda p: (Highest(p.period),),
)


class Step(Column):
    """Highest high."""

    def step(self, x: Sequence[float]) -> None:
        top = self.windows[0].push(x[0])
        if self.count >= self.period:
            self.value = top
