"""tick_rule: side of a trade by the price before it."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Tick rule",
    formula=(
        "1 after a rise, -1 after a fall, after an equal price as before; 0 until a price differs"
    ),
    origin="Lee and Ready, Inferring trade direction from intraday data, 1991",
    units="1, 0 or -1",
    sources=ANY_PRICE,
)


class Step(Column):
    """The last price and the last direction."""

    last: float
    way: float

    def step(self, x: Sequence[float]) -> None:
        if self.count > 1 and x[0] != self.last:
            self.way = 1.0 if x[0] > self.last else -1.0
        self.last = x[0]
        self.value = self.way
