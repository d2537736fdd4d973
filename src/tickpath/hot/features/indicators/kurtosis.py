"""kurtosis: excess kurtosis of the last n samples."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Powers

SPEC = IndicatorSpec(
    title="Rolling kurtosis",
    formula=(
        "m4 / m2**2 - 3, m2 and m4 the central moments of n samples, population; 0 in a flat window"
    ),
    origin="Pearson, Das Fehlergesetz und seine Verallgemeinerungen, 1905",
    units="none",
    sources=ANY_PRICE,
    params=(period(20, 4),),
    warm=lambda p: p.period,
    windows=lambda p: (Powers(p.period),),
    constants=lambda p: (1.0 / p.period,),
    notes=(
        "Digits are lost as the power 4 of distance from the anchor over deviation: a nearly flat "
        "window behind a jump is rough until the second wrap."
    ),
)


class Step(Column):
    """The window and the sums of its powers."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        window.push(x[0])
        if self.count >= self.period:
            c2, _, c4 = window.central(self.p[0])
            self.value = c4 / (c2 * c2) - 3.0 if c2 > 0.0 else 0.0
