"""std: population standard deviation of the last n samples."""

from tickpath.hot.features.sources import FeatureInput, FeatureSource
from tickpath.hot.features.spec import (
    ANY_PRICE,
    WINDOW_MAX,
    Column,
    IndicatorSpec,
    spread_of,
    sums_of,
)

SPEC = IndicatorSpec(
    title="Rolling standard deviation",
    formula="sqrt(n * sum of x**2 - (sum of x)**2) / n, population, both sums exact integers",
    origin="definition; Knuth, The Art of Computer Programming 2, 1997, 4.2.2 on its float hazards",
    units="ticks",
    sources=ANY_PRICE,
    period=(2, WINDOW_MAX),
    period_means="samples in the window",
    warm=lambda period, factor: period,
    ints=("total",),
    wide=("squares",),
    slots=1,
)


class Step(Column):
    """The window, its sum and its sum of squares."""

    def __init__(self, source: FeatureSource, period: int, factor: float, slots: int) -> None:
        super().__init__(source, period, factor, slots)
        self.total = 0
        self.squares = 0

    def step(self, x: FeatureInput) -> None:
        self.window.append(self.sample(x))
        self.total, self.squares = sums_of(self.window)
        if self.count >= self.period:
            spread = spread_of(self.period, self.total, self.squares)
            self.value = spread * self.scale / float(self.period)
