"""aroon_up: how recent the highest high is."""

from collections.abc import Sequence

from tickpath.hot.features.spec import (
    ANY_PRICE,
    HIGH_LOW,
    WINDOW_MAX,
    Column,
    IndicatorSpec,
    period,
)
from tickpath.hot.features.windows import HighestSince

SPEC = IndicatorSpec(
    title="Aroon up",
    formula=(
        "100 * (n - bars since the highest high of n + 1 bars) / n; the newest of equal highs "
        "counts"
    ),
    origin="Chande, A time price oscillator, Stocks & Commodities 13:9, 1995",
    units="0 to 100",
    inputs=HIGH_LOW,
    sources=ANY_PRICE,
    params=(period(14, meaning="bars back", most=WINDOW_MAX - 1),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (HighestSince(p.period + 1),),
    talib="AROON, aroonup",
)


class Step(Column):
    """Highest high."""

    def step(self, x: Sequence[float]) -> None:
        (high,) = self.windows
        since = high.push(x[0])
        if self.count > self.period:
            self.value = 100.0 * (float(self.period) - since) / float(self.period)
