"""ofi: order-flow imbalance at the best bid and offer, summed over the last n changes."""

from tickpath.hot.features.sources import FeatureInput, FeatureSource, quote_of
from tickpath.hot.features.spec import QUOTES, WINDOW_MAX, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Order-flow imbalance",
    formula=(
        "sum of [Pb >= Pb'] qb - [Pb <= Pb'] qb' - [Pa <= Pa'] qa + [Pa >= Pa'] qa' "
        "over n updates, ' the update before"
    ),
    origin="Cont, Kukanov, Stoikov, The price impact of order book events, 2014, eq. 4",
    units="lots",
    sources=QUOTES,
    period=(1, WINDOW_MAX),
    period_means="updates in the sum",
    warm=lambda period, factor: period + 1,
    ints=("total", "bid_ticks", "bid_lots", "ask_ticks", "ask_lots"),
    slots=1,
    lag=1,
)


class Step(Column):
    """The last quote and the flow of each update in the window."""

    def __init__(self, source: FeatureSource, period: int, factor: float, slots: int) -> None:
        super().__init__(source, period, factor, slots)
        self.total = 0
        self.bid_ticks = 0
        self.bid_lots = 0
        self.ask_ticks = 0
        self.ask_lots = 0

    def step(self, x: FeatureInput) -> None:
        quote = quote_of(self.source, x)
        if self.count > 1:
            flow = 0
            if quote.bid_ticks >= self.bid_ticks:
                flow += quote.bid_lots
            if quote.bid_ticks <= self.bid_ticks:
                flow -= self.bid_lots
            if quote.ask_ticks <= self.ask_ticks:
                flow -= quote.ask_lots
            if quote.ask_ticks >= self.ask_ticks:
                flow += self.ask_lots
            self.window.append(flow)
            self.total = sum(self.window)
            if self.count > self.period:
                self.value = float(self.total)
        self.bid_ticks, self.bid_lots, self.ask_ticks, self.ask_lots = quote
