"""imbalance: quantity imbalance of the best n levels of the L2 book."""

from tickpath.core.limits import LIMITS
from tickpath.core.records import Level
from tickpath.hot.features.sources import FeatureInput
from tickpath.hot.features.spec import BOOK, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Book imbalance",
    formula="(B - A) / (B + A), B and A the lots of the best n bids and asks",
    origin="Gould and Bonart, Queue imbalance as a one-tick-ahead price predictor, 2016",
    units="-1 to 1",
    sources=BOOK,
    period=(1, LIMITS["view_levels"]),
    period_means="book levels a side; fewer when the book has fewer",
    reads_levels=True,
)


class Step(Column):
    """Value only."""

    def step(self, x: FeatureInput) -> None:
        bid = self.lots(x.top.bids)
        ask = self.lots(x.top.asks)
        if bid + ask > 0.0:
            self.value = (bid - ask) / (bid + ask)

    def lots(self, levels: list[Level]) -> float:
        """Quantity of the best levels, added best first."""
        total = 0.0
        for level in levels[: self.period]:
            total += float(level.quantity_lots)
        return total
