"""quantile: a quantile of the last n samples."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, number, period
from tickpath.hot.features.windows import Sorted

SPEC = IndicatorSpec(
    title="Rolling quantile",
    formula=(
        "a[i] + f (a[i+1] - a[i]), a the samples in order, i and f whole part and rest of (n - 1) q"
    ),
    origin="Hyndman and Fan, Sample quantiles in statistical packages, 1996, definition 7",
    units="as the input",
    sources=ANY_PRICE,
    params=(
        period(20),
        number("q", "0 the smallest, 0.5 the median, 1 the largest", 0.0, 1.0, 0.9),
    ),
    warm=lambda p: p.period,
    windows=lambda p: (Sorted(p.period),),
    constants=lambda p: (
        float(int((p.period - 1) * p.q)),
        (p.period - 1) * p.q - int((p.period - 1) * p.q),
    ),
    notes="A step moves up to n numbers in memory.",
)


class Step(Column):
    """The window in order."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        window.push(x[0])
        if self.count >= self.period:
            place = int(self.p[0])
            lower = window.ranked(place)
            upper = window.ranked(place + 1) if place + 1 < self.period else lower
            self.value = lower + self.p[1] * (upper - lower)
