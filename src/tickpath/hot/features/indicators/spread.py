"""spread: best ask less best bid."""

from tickpath.hot.features.sources import FeatureInput, quote_of
from tickpath.hot.features.spec import QUOTES, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Quoted spread",
    formula="ask - bid",
    origin="definition",
    units="ticks",
    sources=QUOTES,
)


class Step(Column):
    """Value only."""

    def step(self, x: FeatureInput) -> None:
        quote = quote_of(self.source, x)
        self.value = float(quote.ask_ticks - quote.bid_ticks)
