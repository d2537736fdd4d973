"""true_range: how far a bar reaches, the close before it included."""

from collections.abc import Sequence

from tickpath.hot.features.bars import true_range
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="True range",
    formula="max(high, close') - min(low, close'), ' the bar before",
    origin="Wilder, New Concepts in Technical Trading Systems, 1978, section III",
    units="as the input",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    warm=lambda p: 2,
    talib="TRANGE",
)


class Step(Column):
    """The last close."""

    close: float

    def step(self, x: Sequence[float]) -> None:
        if self.count > 1:
            self.value = true_range(self.close, x[0], x[1])
        self.close = x[2]
