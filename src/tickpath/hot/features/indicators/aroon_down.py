"""aroon_down: how recent the lowest low is."""

from collections.abc import Sequence

from tickpath.hot.features.spec import (
    ANY_PRICE,
    HIGH_LOW,
    WINDOW_MAX,
    Column,
    IndicatorSpec,
    period,
)
from tickpath.hot.features.windows import LowestSince

SPEC = IndicatorSpec(
    title="Aroon down",
    formula=(
        "100 * (n - bars since the lowest low of n + 1 bars) / n; the newest of equal lows counts"
    ),
    origin="Chande, A time price oscillator, Stocks & Commodities 13:9, 1995",
    units="0 to 100",
    inputs=HIGH_LOW,
    sources=ANY_PRICE,
    params=(period(14, meaning="bars back", most=WINDOW_MAX - 1),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (LowestSince(p.period + 1),),
    talib="AROON, aroondown",
)


class Step(Column):
    """Lowest low."""

    def step(self, x: Sequence[float]) -> None:
        (low,) = self.windows
        since = low.push(x[1])
        if self.count > self.period:
            self.value = 100.0 * (float(self.period) - since) / float(self.period)
