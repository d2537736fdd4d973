"""trade_flow: signed traded quantity of the last n trades."""

from tickpath.core.records import Side
from tickpath.hot.features.sources import FeatureInput, FeatureSource
from tickpath.hot.features.spec import TRADES, WINDOW_MAX, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Trade flow",
    formula="sum over n trades of lots, positive when the taker buys, negative when it sells",
    origin="Hasbrouck, Empirical Market Microstructure, 2007, ch. 9 (signed trades)",
    units="lots",
    sources=TRADES,
    period=(1, WINDOW_MAX),
    period_means="trades in the sum",
    warm=lambda period, factor: period,
    ints=("total",),
    slots=1,
)


class Step(Column):
    """Signed lots of the trades in the window."""

    def __init__(self, source: FeatureSource, period: int, factor: float, slots: int) -> None:
        super().__init__(source, period, factor, slots)
        self.total = 0

    def step(self, x: FeatureInput) -> None:
        lots = x.trade.quantity_lots
        self.window.append(lots if x.trade.aggressor == Side.BUY else -lots)
        self.total = sum(self.window)
        if self.count >= self.period:
            self.value = float(self.total)
