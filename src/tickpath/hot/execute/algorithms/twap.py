"""TWAP: the same lots in every slice of the time between start and end."""

from tickpath.core.config import AlgorithmSpec
from tickpath.hot.execute.schedule import PPM
from tickpath.hot.execute.schedule_plan import AlgorithmKind


def shares(spec: AlgorithmSpec) -> tuple[int, ...]:
    """Slice k of n brings the share to (k + 1) / n."""
    return tuple(PPM * k // spec.slices for k in range(1, spec.slices + 1))


SPEC = AlgorithmKind(what="equal lots in every slice of time", reads=("slices",), shares=shares)
