"""sar: Wilder's parabolic stop and reverse."""

from collections.abc import Sequence

from tickpath.hot.features.spec import ANY_PRICE, HIGH_LOW, Column, IndicatorSpec, number

SPEC = IndicatorSpec(
    title="Parabolic SAR",
    formula=(
        "S += a * (E - S), E the extreme since the turn, a grows by the step at each new "
        "extreme up to the most; S stays outside the last two bars and turns when touched"
    ),
    origin=(
        "Wilder, New Concepts in Technical Trading Systems, 1978, section II; start as in TA-Lib"
    ),
    units="as the input",
    inputs=HIGH_LOW,
    sources=ANY_PRICE,
    params=(
        number("step", "acceleration step", 1e-4, 1.0, 0.02),
        number("most", "largest acceleration", 1e-4, 1.0, 0.2),
    ),
    warm=lambda p: 2,
    constants=lambda p: (p.step if p.step < p.most else p.most, p.step, p.most),
    talib="SAR",
    notes="It is worked out as if long, with a falling market mirrored, which is exact.",
)


class Step(Column):
    """Direction, stop, extreme and acceleration, mirrored when short; the last bar."""

    way: float
    stop: float
    extreme: float
    pace: float
    high: float
    low: float

    def step(self, x: Sequence[float]) -> None:
        if self.count > 1:
            if self.count == 2:
                down, up = self.low - x[1], x[0] - self.high
                self.way = -1.0 if down > 0.0 and up < down else 1.0
                self.pace = self.p[0]
                self.stop = self.low if self.way > 0.0 else -self.high
                self.extreme = x[0] if self.way > 0.0 else -x[1]
                self.high, self.low = x[0], x[1]
            low, before = (x[1], self.low) if self.way > 0.0 else (-x[0], -self.high)
            high, above = (x[0], self.high) if self.way > 0.0 else (-x[1], -self.low)
            if low <= self.stop:
                stop = max(self.extreme, above, high)
                self.way = -self.way
                self.value = -self.way * stop
                self.stop = -stop
                self.extreme = -low
                self.pace = self.p[0]
                low, before = -high, -above
            else:
                self.value = self.way * self.stop
                if high > self.extreme:
                    self.extreme = high
                    self.pace = min(self.pace + self.p[1], self.p[2])
            self.stop += self.pace * (self.extreme - self.stop)
            self.stop = min(self.stop, before, low)
        self.high, self.low = x[0], x[1]
