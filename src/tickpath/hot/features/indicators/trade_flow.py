"""trade_flow: signed traded quantity of the last n trades."""

from collections.abc import Sequence

from tickpath.hot.features.spec import TRADES, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Total

SPEC = IndicatorSpec(
    title="Trade flow",
    formula="sum over n trades of quantity * sign, sign 1 when the taker buys, -1 when it sells",
    origin="Hasbrouck, Empirical Market Microstructure, 2007, ch. 9 (signed trades)",
    units="lots in a column, else as the input",
    inputs=("quantity", "sign"),
    sources=TRADES,
    params=(period(20, meaning="trades in the sum"),),
    warm=lambda p: p.period,
    windows=lambda p: (Total(p.period),),
)


class Step(Column):
    """Signed quantities of the trades in the window."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        total = window.push(x[0] * x[1])
        if self.count >= self.period:
            self.value = total
