"""stoch_k: slow stochastic, %K."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import stochastic
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Highest, Lowest, Total

SPEC = IndicatorSpec(
    title="Slow stochastic %K",
    formula="mean of the last k values of stochf_k",
    origin="Lane, Lane's stochastics, Stocks & Commodities 2:3, 1984",
    units="0 to 100",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(
        period(5, meaning="bars in the window"),
        period(3, meaning="k, values in the mean", name="slow"),
    ),
    warm=lambda p: p.period + p.slow - 1,
    windows=lambda p: (Highest(p.period), Lowest(p.period), Total(p.slow)),
    talib="STOCH, slowk",
)


class Step(Column):
    """Highest high, lowest low, and the last fast %K."""

    def step(self, x: Sequence[float]) -> None:
        slow = self.windows[2]
        found = stochastic(self, *x)
        if self.count >= self.period:
            total = slow.push(found)
            if slow.full:
                self.value = total / float(slow.capacity)
