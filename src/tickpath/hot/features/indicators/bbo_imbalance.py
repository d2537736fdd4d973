"""bbo_imbalance: quantity imbalance of the venue's own best bid and offer."""

from collections.abc import Sequence

from tickpath.hot.features.spec import BBO, QUOTE, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="BBO imbalance",
    formula="(bid quantity - ask quantity) / (bid quantity + ask quantity); 0 of an empty quote",
    origin="Gould and Bonart, Queue imbalance as a one-tick-ahead price predictor, 2016",
    units="-1 to 1",
    inputs=QUOTE,
    sources=BBO,
)


class Step(Column):
    """Value only."""

    def step(self, x: Sequence[float]) -> None:
        total = x[1] + x[3]
        self.value = (x[1] - x[3]) / total if total > 0.0 else 0.0
