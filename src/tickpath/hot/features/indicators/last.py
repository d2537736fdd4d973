"""last: the newest sample of a source."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Last value",
    formula="x[t]",
    origin="definition",
    units="as the input",
    sources=ANY_PRICE,
)


class Step(Column):
    """Value only."""

    def step(self, x: Sequence[float]) -> None:
        self.value = x[0]
