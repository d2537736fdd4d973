"""VWAP: lots in the proportion of a given curve of market volume, one weight a slice of time.

The curve is a forecast: the average price of the market is met only as far as the day follows it.
"""

from itertools import accumulate

from tickpath.core.config import AlgorithmSpec
from tickpath.core.errors import ConfigError
from tickpath.hot.execute.schedule import PPM
from tickpath.hot.execute.schedule_plan import AlgorithmKind


def shares(spec: AlgorithmSpec) -> tuple[int, ...]:
    """Slice k brings the share to the sum of the weights up to it, over the sum of all."""
    if spec.slices != len(spec.curve):
        raise ConfigError(
            f"slices is {spec.slices}, the curve has {len(spec.curve)} weights: leave slices out"
        )
    total = sum(spec.curve)
    if total <= 0 or min(spec.curve) < 0:
        raise ConfigError("curve needs weights of 0 or more and one above 0")
    return tuple(PPM * weight // total for weight in accumulate(spec.curve))


SPEC = AlgorithmKind(
    what="lots in the proportion of a curve of market volume",
    reads=("slices", "curve"),
    needs=("curve",),
    shares=shares,
)
