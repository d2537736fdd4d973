"""aroon_oscillator: Aroon up less Aroon down."""

from collections.abc import Sequence

from tickpath.hot.features.spec import (
    ANY_PRICE,
    HIGH_LOW,
    WINDOW_MAX,
    Column,
    IndicatorSpec,
    period,
)
from tickpath.hot.features.windows import HighestSince, LowestSince

SPEC = IndicatorSpec(
    title="Aroon oscillator",
    formula=(
        "100 * (bars since the lowest low - bars since the highest high) / n, over n + 1 bars"
    ),
    origin="Chande, A time price oscillator, Stocks & Commodities 13:9, 1995",
    units="-100 to 100",
    inputs=HIGH_LOW,
    sources=ANY_PRICE,
    params=(period(14, meaning="bars back", most=WINDOW_MAX - 1),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (HighestSince(p.period + 1), LowestSince(p.period + 1)),
    talib="AROONOSC",
)


class Step(Column):
    """Highest high and lowest low."""

    def step(self, x: Sequence[float]) -> None:
        high, low = self.windows
        since_high, since_low = high.push(x[0]), low.push(x[1])
        if self.count > self.period:
            self.value = 100.0 * (since_low - since_high) / float(self.period)
