"""vortex_minus: downward part of the vortex indicator."""

from collections.abc import Sequence

from tickpath.hot.features.bars import true_range
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Flows

SPEC = IndicatorSpec(
    title="Vortex indicator, negative",
    formula=(
        "sum of |low - high'| over n bars / sum of true ranges, ' the bar before; 0 when "
        "nothing moved"
    ),
    origin="Botes and Siepman, The vortex indicator, Stocks & Commodities 28:1, 2010",
    units="about 1",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(period(14, meaning="bars in the window"),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (Flows(p.period),),
)


class Step(Column):
    """The last bar; movements and true ranges."""

    high: float
    close: float

    def step(self, x: Sequence[float]) -> None:
        (flows,) = self.windows
        if self.count > 1:
            move = x[1] - self.high
            flows.push(abs(move), true_range(self.close, x[0], x[1]))
            if self.count > self.period:
                self.value = flows.ratio()
        self.high, self.close = x[0], x[2]
