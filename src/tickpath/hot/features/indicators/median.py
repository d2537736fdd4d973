"""median: median of the last n samples."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Sorted

SPEC = IndicatorSpec(
    title="Rolling median",
    formula="the middle one of n samples in order, or halfway between the two middle ones",
    origin="definition",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(20),),
    warm=lambda p: p.period,
    windows=lambda p: (Sorted(p.period),),
    notes="A step moves up to n numbers in memory.",
)


class Step(Column):
    """The window in order."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        window.push(x[0])
        if self.count >= self.period:
            n = self.period
            self.value = (window.ranked((n - 1) // 2) + window.ranked(n // 2)) * 0.5
