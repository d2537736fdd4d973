"""entropy: entropy of the directions of the last n changes."""

from collections.abc import Sequence

from tickpath.hot.features.functions import own_log
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Ring

SPEC = IndicatorSpec(
    title="Directional entropy",
    formula="- sum of p log2 p over the shares of rising, falling and flat changes among n",
    origin="Shannon, A mathematical theory of communication, 1948",
    units="bits, 0 to log2 3",
    sources=ANY_PRICE,
    params=(period(50, meaning="changes in the window"),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (Ring(p.period),),
    constants=lambda p: (1.0 / p.period,),
)


class Step(Column):
    """The last sample, and how many of the changes rise and fall."""

    last: float
    ups: float
    downs: float

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        if self.count > 1:
            way = 1.0 if x[0] > self.last else (-1.0 if x[0] < self.last else 0.0)
            old = window.push(way)
            self.ups += float(way > 0.0) - float(old > 0.0)
            self.downs += float(way < 0.0) - float(old < 0.0)
            if self.count > self.period:
                found = 0.0
                for number in (self.ups, self.downs, float(self.period) - self.ups - self.downs):
                    share = number * self.p[0]
                    found -= share * own_log(share) * 1.4426950408889634
                self.value = found if found > 0.0 else 0.0
        self.last = x[0]
