"""stochf_k: fast stochastic, %K."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import stochastic
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Highest, Lowest

SPEC = IndicatorSpec(
    title="Fast stochastic %K",
    formula=(
        "100 * (close - lowest low) / (highest high - lowest low) over n bars; 0 in a flat window"
    ),
    origin="Lane, Lane's stochastics, Stocks & Commodities 2:3, 1984",
    units="0 to 100",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(period(5, meaning="bars in the window"),),
    warm=lambda p: p.period,
    windows=lambda p: (Highest(p.period), Lowest(p.period)),
    talib="STOCHF, fastk",
)


class Step(Column):
    """Highest high and lowest low."""

    def step(self, x: Sequence[float]) -> None:
        found = stochastic(self, *x)
        if self.count >= self.period:
            self.value = found
