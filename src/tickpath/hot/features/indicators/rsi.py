"""rsi: Wilder's relative strength index."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import strength
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Relative strength index (Wilder)",
    formula=(
        "100 * U / (U + D); U and D start as means of the first n gains and losses, "
        "then U += (gain - U) / n; 50 when nothing moved"
    ),
    origin="Wilder, New Concepts in Technical Trading Systems, 1978, section VI",
    units="0 to 100",
    sources=ANY_PRICE,
    params=(period(14, meaning="n of Wilder's smoothing, in changes"),),
    constants=lambda p: (1.0 / p.period,),
    warm=lambda p: p.period + 1,
    reorders=True,
    talib="RSI; in a window without any change TA-Lib gives 0, this 50",
)


class Step(Column):
    """The last sample, the first gains and losses, and the two smoothed averages."""

    last: float
    gain_total: float
    loss_total: float
    gain: float
    loss: float

    def step(self, x: Sequence[float]) -> None:
        strength(self, x[0])
        if self.count > self.period:
            total = self.gain + self.loss
            self.value = 100.0 * self.gain / total if total > 0.0 else 50.0
