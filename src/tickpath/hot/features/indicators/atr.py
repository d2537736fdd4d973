"""atr: Wilder's average true range."""

from collections.abc import Sequence

from tickpath.hot.features.bars import average_range
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Average true range (Wilder)",
    formula=(
        "TR = max(high, close') - min(low, close'), ' the bar before; "
        "A starts as the mean of the first n TR, then A += (TR - A) / n; "
        "the first bar gives only its close"
    ),
    origin="Wilder, New Concepts in Technical Trading Systems, 1978, section III",
    units="as the input",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(period(14, meaning="n of Wilder's smoothing, in bars"),),
    warm=lambda p: p.period + 1,
    constants=lambda p: (1.0 / p.period,),
    reorders=True,
    talib="ATR",
)


class Step(Column):
    """The last close, the sum of the first n ranges, and the average."""

    close: float
    range_total: float
    average: float

    def step(self, x: Sequence[float]) -> None:
        average_range(self, self.p[0], *x)
        if self.count > self.period:
            self.value = self.average
