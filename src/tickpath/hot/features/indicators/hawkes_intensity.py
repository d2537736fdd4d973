"""hawkes_intensity: how often events come, each making the next more likely."""

from collections.abc import Sequence

from tickpath.hot.features.functions import own_exp
from tickpath.hot.features.spec import TRADES, Column, IndicatorSpec, number

SPEC = IndicatorSpec(
    title="Hawkes intensity",
    formula="m + sum over past events of a exp(-b age), just after the newest event",
    origin="Hawkes, Spectra of some self-exciting and mutually exciting point processes, 1971",
    units="events a second",
    inputs=("elapsed",),
    sources=TRADES,
    params=(
        number("base", "m, events a second", 0.0, 1e6, 0.1),
        number("jump", "a, added by an event", 0.0, 1e6, 0.5),
        number("decay", "b, a second", 1e-6, 1e6, 1.0),
    ),
    constants=lambda p: (p.base, p.jump, p.decay),
    notes="`elapsed` is seconds since the event before; less than 0 counts as 0.",
)


class Step(Column):
    """What past events add."""

    excitement: float

    def step(self, x: Sequence[float]) -> None:
        elapsed = x[0] if x[0] > 0.0 else 0.0
        self.excitement = self.excitement * own_exp(-self.p[2] * elapsed) + self.p[1]
        self.value = self.p[0] + self.excitement
