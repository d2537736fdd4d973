"""keltner_upper: the Keltner band above the moving average."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded
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
    title="Keltner band, upper",
    formula=("EMA of the close + k * ATR, both over n; the EMA starts as the mean of its first n"),
    origin="Keltner, How to Make Money in Commodities, 1960; with ATR after Raschke, 1990s",
    units="as the input",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(period(20, meaning="n of both averages"), width(2.0, "k, average true ranges")),
    warm=lambda p: p.period + 1,
    constants=lambda p: (p.width, 2.0 / (p.period + 1.0), 1.0 / p.period),
)


class Step(Column):
    """The state of the average true range, and the average close."""

    close: float
    range_total: float
    average: float
    middle: float

    def step(self, x: Sequence[float]) -> None:
        average_range(self, self.p[2], *x)
        self.middle = seeded(self.middle, self.count, self.period, self.p[1], x[2])
        if self.count > self.period:
            self.value = self.middle + self.p[0] * self.average
