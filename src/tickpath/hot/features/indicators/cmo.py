"""cmo: Chande's momentum oscillator."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import strength
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Chande momentum oscillator",
    formula="100 * (U - D) / (U + D), U and D as in rsi; 0 when nothing moved",
    origin="Chande and Kroll, The New Technical Trader, 1994; smoothed as in TA-Lib",
    units="-100 to 100",
    sources=ANY_PRICE,
    params=(period(14, meaning="n of Wilder's smoothing, in changes"),),
    warm=lambda p: p.period + 1,
    constants=lambda p: (1.0 / p.period,),
    talib="CMO",
)


class Step(Column):
    """The state of the RSI."""

    last: float
    gain_total: float
    loss_total: float
    gain: float
    loss: float

    def step(self, x: Sequence[float]) -> None:
        strength(self, x[0])
        if self.count > self.period:
            total = self.gain + self.loss
            self.value = 100.0 * (self.gain - self.loss) / total if total > 0.0 else 0.0
