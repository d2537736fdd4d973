"""vwma: volume-weighted moving average of bars."""

from collections.abc import Sequence

from tickpath.hot.features.spec import TRADES, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Flows

SPEC = IndicatorSpec(
    title="Volume-weighted moving average",
    formula=(
        "sum of close * volume over n bars / sum of volume; while no volume traded it keeps its"
        " value"
    ),
    origin="Kaufman, Trading Systems and Methods, 2013, ch. 7",
    units="as the close",
    inputs=("close", "volume"),
    sources=TRADES,
    params=(period(20, meaning="bars in the window"),),
    warm=lambda p: p.period,
    windows=lambda p: (Flows(p.period),),
)


class Step(Column):
    """Notional and volume of the bars in the window."""

    def step(self, x: Sequence[float]) -> None:
        (flows,) = self.windows
        over, under = flows.push(x[0] * x[1], x[1])
        if self.count >= self.period and under > 0.0:
            self.value = over / under
