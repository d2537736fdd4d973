"""macd: difference of a fast and a slow exponential average."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import convergence
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="MACD line",
    formula="fast EMA - slow EMA; both start as means that end at sample `slow`",
    origin="Appel, Technical Analysis: Power Tools for Active Investors, 2005, ch. 8",
    units="as the input",
    sources=ANY_PRICE,
    params=(
        period(12, meaning="n of the fast average", name="fast"),
        period(26, 2, "n of the slow average", name="slow"),
    ),
    warm=lambda p: p.slow,
    constants=lambda p: (
        float(p.fast),
        float(p.slow),
        1.0,
        2.0 / (p.fast + 1.0),
        2.0 / (p.slow + 1.0),
        1.0,
    ),
    rising=("fast", "slow"),
    reorders=True,
    talib="MACD, macd",
)


class Step(Column):
    """The two averages."""

    fast: float
    slow: float
    signal: float

    def step(self, x: Sequence[float]) -> None:
        line = convergence(self, x[0])
        if self.count >= int(self.p[1]):
            self.value = line
