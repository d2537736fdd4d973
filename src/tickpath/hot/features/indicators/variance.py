"""variance: population variance of the last n samples."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Moments

SPEC = IndicatorSpec(
    title="Rolling variance",
    formula=(
        "(n * sum of d**2 - (sum of d)**2) / n**2, population, d the distance from an anchor in"
        " this window or the last"
    ),
    origin=(
        "definition; Knuth, The Art of Computer Programming 2, 1997, 4.2.2 on its float hazards"
    ),
    units="the input squared",
    sources=ANY_PRICE,
    params=(period(20, 2),),
    warm=lambda p: p.period,
    windows=lambda p: (Moments(p.period),),
    constants=lambda p: (1.0 / (p.period * p.period),),
    talib="VAR",
)


class Step(Column):
    """Variance of the window."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        window.push(x[0])
        if self.count >= self.period:
            self.value = window.radicand() * self.p[0]
