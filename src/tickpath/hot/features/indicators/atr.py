"""atr: Wilder's average true range."""

from collections.abc import Sequence

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
    reorders=True,
    talib="ATR",
)


class Step(Column):
    """The last close, the sum of the first n ranges, and the average."""

    close: float
    range_total: float
    average: float

    def step(self, x: Sequence[float]) -> None:
        high, low, close = x
        if self.count > 1:
            reach = max(self.close, high) - min(self.close, low)
            if self.count <= self.period + 1:
                self.range_total += reach
                self.average = self.range_total / float(self.period)
            else:
                self.average += (reach - self.average) / float(self.period)
            if self.count > self.period:
                self.value = self.average
        self.close = close
