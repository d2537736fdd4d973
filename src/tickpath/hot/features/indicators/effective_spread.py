"""effective_spread: what trades paid over the mid, twice."""

from collections.abc import Sequence

from tickpath.hot.features.spec import TRADES, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Total

SPEC = IndicatorSpec(
    title="Effective spread",
    formula="mean over n trades of 2 |price - (bid + ask) / 2|",
    origin="Huang and Stoll, Dealer versus auction markets, 1996",
    units="as the input",
    inputs=("price", "bid", "ask"),
    sources=TRADES,
    params=(period(20, meaning="trades in the mean"),),
    warm=lambda p: p.period,
    windows=lambda p: (Total(p.period),),
)


class Step(Column):
    """The spreads."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        gap = x[0] - (x[1] + x[2]) * 0.5
        total = window.push(abs(2.0 * gap))
        if self.count >= self.period:
            self.value = total / float(self.period)
