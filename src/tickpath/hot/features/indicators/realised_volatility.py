"""realised_volatility: root of the sum of squared changes over the last n changes."""

import math
from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Flow

SPEC = IndicatorSpec(
    title="Realised volatility",
    formula="sqrt(sum of (x[t] - x[t-1])**2 over n changes), of price changes, not of log returns",
    origin="Andersen, Bollerslev, Diebold, Labys, Modeling realized volatility, 2003",
    units="as the input, over the window",
    sources=ANY_PRICE,
    params=(period(20, meaning="changes in the sum"),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (Flow(p.period),),
)


class Step(Column):
    """The last sample, the squared changes and their sum."""

    last: float

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        if self.count > 1:
            change = x[0] - self.last
            total = window.push(change * change)
            if self.count > self.period:
                self.value = math.sqrt(total) if total > 0.0 else 0.0
        self.last = x[0]
