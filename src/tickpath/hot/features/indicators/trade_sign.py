"""trade_sign: side of a trade by the quote it met."""

from collections.abc import Sequence

from tickpath.hot.features.spec import TRADES, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Trade sign (Lee-Ready)",
    formula="1 above the mid, -1 below it; at the mid the tick rule",
    origin="Lee and Ready, Inferring trade direction from intraday data, 1991",
    units="1, 0 or -1",
    inputs=("price", "bid", "ask"),
    sources=TRADES,
)


class Step(Column):
    """The last price and the last direction of a change."""

    last: float
    way: float

    def step(self, x: Sequence[float]) -> None:
        if self.count > 1 and x[0] != self.last:
            self.way = 1.0 if x[0] > self.last else -1.0
        self.last = x[0]
        middle = (x[1] + x[2]) * 0.5
        self.value = 1.0 if x[0] > middle else (-1.0 if x[0] < middle else self.way)
