"""bbo_imbalance: quantity imbalance of the venue's own best bid and offer."""

from tickpath.hot.features.sources import FeatureInput, quote_of
from tickpath.hot.features.spec import BBO, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="BBO imbalance",
    formula="(bid lots - ask lots) / (bid lots + ask lots)",
    origin="Gould and Bonart, Queue imbalance as a one-tick-ahead price predictor, 2016",
    units="-1 to 1",
    sources=BBO,
)


class Step(Column):
    """Value only."""

    def step(self, x: FeatureInput) -> None:
        quote = quote_of(self.source, x)
        difference = float(quote.bid_lots - quote.ask_lots)
        self.value = difference / float(quote.bid_lots + quote.ask_lots)
