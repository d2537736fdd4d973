"""rsi: Wilder's relative strength index."""

from tickpath.hot.features.sources import FeatureInput, FeatureSource
from tickpath.hot.features.spec import ANY_PRICE, WINDOW_MAX, Column, IndicatorSpec

SPEC = IndicatorSpec(
    title="Relative strength index (Wilder)",
    formula=(
        "100 * U / (U + D); U and D start as means of the first n gains and losses, "
        "then U += (gain - U) / n; 50 when nothing moved"
    ),
    origin="Wilder, New Concepts in Technical Trading Systems, 1978, section VI",
    units="0 to 100",
    sources=ANY_PRICE,
    period=(1, WINDOW_MAX),
    period_means="n of Wilder's smoothing, in changes",
    constant=lambda period, factor: 1.0 / period,
    warm=lambda period, factor: period + 1,
    ints=("last", "gain_total", "loss_total"),
    floats=("gain", "loss"),
)


class Step(Column):
    """The last sample and the two smoothed averages, in sample units."""

    def __init__(self, source: FeatureSource, period: int, factor: float, slots: int) -> None:
        super().__init__(source, period, factor, slots)
        self.last = 0
        self.gain_total = 0
        self.loss_total = 0
        self.gain = 0.0
        self.loss = 0.0

    def step(self, x: FeatureInput) -> None:
        sample = self.sample(x)
        change = sample - self.last
        self.last = sample
        if self.count == 1:
            return
        up = max(change, 0)
        down = max(-change, 0)
        if self.count <= self.period + 1:
            self.gain_total += up
            self.loss_total += down
            self.gain = float(self.gain_total) * self.factor
            self.loss = float(self.loss_total) * self.factor
        else:
            self.gain += (float(up) - self.gain) * self.factor
            self.loss += (float(down) - self.loss) * self.factor
        if self.count > self.period:
            total = self.gain + self.loss
            self.value = 100.0 * self.gain / total if total > 0.0 else 50.0
