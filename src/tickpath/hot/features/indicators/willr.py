"""willr: Williams' %R."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Highest, Lowest

SPEC = IndicatorSpec(
    title="Williams %R",
    formula=(
        "-100 * (highest high - close) / (highest high - lowest low) over n bars; 0 in a flat "
        "window"
    ),
    origin="Williams, How I Made One Million Dollars Last Year Trading Commodities, 1973",
    units="-100 to 0",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(period(14, meaning="bars in the window"),),
    warm=lambda p: p.period,
    windows=lambda p: (Highest(p.period), Lowest(p.period)),
    talib="WILLR",
)


class Step(Column):
    """Highest high and lowest low."""

    def step(self, x: Sequence[float]) -> None:
        high, low = self.windows
        top, bottom = high.push(x[0]), low.push(x[1])
        if self.count >= self.period:
            self.value = -100.0 * (top - x[2]) / (top - bottom) if top > bottom else 0.0
