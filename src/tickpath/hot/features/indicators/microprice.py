"""microprice: mid weighted by the opposite quantity, in full float64 precision."""

from collections.abc import Sequence

from tickpath.hot.features.spec import QUOTE, QUOTES, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Microprice",
    formula=(
        "(bid * ask quantity + ask * bid quantity) / (bid quantity + ask quantity); "
        "the mid of an empty quote"
    ),
    origin="Gatheral and Oomen, Zero-intelligence realized variance estimation, 2010",
    units="as the input",
    inputs=QUOTE,
    sources=QUOTES,
)


class Step(Column):
    """Value only."""

    def step(self, x: Sequence[float]) -> None:
        bid, bid_quantity, ask, ask_quantity = x
        total = bid_quantity + ask_quantity
        above = (ask - bid) * bid_quantity / total if total > 0.0 else 0.5 * (ask - bid)
        self.value = bid + above
