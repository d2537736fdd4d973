"""ofi: order-flow imbalance at the best bid and offer, summed over the last n changes."""

from collections.abc import Sequence

from tickpath.hot.features.spec import QUOTE, QUOTES, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Total

SPEC = IndicatorSpec(
    title="Order-flow imbalance",
    formula=(
        "sum of [Pb >= Pb'] qb - [Pb <= Pb'] qb' - [Pa <= Pa'] qa + [Pa >= Pa'] qa' "
        "over n updates, ' the update before"
    ),
    origin="Cont, Kukanov, Stoikov, The price impact of order book events, 2014, eq. 4",
    units="lots in a column, else as the input",
    inputs=QUOTE,
    sources=QUOTES,
    params=(period(20, meaning="updates in the sum"),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (Total(p.period),),
)


class Step(Column):
    """The last quote and the flow of each update in the window."""

    bid: float
    bid_quantity: float
    ask: float
    ask_quantity: float

    def step(self, x: Sequence[float]) -> None:
        bid, bid_quantity, ask, ask_quantity = x
        (window,) = self.windows
        if self.count > 1:
            flow = bid_quantity if bid >= self.bid else 0.0
            flow -= self.bid_quantity if bid <= self.bid else 0.0
            flow -= ask_quantity if ask <= self.ask else 0.0
            flow += self.ask_quantity if ask >= self.ask else 0.0
            total = window.push(flow)
            if self.count > self.period:
                self.value = total
        self.bid, self.bid_quantity, self.ask, self.ask_quantity = x
