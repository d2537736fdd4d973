"""supertrend: a stop that trails the middle of the bars by average true ranges."""

from collections.abc import Sequence

from tickpath.hot.features.bars import average_range
from tickpath.hot.features.spec import (
    ANY_PRICE,
    HIGH_LOW_CLOSE,
    Column,
    IndicatorSpec,
    period,
    width,
)

SPEC = IndicatorSpec(
    title="Supertrend",
    formula=(
        "bands (high + low) / 2 +- k ATR; the upper one only falls while the close is not above"
        " it, the lower one only rises while the close is not below it; the value is the band "
        "opposite the trend, which turns when the close crosses it"
    ),
    origin="Seban, Tout le monde merite d'etre riche, 2008",
    units="as the input",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(period(10, meaning="n of the ATR"), width(3.0, "k, average true ranges")),
    warm=lambda p: p.period + 1,
    constants=lambda p: (p.width, 1.0 / p.period),
)


class Step(Column):
    """The state of the average true range; the bands and the trend (1 up, -1 down)."""

    close: float
    range_total: float
    average: float
    upper: float
    lower: float
    trend: float

    def step(self, x: Sequence[float]) -> None:
        before = self.close
        average_range(self, self.p[1], *x)
        if self.count > self.period:
            middle, reach = (x[0] + x[1]) * 0.5, self.p[0] * self.average
            upper, lower = middle + reach, middle - reach
            if self.trend == 0.0:
                self.trend = 1.0 if x[2] > upper else -1.0
            else:
                upper = upper if upper < self.upper or before > self.upper else self.upper
                lower = lower if lower > self.lower or before < self.lower else self.lower
                if self.trend < 0.0:
                    self.trend = 1.0 if x[2] > upper else -1.0
                else:
                    self.trend = -1.0 if x[2] < lower else 1.0
            self.upper, self.lower = upper, lower
            self.value = lower if self.trend > 0.0 else upper
