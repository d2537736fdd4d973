"""bop: balance of power."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Balance of power",
    formula="(close - open) / (high - low); 0 of a flat bar",
    origin="Livshin, Balance of market power, Stocks & Commodities 19:8, 2001",
    units="-1 to 1",
    inputs=("open", "high", "low", "close"),
    sources=ANY_PRICE,
    talib="BOP",
)


class Step(Column):
    """Value only."""

    def step(self, x: Sequence[float]) -> None:
        self.value = (x[3] - x[0]) / (x[1] - x[2]) if x[1] > x[2] else 0.0
