"""stoch_d: slow stochastic, %D."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import stochastic
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Highest, Lowest, Total

SPEC = IndicatorSpec(
    title="Slow stochastic %D",
    formula="mean of the last d values of stoch_k",
    origin="Lane, Lane's stochastics, Stocks & Commodities 2:3, 1984",
    units="0 to 100",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(
        period(5, meaning="bars in the window"),
        period(3, meaning="k, values in the mean behind stoch_k", name="slow"),
        period(3, meaning="d, values in the mean", name="smooth"),
    ),
    warm=lambda p: p.period + p.slow + p.smooth - 2,
    windows=lambda p: (Highest(p.period), Lowest(p.period), Total(p.slow), Total(p.smooth)),
    talib="STOCH, slowd",
)


class Step(Column):
    """Highest high, lowest low, the last fast and the last slow %K."""

    def step(self, x: Sequence[float]) -> None:
        _, _, slow, smooth = self.windows
        found = stochastic(self, *x)
        if self.count >= self.period:
            total = slow.push(found)
            if slow.full:
                total = smooth.push(total / float(slow.capacity))
                if smooth.full:
                    self.value = total / float(smooth.capacity)
