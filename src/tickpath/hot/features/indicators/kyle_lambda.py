"""kyle_lambda: how far signed trades move the price."""

from collections.abc import Sequence

from tickpath.hot.features.spec import TRADES, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Pair

SPEC = IndicatorSpec(
    title="Kyle's lambda",
    formula=(
        "least-squares slope of price changes on signed quantities over n trades; 0 when all "
        "are equal"
    ),
    origin=(
        "Kyle, Continuous auctions and insider trading, 1985; Hasbrouck, Empirical Market "
        "Microstructure, 2007, ch. 7"
    ),
    units="price a unit of quantity",
    inputs=("price", "quantity", "sign"),
    sources=TRADES,
    params=(period(100, 2, "trades in the regression"),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (Pair(p.period),),
)


class Step(Column):
    """The last price, and the pairs."""

    last: float

    def step(self, x: Sequence[float]) -> None:
        (pairs,) = self.windows
        if self.count > 1:
            pairs.push(x[1] * x[2], x[0] - self.last)
            if self.count > self.period:
                self.value = pairs.slope()
        self.last = x[0]
