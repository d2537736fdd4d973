"""last: the newest sample of a source."""

from tickpath.hot.features.sources import FeatureInput
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Last value",
    formula="x[t]",
    origin="definition",
    units="ticks",
    sources=ANY_PRICE,
)


class Step(Column):
    """Value only."""

    def step(self, x: FeatureInput) -> None:
        self.value = float(self.sample(x)) * self.scale
