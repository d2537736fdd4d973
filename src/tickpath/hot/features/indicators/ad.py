"""ad: Chaikin's accumulation and distribution line."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import money
from tickpath.hot.features.spec import BAR_VOLUME, TRADES, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Accumulation/distribution line",
    formula=(
        "sum from the start of ((close - low) - (high - close)) / (high - low) * volume, 0 of a"
        " flat bar"
    ),
    origin="Chaikin; Achelis, Technical Analysis from A to Z, 2001, p. 56",
    units="as the volume",
    inputs=BAR_VOLUME,
    sources=TRADES,
    talib="AD",
)


class Step(Column):
    """The sum."""

    total: float

    def step(self, x: Sequence[float]) -> None:
        self.total += money(*x)
        self.value = self.total
