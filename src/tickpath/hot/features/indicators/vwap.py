"""vwap: volume-weighted average price of the last n trades."""

from collections.abc import Sequence

from tickpath.hot.features.spec import TRADES, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Flows

SPEC = IndicatorSpec(
    title="Volume-weighted average price",
    formula=(
        "sum of price * quantity over n trades / sum of quantity; "
        "while no quantity traded it keeps its value"
    ),
    origin="Berkowitz, Logue, Noser, The total cost of transactions on the NYSE, 1988",
    units="as the input",
    inputs=("price", "quantity"),
    sources=TRADES,
    params=(period(20, meaning="trades in the window"),),
    warm=lambda p: p.period,
    windows=lambda p: (Flows(p.period),),
)


class Step(Column):
    """Notional and quantity of the trades in the window."""

    def step(self, x: Sequence[float]) -> None:
        (flows,) = self.windows
        over, under = flows.push(x[0] * x[1], x[1])
        if self.count >= self.period and under > 0.0:
            self.value = over / under
