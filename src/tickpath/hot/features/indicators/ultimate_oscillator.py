"""ultimate_oscillator: Williams' oscillator over three windows."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Flows

SPEC = IndicatorSpec(
    title="Ultimate oscillator",
    formula=(
        "100 * (4 a + 2 b + c) / 7; a, b, c = sum of (close - low*) / sum of (high* - low*) "
        "over the short, middle and long window, low* = min(low, close'), high* = max(high, "
        "close'), ' the bar before; 0 for a flat window"
    ),
    origin="Williams, The ultimate oscillator, Stocks & Commodities 3:4, 1985",
    units="0 to 100",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(
        period(7, meaning="bars of the short window", name="short"),
        period(14, 2, "bars of the middle window", name="middle"),
        period(28, 3, "bars of the long window", name="long"),
    ),
    warm=lambda p: p.long + 1,
    windows=lambda p: tuple(Flows(n) for n in (p.short, p.middle, p.long)),
    constants=lambda p: (float(p.long),),
    rising=("short", "middle", "long"),
    talib="ULTOSC",
)


class Step(Column):
    """The last close; buying pressure and true range of each window."""

    close: float

    def step(self, x: Sequence[float]) -> None:
        high, low, close = x
        if self.count > 1:
            low = min(low, self.close)
            high = max(high, self.close)
            found = 0.0
            for k, weight in enumerate((4.0, 2.0, 1.0)):
                flows = self.windows[k]
                flows.push(close - low, high - low)
                found += weight * flows.ratio()
            if self.count > int(self.p[0]):
                self.value = 100.0 * found / 7.0
        self.close = close
