"""natr: average true range, per cent of the close."""

from collections.abc import Sequence

from tickpath.hot.features.bars import average_range
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Normalised average true range",
    formula="100 * ATR / close; 0 over a close of 0",
    origin=(
        "Forman, Cross-market evaluations with normalized average true range, Stocks & "
        "Commodities 24:5, 2006"
    ),
    units="per cent",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(period(14, meaning="n of Wilder's smoothing, in bars"),),
    warm=lambda p: p.period + 1,
    constants=lambda p: (1.0 / p.period,),
    talib="NATR",
)


class Step(Column):
    """The state of the average true range."""

    close: float
    range_total: float
    average: float

    def step(self, x: Sequence[float]) -> None:
        average_range(self, self.p[0], *x)
        if self.count > self.period:
            self.value = 100.0 * self.average / x[2] if x[2] != 0.0 else 0.0
