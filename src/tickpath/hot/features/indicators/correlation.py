"""correlation: correlation of two series."""

from collections.abc import Sequence

from tickpath.hot.features.spec import Column, IndicatorSpec, period
from tickpath.hot.features.windows import Pair

SPEC = IndicatorSpec(
    title="Rolling correlation",
    formula="Pearson's correlation of x and y over n pairs; 0 when one of them is flat",
    origin="Pearson, Notes on regression and inheritance in the case of two parents, 1895",
    units="-1 to 1",
    inputs=("x", "y"),
    sources=(),
    params=(period(30, 2, "pairs in the window"),),
    warm=lambda p: p.period,
    windows=lambda p: (Pair(p.period),),
    talib="CORREL",
)


class Step(Column):
    """The pairs."""

    def step(self, x: Sequence[float]) -> None:
        (pairs,) = self.windows
        pairs.push(x[0], x[1])
        if self.count >= self.period:
            self.value = pairs.correlation()
