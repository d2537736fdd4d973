"""markout: what trades were worth some trades later."""

from collections.abc import Sequence

from tickpath.hot.features.spec import TRADES, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Ring, Total

SPEC = IndicatorSpec(
    title="Markout",
    formula="mean over n trades of sign * (mid h trades later - price)",
    origin=(
        "Huang and Stoll, Dealer versus auction markets, 1996 (realised spread); Hasbrouck, "
        "Empirical Market Microstructure, 2007, ch. 2"
    ),
    units="as the input; what the taker gained",
    inputs=("sign", "price", "bid", "ask"),
    sources=TRADES,
    params=(
        period(50, meaning="trades in the mean"),
        period(10, meaning="h, trades between a trade and its mid", name="horizon"),
    ),
    warm=lambda p: p.period + p.horizon,
    windows=lambda p: (Ring(p.horizon), Ring(p.horizon), Total(p.period)),
)


class Step(Column):
    """Signs and prices of the last h trades, and the gains."""

    def step(self, x: Sequence[float]) -> None:
        signs, prices, gains = self.windows
        full = signs.full
        sign, price = signs.push(x[0]), prices.push(x[1])
        if full:
            total = gains.push(sign * ((x[2] + x[3]) * 0.5 - price))
            if gains.full:
                self.value = total / float(self.period)
