"""cmf: Chaikin's money flow."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import money
from tickpath.hot.features.spec import BAR_VOLUME, TRADES, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Flows

SPEC = IndicatorSpec(
    title="Chaikin money flow",
    formula=(
        "sum over n bars of ((close - low) - (high - close)) / (high - low) * volume / sum of "
        "volume; 0 without volume"
    ),
    origin="Chaikin; Achelis, Technical Analysis from A to Z, 2001, p. 92",
    units="-1 to 1",
    inputs=BAR_VOLUME,
    sources=TRADES,
    params=(period(20, meaning="bars in the window"),),
    warm=lambda p: p.period,
    windows=lambda p: (Flows(p.period),),
)


class Step(Column):
    """Money flow and volume."""

    def step(self, x: Sequence[float]) -> None:
        (flows,) = self.windows
        flows.push(money(*x), x[3])
        if self.count >= self.period:
            self.value = flows.ratio()
