"""spread: best ask less best bid."""

from collections.abc import Sequence

from tickpath.hot.features.spec import QUOTE, QUOTES, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Quoted spread",
    formula="ask - bid",
    origin="definition",
    units="as the input",
    inputs=QUOTE,
    sources=QUOTES,
)


class Step(Column):
    """Value only."""

    def step(self, x: Sequence[float]) -> None:
        self.value = x[2] - x[0]
