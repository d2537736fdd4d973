"""mid: halfway between best bid and best ask."""

from collections.abc import Sequence

from tickpath.hot.features.spec import QUOTE, QUOTES, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Mid price",
    formula="(bid + ask) / 2",
    origin="definition",
    units="as the input",
    inputs=QUOTE,
    sources=QUOTES,
)


class Step(Column):
    """Value only."""

    def step(self, x: Sequence[float]) -> None:
        self.value = (x[0] + x[2]) * 0.5
