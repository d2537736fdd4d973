"""rma: Wilder's moving average."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Wilder's moving average (RMA, SMMA)",
    formula="r starts as the mean of the first n samples, then r += (x - r) / n",
    origin="Wilder, New Concepts in Technical Trading Systems, 1978, section III",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(14, meaning="n of the smoothing, and samples until warm"),),
    warm=lambda p: p.period,
    constants=lambda p: (1.0 / p.period,),
    reorders=True,
)


class Step(Column):
    """The running average; until warm, the sum."""

    average: float

    def step(self, x: Sequence[float]) -> None:
        self.average = seeded(self.average, self.count, self.period, self.p[0], x[0])
        if self.count >= self.period:
            self.value = self.average
