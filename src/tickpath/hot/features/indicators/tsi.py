"""tsi: true strength index."""

from collections.abc import Sequence

from tickpath.hot.features.averages import seeded
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period

SPEC = IndicatorSpec(
    title="True strength index",
    formula=(
        "100 * EMA(EMA(change, long), short) / EMA(EMA(|change|, long), short), each from the "
        "mean of its first n; 0 when nothing moved"
    ),
    origin="Blau, Momentum, Direction, and Divergence, 1995",
    units="-100 to 100",
    sources=ANY_PRICE,
    params=(
        period(25, meaning="n of the inner averages", name="long"),
        period(13, meaning="n of the outer averages", name="short"),
    ),
    warm=lambda p: p.long + p.short,
    constants=lambda p: (
        float(p.long),
        float(p.short),
        2.0 / (p.long + 1.0),
        2.0 / (p.short + 1.0),
    ),
)


class Step(Column):
    """The last sample, and the averages of the changes and of their sizes."""

    last: float
    inner: float
    inner_size: float
    outer: float
    outer_size: float

    def step(self, x: Sequence[float]) -> None:
        long, short = int(self.p[0]), int(self.p[1])
        change = x[0] - self.last
        size = abs(change)
        self.last = x[0]
        k = self.count - 1
        if k > 0:
            self.inner = seeded(self.inner, k, long, self.p[2], change)
            self.inner_size = seeded(self.inner_size, k, long, self.p[2], size)
        k -= long - 1
        if k > 0:
            self.outer = seeded(self.outer, k, short, self.p[3], self.inner)
            self.outer_size = seeded(self.outer_size, k, short, self.p[3], self.inner_size)
        if k >= short:
            whole = self.outer_size
            self.value = 100.0 * self.outer / whole if whole > 0.0 else 0.0
