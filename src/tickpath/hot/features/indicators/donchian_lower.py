"""donchian_lower: lowest low of the last n bars."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Lowest

SPEC = IndicatorSpec(
    title="Donchian channel, lower",
    formula="lowest low over n bars",
    origin="Donchian, High finance in copper, Financial Analysts Journal 16:6, 1960",
    units="as the input",
    inputs=HIGH_LOW,
    sources=ANY_PRICE,
    params=(period(20, meaning="bars in the window"),),
    warm=lambda p: p.period,
    windows=lambda p: (Lowest(p.period),),
)


class Step(Column):
    """Lowest low."""

    def step(self, x: Sequence[float]) -> None:
        bottom = self.windows[0].push(x[1])
        if self.count >= self.period:
            self.value = bottom
