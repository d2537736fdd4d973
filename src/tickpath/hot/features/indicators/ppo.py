"""ppo: percentage price oscillator."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Percentage price oscillator",
    formula=(
        "100 * (fast EMA - slow EMA) / slow EMA, each from the mean of its own first n samples;"
        " 0 over an average of 0"
    ),
    origin="Appel, Technical Analysis: Power Tools for Active Investors, 2005, ch. 8",
    units="per cent",
    sources=ANY_PRICE,
    params=(
        period(12, meaning="n of the fast average", name="fast"),
        period(26, 2, "n of the slow average", name="slow"),
    ),
    warm=lambda p: p.slow,
    constants=lambda p: (float(p.fast), float(p.slow), 2.0 / (p.fast + 1.0), 2.0 / (p.slow + 1.0)),
    rising=("fast", "slow"),
    talib="PPO with matype=1",
)


class Step(Column):
    """The two averages."""

    fast: float
    slow: float

    def step(self, x: Sequence[float]) -> None:
        self.fast = seeded(self.fast, self.count, int(self.p[0]), self.p[2], x[0])
        self.slow = seeded(self.slow, self.count, int(self.p[1]), self.p[3], x[0])
        if self.count >= int(self.p[1]):
            gap = self.fast - self.slow
            self.value = 100.0 * gap / self.slow if self.slow != 0.0 else 0.0
