"""rolling_min: smallest of the last n samples."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Lowest

SPEC = IndicatorSpec(
    title="Rolling minimum",
    formula="smallest of x over n",
    origin="definition; Lemire, Streaming maximum-minimum filter, 2006, on its cost",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(20),),
    warm=lambda p: p.period,
    windows=lambda p: (Lowest(p.period),),
    talib="MIN",
)


class Step(Column):
    """The smallest."""

    def step(self, x: Sequence[float]) -> None:
        bottom = self.windows[0].push(x[0])
        if self.count >= self.period:
            self.value = bottom
