"""linreg_angle: angle of the regression line over the last n samples."""

from collections.abc import Sequence

from tickpath.hot.features.averages import line_constants
from tickpath.hot.features.functions import own_atan
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Weighted

SPEC = IndicatorSpec(
    title="Linear regression, angle",
    formula="arc tangent of linreg_slope in degrees",
    origin="definition; Kaufman, Trading Systems and Methods, 2013, ch. 6",
    units="degrees",
    sources=ANY_PRICE,
    params=(period(14, 2),),
    warm=lambda p: p.period,
    windows=lambda p: (Weighted(p.period),),
    constants=lambda p: line_constants(p.period),
    talib=(
        "LINEARREG_ANGLE, to 1e-9 degrees: its slope, n * sum of i x - sum of i * sum of x, "
        "cancels more; this one is within 2e-11 degrees of exact fractions, TA-Lib's within 1e-9"
    ),
)


class Step(Column):
    """The window with its sums."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        weighted = window.push(x[0])
        if self.count >= self.period:
            slope = (weighted - self.p[1] * window.total) * self.p[0]
            self.value = own_atan(slope) * 57.29577951308232
