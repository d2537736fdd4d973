"""stochrsi_d: stochastic of the RSI, %D."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import relative_strength, stochastic, strength
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Highest, Lowest, Total

SPEC = IndicatorSpec(
    title="Stochastic RSI %D",
    formula="mean of the last d values of stochrsi_k",
    origin="Chande and Kroll, The New Technical Trader, 1994",
    units="0 to 100",
    sources=ANY_PRICE,
    params=(
        period(14, meaning="n of the RSI"),
        period(5, meaning="k, values of the RSI in the window", name="window"),
        period(3, meaning="d, values in the mean", name="smooth"),
    ),
    warm=lambda p: p.period + p.window + p.smooth - 1,
    windows=lambda p: (Highest(p.window), Lowest(p.window), Total(p.smooth)),
    constants=lambda p: (1.0 / p.period,),
    talib="STOCHRSI, fastd",
)


class Step(Column):
    """The state of the RSI, its extremes, and the last %K."""

    last: float
    gain_total: float
    loss_total: float
    gain: float
    loss: float

    def step(self, x: Sequence[float]) -> None:
        smooth = self.windows[2]
        strength(self, x[0])
        if self.count > self.period:
            strong = relative_strength(self)
            found = stochastic(self, strong, strong, strong)
            if self.count >= self.period + self.windows[0].capacity:
                total = smooth.push(found)
                if smooth.full:
                    self.value = total / float(smooth.capacity)
