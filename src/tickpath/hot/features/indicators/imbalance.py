"""imbalance: quantity imbalance of the best n levels of the L2 book."""

from collections.abc import Sequence

from tickpath.core.limits import LIMITS
from tickpath.hot.features.depth import paired
from tickpath.hot.features.spec import BOOK, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Book imbalance",
    formula="(B - A) / (B + A), B and A the quantities of the best n bids and asks",
    origin="Gould and Bonart, Queue imbalance as a one-tick-ahead price predictor, 2016",
    units="-1 to 1",
    inputs=("bid_quantities", "ask_quantities"),
    sources=BOOK,
    params=(
        period(
            5,
            meaning="book levels a side; fewer when the book has fewer",
            most=LIMITS["view_levels"],
        ),
    ),
    levels=True,
)


class Step(Column):
    """Value only."""

    def step(self, x: Sequence[float]) -> None:
        bid = paired(x[: self.period])
        ask = paired(x[self.period :])
        if bid + ask > 0.0:
            self.value = (bid - ask) / (bid + ask)
