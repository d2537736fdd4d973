"""roll_spread: spread implied by the bounce of prices."""

import math
from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Pair

SPEC = IndicatorSpec(
    title="Roll's spread",
    formula=(
        "2 sqrt(-c), c the covariance of successive changes over n pairs; 0 where c is not negative"
    ),
    origin="Roll, A simple implicit measure of the effective bid-ask spread, 1984",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(100, 2, "pairs of changes in the window"),),
    warm=lambda p: p.period + 2,
    windows=lambda p: (Pair(p.period),),
    constants=lambda p: (1.0 / (p.period * p.period),),
)


class Step(Column):
    """The last sample and the last change; the pairs."""

    last: float
    change: float

    def step(self, x: Sequence[float]) -> None:
        (pairs,) = self.windows
        change = x[0] - self.last
        if self.count > 2:
            pairs.push(change, self.change)
            if self.count > self.period + 1:
                bounce = -pairs.cross() * self.p[0]
                self.value = 2.0 * math.sqrt(bounce) if bounce > 0.0 else 0.0
        self.last, self.change = x[0], change
