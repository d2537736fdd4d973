"""atr: Wilder's average true range over bars of a fixed number of samples."""

from tickpath.hot.features.sources import FeatureInput, FeatureSource
from tickpath.hot.features.spec import ANY_PRICE, WINDOW_MAX, Column, Factor, IndicatorSpec

SPEC = IndicatorSpec(
    title="Average true range (Wilder)",
    formula=(
        "bars of N samples; TR = max(high, close') - min(low, close'), ' the bar before; "
        "A starts as the mean of the first n TR, then A += (TR - A) / n; "
        "the first bar gives only its close"
    ),
    origin="Wilder, New Concepts in Technical Trading Systems, 1978, section III",
    units="ticks",
    sources=ANY_PRICE,
    period=(1, WINDOW_MAX),
    period_means="n of Wilder's smoothing, in bars",
    factor=Factor(
        meaning="N, samples of a bar; 1: true range of successive samples",
        least=1.0,
        most=float(WINDOW_MAX),
        default=1.0,
        whole=True,
    ),
    warm=lambda period, factor: (period + 1) * int(factor),
    ints=("high", "low", "close", "samples", "bars", "range_total"),
    floats=("average",),
)


class Step(Column):
    """The bar that grows, the last close, bars done, and the average."""

    def __init__(self, source: FeatureSource, period: int, factor: float, slots: int) -> None:
        super().__init__(source, period, factor, slots)
        self.high = 0
        self.low = 0
        self.close = 0
        self.samples = 0
        self.bars = 0
        self.range_total = 0
        self.average = 0.0

    def step(self, x: FeatureInput) -> None:
        sample = self.sample(x)
        self.high = max(self.high, sample) if self.samples else sample
        self.low = min(self.low, sample) if self.samples else sample
        self.samples += 1
        if self.samples == int(self.factor):
            self.samples = 0
            self.bars += 1
            if self.bars > 1:
                self.true_range(max(self.high, self.close) - min(self.low, self.close))
            self.close = sample

    def true_range(self, reach: int) -> None:
        """Take the true range of a complete bar, in sample units."""
        if self.bars <= self.period + 1:
            self.range_total += reach
            self.average = float(self.range_total) * self.scale / float(self.period)
        else:
            self.average += (float(reach) * self.scale - self.average) / float(self.period)
        if self.bars > self.period:
            self.value = self.average
