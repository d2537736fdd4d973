"""skew: skewness of the last n samples."""

import math
from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Powers

SPEC = IndicatorSpec(
    title="Rolling skewness",
    formula=(
        "m3 / m2**1.5, m2 and m3 the central moments of n samples, population; 0 in a flat window"
    ),
    origin="Pearson, Contributions to the mathematical theory of evolution II, 1895",
    units="none",
    sources=ANY_PRICE,
    params=(period(20, 3),),
    warm=lambda p: p.period,
    windows=lambda p: (Powers(p.period),),
    constants=lambda p: (1.0 / p.period,),
    notes=(
        "Digits are lost as the power 3 of distance from the anchor over deviation: a nearly flat "
        "window behind a jump is rough until the second wrap."
    ),
)


class Step(Column):
    """The window and the sums of its powers."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        window.push(x[0])
        if self.count >= self.period:
            c2, c3, _ = window.central(self.p[0])
            self.value = c3 / (c2 * math.sqrt(c2)) if c2 > 0.0 else 0.0
