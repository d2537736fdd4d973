"""microprice: mid weighted by the opposite quantity, in full float64 precision."""

from tickpath.hot.features.sources import FeatureInput, microprice_above_bid, quote_of
from tickpath.hot.features.spec import QUOTES, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Microprice",
    formula="(bid * ask lots + ask * bid lots) / (bid lots + ask lots)",
    origin="Gatheral and Oomen, Zero-intelligence realized variance estimation, 2010",
    units="ticks",
    sources=QUOTES,
)


class Step(Column):
    """Value only."""

    def step(self, x: FeatureInput) -> None:
        quote = quote_of(self.source, x)
        self.value = float(quote.bid_ticks) + microprice_above_bid(quote)
