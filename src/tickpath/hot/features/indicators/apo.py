"""apo: absolute price oscillator."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Absolute price oscillator",
    formula="fast EMA - slow EMA, each from the mean of its own first n samples",
    origin="Appel, Technical Analysis: Power Tools for Active Investors, 2005, ch. 8",
    units="as the input",
    sources=ANY_PRICE,
    params=(
        period(12, meaning="n of the fast average", name="fast"),
        period(26, 2, "n of the slow average", name="slow"),
    ),
    warm=lambda p: p.slow,
    constants=lambda p: (float(p.fast), float(p.slow), 2.0 / (p.fast + 1.0), 2.0 / (p.slow + 1.0)),
    rising=("fast", "slow"),
    reorders=True,
    talib="APO with matype=1",
)


class Step(Column):
    """The two averages."""

    fast: float
    slow: float

    def step(self, x: Sequence[float]) -> None:
        self.fast = seeded(self.fast, self.count, int(self.p[0]), self.p[2], x[0])
        self.slow = seeded(self.slow, self.count, int(self.p[1]), self.p[3], x[0])
        if self.count >= int(self.p[1]):
            self.value = self.fast - self.slow
