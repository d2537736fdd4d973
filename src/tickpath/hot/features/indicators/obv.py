"""obv: on-balance volume."""

from collections.abc import Sequence

from tickpath.hot.features.spec import TRADES, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="On-balance volume",
    formula=(
        "starts at the first volume, then + volume when the close rose, - volume when it fell"
    ),
    origin="Granville, Granville's New Key to Stock Market Profits, 1963",
    units="as the volume",
    inputs=("close", "volume"),
    sources=TRADES,
    talib="OBV",
)


class Step(Column):
    """The last close and the sum."""

    close: float
    total: float

    def step(self, x: Sequence[float]) -> None:
        if self.count == 1 or x[0] > self.close:
            self.total += x[1]
        elif x[0] < self.close:
            self.total -= x[1]
        self.close = x[0]
        self.value = self.total
