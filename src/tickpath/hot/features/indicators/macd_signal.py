"""macd_signal: exponential average of the MACD line."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import convergence, macd_constants
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="MACD signal line",
    formula="EMA of the MACD line that starts as the mean of its first n values",
    origin="Appel, Technical Analysis: Power Tools for Active Investors, 2005, ch. 8",
    units="as the input",
    sources=ANY_PRICE,
    params=(
        period(12, meaning="n of the fast average", name="fast"),
        period(26, 2, "n of the slow average", name="slow"),
        period(9, meaning="n of the average of the line", name="signal"),
    ),
    warm=lambda p: p.slow + p.signal - 1,
    constants=lambda p: macd_constants(p),
    rising=("fast", "slow"),
    talib="MACD, macdsignal",
)


class Step(Column):
    """The three averages."""

    fast: float
    slow: float
    signal: float

    def step(self, x: Sequence[float]) -> None:
        convergence(self, x[0])
        if self.count >= int(self.p[1]) + int(self.p[2]) - 1:
            self.value = self.signal
