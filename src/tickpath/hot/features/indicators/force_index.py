"""force_index: Elder's force index."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded
from tickpath.hot.features.spec import TRADES, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Force index",
    formula=(
        "EMA of (close - close') * volume, ' the bar before; it starts as the mean of its first n"
    ),
    origin="Elder, Trading for a Living, 1993, section 8.3",
    units="price * volume",
    inputs=("close", "volume"),
    sources=TRADES,
    params=(period(13, meaning="n of alpha = 2 / (n + 1)"),),
    warm=lambda p: p.period + 1,
    constants=lambda p: (2.0 / (p.period + 1.0),),
)


class Step(Column):
    """The last close and the average."""

    close: float
    average: float

    def step(self, x: Sequence[float]) -> None:
        if self.count > 1:
            force = (x[0] - self.close) * x[1]
            self.average = seeded(self.average, self.count - 1, self.period, self.p[0], force)
            if self.count > self.period:
                self.value = self.average
        self.close = x[0]
