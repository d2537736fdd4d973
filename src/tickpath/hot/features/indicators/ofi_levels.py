"""ofi_levels: order-flow imbalance over several levels."""

from collections.abc import Sequence

from tickpath.core.limits import LIMITS
from tickpath.hot.features.depth import paired
from tickpath.hot.features.spec import BOOK, INPUT_MAX, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Ring, Total

SPEC = IndicatorSpec(
    title="Order-flow imbalance, several levels",
    formula=(
        "sum over levels and n updates of [Pb >= Pb'] qb - [Pb <= Pb'] qb' - [Pa <= Pa'] qa + "
        "[Pa >= Pa'] qa', ' the update before; an absent ask lies above all prices"
    ),
    origin=(
        "Xu, Gould, Howison, Multi-level order-flow imbalance in a limit order book, 2019; "
        "Cont, Kukanov, Stoikov, 2014, eq. 4"
    ),
    units="lots in a column, else as the input",
    inputs=("bids", "bid_quantities", "asks", "ask_quantities"),
    sources=BOOK,
    params=(
        period(5, meaning="book levels a side", most=LIMITS["view_levels"]),
        period(20, meaning="updates in the sum", name="window"),
    ),
    warm=lambda p: p.window + 1,
    windows=lambda p: (Ring(4 * p.period), Total(p.window)),
    levels=True,
)


class Step(Column):
    """The last book, its asks below 0 so that both sides count alike; the flow of each update."""

    def step(self, x: Sequence[float]) -> None:
        n = self.period
        before, flows = self.windows
        old = before.items
        asks = [-x[2 * n + k] if x[3 * n + k] > 0.0 else -INPUT_MAX for k in range(n)]
        flow = []
        for k in range(n):
            bid = x[n + k] if x[k] >= old[k] else 0.0
            bid -= old[2 * n + k] if x[k] <= old[k] else 0.0
            ask = x[3 * n + k] if asks[k] >= old[n + k] else 0.0
            ask -= old[3 * n + k] if asks[k] <= old[n + k] else 0.0
            flow.append(bid - ask)
        before.items = [*x[:n], *asks, *x[n : 2 * n], *x[3 * n :]]
        if self.count > 1:
            total = flows.push(paired(flow))
            if flows.full:
                self.value = total
