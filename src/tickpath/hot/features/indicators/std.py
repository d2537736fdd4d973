"""std: population standard deviation of the last n samples."""

from tickpath.hot.features.spec import ANY_PRICE, WINDOW_MAX, IndicatorSpec
from tickpath.hot.features.windows import Moments

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


class Step(Moments):
    """Standard deviation of the window."""

    def measure(self, sample: int) -> float:
        return self.spread() * self.scale / float(self.period)
