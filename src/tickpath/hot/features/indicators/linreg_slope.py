"""linreg_slope: slope of the regression line over the last n samples."""

from collections.abc import Sequence

from tickpath.hot.features.averages import line_constants
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Weighted

SPEC = IndicatorSpec(
    title="Linear regression, slope",
    formula=(
        "12 * (sum of j x[j] - (n + 1) / 2 * sum of x) / (n (n**2 - 1)), j from 1 for the oldest"
    ),
    origin="definition; Kaufman, Trading Systems and Methods, 2013, ch. 6",
    units="the input a sample",
    sources=ANY_PRICE,
    params=(period(14, 2),),
    warm=lambda p: p.period,
    windows=lambda p: (Weighted(p.period),),
    constants=lambda p: line_constants(p.period),
    talib="LINEARREG_SLOPE",
)


class Step(Column):
    """The window with its sums."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        weighted = window.push(x[0])
        if self.count >= self.period:
            self.value = (weighted - self.p[1] * window.total) * self.p[0]
