"""adosc: Chaikin's oscillator."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import money
from tickpath.hot.features.spec import BAR_VOLUME, TRADES, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Chaikin oscillator",
    formula=(
        "fast EMA - slow EMA of the accumulation/distribution line; both start at its first value"
    ),
    origin="Chaikin; Achelis, Technical Analysis from A to Z, 2001, p. 93",
    units="as the volume",
    inputs=BAR_VOLUME,
    sources=TRADES,
    params=(
        period(3, meaning="n of the fast average", name="fast"),
        period(10, 2, "n of the slow average", name="slow"),
    ),
    warm=lambda p: p.slow,
    constants=lambda p: (2.0 / (p.fast + 1.0), 2.0 / (p.slow + 1.0), float(p.slow)),
    rising=("fast", "slow"),
    talib="ADOSC",
)


class Step(Column):
    """The line and its averages."""

    total: float
    fast: float
    slow: float

    def step(self, x: Sequence[float]) -> None:
        self.total += money(*x)
        if self.count == 1:
            self.fast = self.slow = self.total
        else:
            self.fast += self.p[0] * (self.total - self.fast)
            self.slow += self.p[1] * (self.total - self.slow)
        if self.count >= int(self.p[2]):
            self.value = self.fast - self.slow
