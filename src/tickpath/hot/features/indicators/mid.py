"""mid: halfway between best bid and best ask."""

from tickpath.hot.features.sources import FeatureInput, quote_of
from tickpath.hot.features.spec import QUOTES, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Mid price",
    formula="(bid + ask) / 2",
    origin="definition",
    units="ticks",
    sources=QUOTES,
)


class Step(Column):
    """Value only."""

    def step(self, x: FeatureInput) -> None:
        quote = quote_of(self.source, x)
        self.value = float(quote.bid_ticks + quote.ask_ticks) * 0.5
