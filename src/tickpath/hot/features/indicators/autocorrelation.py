"""autocorrelation: correlation of a series with itself k samples ago."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Pair, Ring

SPEC = IndicatorSpec(
    title="Rolling autocorrelation",
    formula="Pearson's correlation of x[t] and x[t-k] over n pairs; 0 in a flat window",
    origin="Box and Jenkins, Time Series Analysis, 1970, ch. 2",
    units="-1 to 1",
    sources=ANY_PRICE,
    params=(period(50, 2, "pairs in the window"), period(1, meaning="k, samples back", name="lag")),
    warm=lambda p: p.period + p.lag,
    windows=lambda p: (Ring(p.lag), Pair(p.period)),
)


class Step(Column):
    """The lagged samples and the pairs."""

    def step(self, x: Sequence[float]) -> None:
        lagged, pairs = self.windows
        full = lagged.full
        before = lagged.push(x[0])
        if full:
            pairs.push(x[0], before)
            if pairs.full:
                self.value = pairs.correlation()
