"""entropy: entropy of the directions of the last n changes."""

from collections.abc import Sequence

from tickpath.hot.features.functions import own_log
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Ring, Table

SPEC = IndicatorSpec(
    title="Directional entropy",
    formula="- sum of p log2 p over the shares of rising, falling and flat changes among n",
    origin="Shannon, A mathematical theory of communication, 1948",
    units="bits, 0 to log2 3",
    sources=ANY_PRICE,
    params=(period(50, meaning="changes in the window"),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (Ring(p.period), Table(shares(p.period))),
)


def shares(n: int) -> list[float]:
    """p log2 p of k of n, by k."""
    return [k * (1.0 / n) * own_log(k * (1.0 / n)) * 1.4426950408889634 for k in range(n + 1)]


class Step(Column):
    """The last sample, and how many of the changes rise and fall."""

    last: float
    ups: float
    downs: float

    def step(self, x: Sequence[float]) -> None:
        window, table = self.windows
        if self.count > 1:
            way = 1.0 if x[0] > self.last else (-1.0 if x[0] < self.last else 0.0)
            old = window.push(way)
            self.ups += float(way > 0.0) - float(old > 0.0)
            self.downs += float(way < 0.0) - float(old < 0.0)
            if self.count > self.period:
                flat = float(self.period) - self.ups - self.downs
                found = -table.at(self.ups) - table.at(self.downs) - table.at(flat)
                self.value = found if found > 0.0 else 0.0
        self.last = x[0]
