"""linreg_intercept: start of the regression line over the last n samples."""

from collections.abc import Sequence

from tickpath.hot.features.averages import line_constants
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Weighted

SPEC = IndicatorSpec(
    title="Linear regression, intercept",
    formula="mean - slope * (n - 1) / 2, the least-squares line over n samples at the oldest",
    origin="definition; Kaufman, Trading Systems and Methods, 2013, ch. 6",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(14, 2),),
    warm=lambda p: p.period,
    windows=lambda p: (Weighted(p.period),),
    constants=lambda p: line_constants(p.period),
    talib="LINEARREG_INTERCEPT",
)


class Step(Column):
    """The window with its sums."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        weighted = window.push(x[0])
        if self.count >= self.period:
            slope = (weighted - self.p[1] * window.total) * self.p[0]
            self.value = window.total / float(self.period) - slope * self.p[2]
