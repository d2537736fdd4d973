"""stochf_d: fast stochastic, %D."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import stochastic
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Highest, Lowest, Total

SPEC = IndicatorSpec(
    title="Fast stochastic %D",
    formula="mean of the last d values of stochf_k",
    origin="Lane, Lane's stochastics, Stocks & Commodities 2:3, 1984",
    units="0 to 100",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(
        period(5, meaning="bars in the window"),
        period(3, meaning="d, values in the mean", name="smooth"),
    ),
    warm=lambda p: p.period + p.smooth - 1,
    windows=lambda p: (Highest(p.period), Lowest(p.period), Total(p.smooth)),
    talib="STOCHF, fastd",
)


class Step(Column):
    """Highest high, lowest low, and the last %K."""

    def step(self, x: Sequence[float]) -> None:
        smooth = self.windows[2]
        found = stochastic(self, *x)
        if self.count >= self.period:
            total = smooth.push(found)
            if smooth.full:
                self.value = total / float(smooth.capacity)
