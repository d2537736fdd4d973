"""parkinson: volatility from highs and lows."""

import math
from collections.abc import Sequence

from tickpath.hot.features.functions import own_log_square
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Flow

SPEC = IndicatorSpec(
    title="Parkinson volatility",
    formula=(
        "sqrt(sum of ln(high / low)**2 over n bars / (4 n ln 2)); a bar with a low of 0 or less"
        " counts as flat"
    ),
    origin=(
        "Parkinson, The extreme value method for estimating the variance of the rate of return,"
        " 1980"
    ),
    units="of a log return over one bar",
    inputs=HIGH_LOW,
    sources=ANY_PRICE,
    params=(period(20, meaning="bars in the window"),),
    warm=lambda p: p.period,
    windows=lambda p: (Flow(p.period),),
    constants=lambda p: (1.0 / (4.0 * p.period * 0.6931471805599453),),
)


class Step(Column):
    """The squared ranges."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        total = window.push(own_log_square(x[0], x[1]))
        if self.count >= self.period:
            self.value = math.sqrt(total * self.p[0]) if total > 0.0 else 0.0
