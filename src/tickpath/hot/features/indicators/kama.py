"""kama: Kaufman's adaptive moving average."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Flow, Ring

SPEC = IndicatorSpec(
    title="Kaufman's adaptive moving average",
    formula=(
        "k += c * (x - k), c = (E (2/3 - 2/31) + 2/31)**2, E = |x[t] - x[t-n]| / sum of "
        "|changes| over n, 1 when nothing moved; k starts at the n-th sample"
    ),
    origin="Kaufman, Smarter Trading, 1995, p. 129",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(30, meaning="changes behind the efficiency ratio"),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (Ring(p.period), Flow(p.period)),
    talib="KAMA",
)


class Step(Column):
    """The last sample and the average; the samples and the sizes of their changes."""

    last: float
    average: float

    def step(self, x: Sequence[float]) -> None:
        samples, changes = self.windows
        change = x[0] - self.last
        self.last = x[0]
        old = samples.push(x[0])
        if self.count > 1:
            path = changes.push(abs(change))
            way = abs(x[0] - old)
            if self.count > self.period:
                share = way / path if path > way else 1.0
                pace = share * (2.0 / 3.0 - 2.0 / 31.0) + 2.0 / 31.0
                self.average += pace * pace * (x[0] - self.average)
                self.value = self.average
                return
        self.average = x[0]
