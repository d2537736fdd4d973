"""vpin: volume-synchronised probability of informed trading."""

from collections.abc import Sequence

from tickpath.hot.features.spec import TRADES, Column, IndicatorSpec, number, period
from tickpath.hot.features.windows import Total

SPEC = IndicatorSpec(
    title="VPIN",
    formula=(
        "sum over n buckets of |bought - sold| / (n V), a bucket V of traded quantity; a trade "
        "larger than what is missing fills several"
    ),
    origin=(
        "Easley, Lopez de Prado, O'Hara, Flow toxicity and liquidity in a high-frequency world,"
        " 2012"
    ),
    units="0 to 1",
    inputs=("quantity", "sign"),
    sources=TRADES,
    params=(
        period(50, meaning="buckets in the sum"),
        number("bucket", "V, quantity of a bucket", 1e-9, 1e15, 100.0),
    ),
    warm=lambda p: 1,
    windows=lambda p: (Total(p.period),),
    constants=lambda p: (p.bucket, 1.0 / (p.period * p.bucket)),
    varies=True,
    notes=(
        "A step closes at most n + 1 buckets: of a trade that fills more, only the last n can "
        "count."
    ),
)


class Step(Column):
    """What was bought and sold in the unfinished bucket; the imbalances of the full ones."""

    bought: float
    sold: float

    def step(self, x: Sequence[float]) -> None:
        (window,) = self.windows
        bucket, left = self.p[0], x[0] if x[0] > 0.0 else 0.0
        missing = bucket - (self.bought + self.sold)
        closed = 0
        while left >= missing and closed <= self.period:
            self.bought += missing if x[1] > 0.0 else 0.0
            self.sold += missing if x[1] <= 0.0 else 0.0
            gap = self.bought - self.sold
            total = window.push(gap if gap >= 0.0 else -gap)
            left -= missing
            missing = bucket
            self.bought = self.sold = 0.0
            closed += 1
            if window.full:
                self.value = total * self.p[1]
        if closed > self.period:
            left = 0.0
        self.bought += left if x[1] > 0.0 else 0.0
        self.sold += left if x[1] <= 0.0 else 0.0
