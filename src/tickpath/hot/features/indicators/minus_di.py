"""minus_di: Wilder's negative directional indicator."""

from collections.abc import Sequence

from tickpath.hot.features.bars import directional
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="Negative directional indicator",
    formula=(
        "100 * M / R, sums of n - 1 downward movements and true ranges, then M += m - M / n; 0 "
        "when nothing moved"
    ),
    origin=(
        "Wilder, New Concepts in Technical Trading Systems, 1978, section IV; start as in TA-Lib"
    ),
    units="0 to 100",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(period(14, 2, "n of Wilder's smoothing, in bars"),),
    warm=lambda p: p.period + 1,
    constants=lambda p: (1.0 / p.period,),
    talib="MINUS_DI",
)


class Step(Column):
    """The last bar and the sums."""

    high: float
    low: float
    close: float
    plus: float
    minus: float
    reach: float

    def step(self, x: Sequence[float]) -> None:
        directional(self, *x)
        if self.count > self.period:
            self.value = 100.0 * (self.minus / self.reach) if self.reach > 0.0 else 0.0
