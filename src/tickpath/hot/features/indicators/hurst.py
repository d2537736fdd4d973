"""hurst: Hurst exponent from changes over one and over several samples."""

from collections.abc import Sequence

from tickpath.hot.features.functions import own_log, own_log_ratio
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Flows, Ring

SPEC = IndicatorSpec(
    title="Hurst exponent, from two lags",
    formula=(
        "ln(sum of (x[t] - x[t-k])**2 / sum of (x[t] - x[t-1])**2) / (2 ln k), both over n; 1/2"
        " where one of the sums is 0"
    ),
    origin=(
        "Gneiting and Schlather, Stochastic models that separate fractal dimension and the "
        "Hurst effect, 2004 (variogram)"
    ),
    units="0.5 for a random walk, more for a trend, less for reversion",
    sources=ANY_PRICE,
    params=(
        period(100, 2, "changes in each sum"),
        period(8, 2, "k, samples of the long change", name="lag"),
    ),
    warm=lambda p: p.period + p.lag,
    windows=lambda p: (Ring(p.lag), Flows(p.period)),
    constants=lambda p: (0.5 / own_log(float(p.lag)),),
)


class Step(Column):
    """The last sample; the lagged ones, and the squares of both changes."""

    last: float

    def step(self, x: Sequence[float]) -> None:
        lagged, squares = self.windows
        full = lagged.full
        step = x[0] - self.last
        reach = x[0] - lagged.push(x[0])
        self.last = x[0]
        if full:
            near, far = squares.push(step * step, reach * reach)
            if squares.full:
                known = near > 0.0 and far > 0.0
                self.value = own_log_ratio(far, near) * self.p[0] if known else 0.5
