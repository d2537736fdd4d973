"""ema: exponential moving average."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, Param, period

SPEC = IndicatorSpec(
    title="Exponential moving average",
    formula="e += alpha * (x - e), e starts at the first sample, alpha = 2 / (n + 1)",
    origin="Murphy, Technical Analysis of the Financial Markets, 1999, ch. 9",
    units="as the input",
    sources=ANY_PRICE,
    params=(
        period(14, meaning="n of alpha, and samples until warm"),
        Param(
            name="alpha",
            meaning="alpha; 0 takes it from the period",
            least=0.0,
            most=1.0,
            default=0.0,
            whole=False,
            factor=True,
        ),
    ),
    constants=lambda p: (p.alpha or 2.0 / (p.period + 1.0),),
    warm=lambda p: p.period,
    reorders=True,
    talib="EMA behind n - 1 copies of the first sample; it starts at a mean, see ema_mean",
)


class Step(Column):
    """The running average."""

    average: float

    def step(self, x: Sequence[float]) -> None:
        if self.count == 1:
            self.average = x[0]
        else:
            self.average += self.p[0] * (x[0] - self.average)
        if self.count >= self.period:
            self.value = self.average
