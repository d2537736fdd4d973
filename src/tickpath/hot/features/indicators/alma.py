"""alma: Arnaud Legoux's moving average."""

from collections.abc import Sequence

from tickpath.hot.features.averages import bell
from tickpath.hot.features.spec import ANY_PRICE, Column, IndicatorSpec, number, period
from tickpath.hot.features.windows import Kernel

SPEC = IndicatorSpec(
    title="Arnaud Legoux moving average",
    formula=(
        "sum of w[i] x[i] / sum of w, w[i] = exp(-(i - m)**2 / (2 s**2)), i from 0 for the "
        "oldest, m = offset (n - 1), s = n / sigma"
    ),
    origin="Legoux and Kouzis-Loukas, Arnaud Legoux moving average, 2009",
    units="as the input",
    sources=ANY_PRICE,
    params=(
        period(9),
        number("offset", "0 smooth to 1 quick", 0.0, 1.0, 0.85),
        number("sigma", "how narrow the bell is", 0.1, 100.0, 6.0),
    ),
    warm=lambda p: p.period,
    windows=lambda p: (Kernel(bell(p.period, p.offset, p.sigma)),),
    notes="A value costs n products.",
)


class Step(Column):
    """The window and its weights."""

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        window.push(x[0])
        if self.count >= self.period:
            self.value = window.product()
