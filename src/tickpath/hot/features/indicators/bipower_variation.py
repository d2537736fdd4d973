"""bipower_variation: realised variance without the jumps."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Flow

SPEC = IndicatorSpec(
    title="Bipower variation",
    formula="(pi / 2) * sum of |c[t]| |c[t-1]| over n pairs of successive changes c",
    origin=(
        "Barndorff-Nielsen and Shephard, Power and bipower variation with stochastic volatility"
        " and jumps, 2004"
    ),
    units="the input squared, over the window",
    sources=ANY_PRICE,
    params=(period(20, meaning="pairs of changes in the sum"),),
    warm=lambda p: p.period + 2,
    windows=lambda p: (Flow(p.period),),
)


class Step(Column):
    """The last sample and the size of the last change; the products."""

    last: float
    size: float

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        change = x[0] - self.last
        size = abs(change)
        if self.count > 2:
            total = window.push(size * self.size)
            if self.count > self.period + 1:
                self.value = 1.5707963267948966 * total if total > 0.0 else 0.0
        self.last, self.size = x[0], size
