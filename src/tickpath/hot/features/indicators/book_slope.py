"""book_slope: how fast the book deepens away from the mid."""

from collections.abc import Sequence

from tickpath.core.limits import LIMITS
from tickpath.hot.features.depth import side_slope
from tickpath.hot.features.spec import BOOK, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Book slope",
    formula=(
        "mean of both sides; of one, the mean over its levels of (v / v' - 1) / |p / p' - 1|, v"
        " the log of the quantity up to the level, ' the level nearer the mid (the first: 1 / "
        "v' - 1 read as v / |p / mid - 1|); levels that are absent or have v' = 0 are left out"
    ),
    origin=(
        "Naes and Skjeltorp, Order book characteristics and the volume-volatility relation, "
        "2006, eq. 2"
    ),
    units="log quantity a relative price step",
    inputs=("bids", "bid_quantities", "asks", "ask_quantities"),
    sources=BOOK,
    params=(period(5, meaning="book levels a side", most=LIMITS["view_levels"]),),
    levels=True,
)


class Step(Column):
    """Value only."""

    def step(self, x: Sequence[float]) -> None:
        n = self.period
        middle = (x[0] + x[2 * n]) * 0.5
        bids = side_slope(middle, x[:n], x[n : 2 * n])
        asks = side_slope(middle, x[2 * n : 3 * n], x[3 * n :])
        self.value = (bids + asks) * 0.5
