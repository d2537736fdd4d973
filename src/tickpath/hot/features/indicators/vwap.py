"""vwap: volume-weighted average price of the last n trades."""

from tickpath.hot.features.sources import FeatureInput, FeatureSource
from tickpath.hot.features.spec import TRADES, WINDOW_MAX, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Volume-weighted average price",
    formula="sum of price * lots over n trades / sum of lots, both sums exact integers",
    origin="Berkowitz, Logue, Noser, The total cost of transactions on the NYSE, 1988",
    units="ticks",
    sources=TRADES,
    period=(1, WINDOW_MAX),
    period_means="trades in the window",
    warm=lambda period, factor: period,
    ints=("lots",),
    wide=("notional",),
    slots=2,
)


class Step(Column):
    """Price and lots of each trade in the window, one behind the other."""

    def __init__(self, source: FeatureSource, period: int, factor: float, slots: int) -> None:
        super().__init__(source, period, factor, slots)
        self.lots = 0
        self.notional = 0

    def step(self, x: FeatureInput) -> None:
        self.window.extend((x.trade.price_ticks, x.trade.quantity_lots))
        trades = list(self.window)
        self.lots = sum(trades[1::2])
        self.notional = sum(p * q for p, q in zip(trades[0::2], trades[1::2], strict=True))
        if self.count >= self.period:
            self.value = float(self.notional) / float(self.lots)
