"""stochrsi_k: stochastic of the RSI, %K."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import relative_strength, stochastic, strength
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Highest, Lowest

SPEC = IndicatorSpec(
    title="Stochastic RSI %K",
    formula=(
        "100 * (r - lowest r) / (highest r - lowest r) over k values of the RSI r; 0 in a flat "
        "window"
    ),
    origin="Chande and Kroll, The New Technical Trader, 1994",
    units="0 to 100",
    sources=ANY_PRICE,
    params=(
        period(14, meaning="n of the RSI"),
        period(5, meaning="k, values of the RSI in the window", name="window"),
    ),
    warm=lambda p: p.period + p.window,
    windows=lambda p: (Highest(p.window), Lowest(p.window)),
    constants=lambda p: (1.0 / p.period,),
    talib="STOCHRSI, fastk",
)


class Step(Column):
    """The state of the RSI, and its extremes."""

    last: float
    gain_total: float
    loss_total: float
    gain: float
    loss: float

    def step(self, x: Sequence[float]) -> None:
        strength(self, x[0])
        if self.count > self.period:
            strong = relative_strength(self)
            found = stochastic(self, strong, strong, strong)
            if self.count >= self.period + self.windows[0].capacity:
                self.value = found
