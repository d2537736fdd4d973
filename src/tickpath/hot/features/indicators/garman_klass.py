"""garman_klass: volatility from open, high, low and close."""

import math
from collections.abc import Sequence

from tickpath.hot.features.functions import own_log_square
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Total

SPEC = IndicatorSpec(
    title="Garman-Klass volatility",
    formula=(
        "sqrt(mean over n bars of ln(high / low)**2 / 2 - (2 ln 2 - 1) ln(close / open)**2); a "
        "bar with a low or open of 0 or less counts as flat"
    ),
    origin=(
        "Garman and Klass, On the estimation of security price volatilities from historical "
        "data, 1980"
    ),
    units="of a log return over one bar",
    inputs=("open", "high", "low", "close"),
    sources=ANY_PRICE,
    params=(period(20, meaning="bars in the window"),),
    warm=lambda p: p.period,
    windows=lambda p: (Total(p.period),),
    constants=lambda p: (1.0 / p.period,),
)


class Step(Column):
    """The variances of the bars."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        reach = move = 0.0
        if x[2] > 0.0 and x[0] > 0.0:
            reach, move = own_log_square(x[1], x[2]), own_log_square(x[3], x[0])
        total = window.push(0.5 * reach - 0.3862943611198906 * move)
        if self.count >= self.period:
            self.value = math.sqrt(total * self.p[0]) if total > 0.0 else 0.0
