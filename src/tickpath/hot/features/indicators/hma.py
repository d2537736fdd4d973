"""hma: Hull's moving average."""

from collections.abc import Sequence
from math import isqrt

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Weighted

SPEC = IndicatorSpec(
    title="Hull moving average",
    formula=(
        "WMA over r of (2 WMA over h - WMA over n), h = n / 2 and r = sqrt(n), both rounded down"
    ),
    origin="Hull, alanhull.com/hull-moving-average, 2005",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(16, 2),),
    warm=lambda p: p.period + isqrt(p.period) - 1,
    windows=lambda p: (Weighted(p.period // 2), Weighted(p.period), Weighted(isqrt(p.period))),
    constants=lambda p: tuple(
        0.5 * n * (n + 1.0) for n in (p.period // 2, p.period, isqrt(p.period))
    ),
)


class Step(Column):
    """The half, the whole and the root window."""

    def step(self, x: Sequence[float]) -> None:
        half, whole, root = self.windows
        near = half.push(x[0])
        far = whole.push(x[0])
        if self.count >= self.period:
            total = root.push(2.0 * (near / self.p[0]) - far / self.p[1])
            if root.full:
                self.value = total / self.p[2]
