"""trima: triangular moving average."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Total

SPEC = IndicatorSpec(
    title="Triangular moving average",
    formula=(
        "the mean over b of the mean over a samples, a + b = n + 1, a and b as equal as can be"
    ),
    origin="Kaufman, Trading Systems and Methods, 2013, ch. 7",
    units="as the input",
    sources=ANY_PRICE,
    params=(period(14),),
    warm=lambda p: p.period,
    windows=lambda p: (Total((p.period + 1) // 2), Total(p.period // 2 + 1)),
    constants=lambda p: (float((p.period + 1) // 2), float(p.period // 2 + 1)),
    talib="TRIMA",
)


class Step(Column):
    """The samples and the means of them."""

    def step(self, x: Sequence[float]) -> None:
        inner, outer = self.windows
        total = inner.push(x[0])
        if self.count >= inner.capacity:
            total = outer.push(total / self.p[0])
            if self.count >= self.period:
                self.value = total / self.p[1]
