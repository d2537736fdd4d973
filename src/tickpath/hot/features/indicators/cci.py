"""cci: commodity channel index."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import typical
from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW_CLOSE, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Total, distances

SPEC = IndicatorSpec(
    title="Commodity channel index",
    formula=(
        "(p - mean) / (0.015 * mean of |p - mean|) over n bars, p = (high + low + close) / 3; 0"
        " in a flat window"
    ),
    origin="Lambert, Commodity channel index, Commodities, October 1980",
    units="1 is 0.015 mean deviations",
    inputs=HIGH_LOW_CLOSE,
    sources=ANY_PRICE,
    params=(period(14, 2, "bars in the window"),),
    warm=lambda p: p.period,
    windows=lambda p: (Total(p.period),),
    constants=lambda p: (p.period / 0.015,),
    talib="CCI",
    notes="A value costs n distances.",
)


class Step(Column):
    """The typical prices and their sum."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        price = typical(*x)
        mean = window.push(price) / float(self.period)
        if self.count >= self.period:
            away = distances(window.items, mean)
            self.value = (price - mean) * self.p[0] / away if away > 0.0 else 0.0
