"""POV: a share of what the market trades, until the order is done or its time is over.

The whole order is wanted at once; `participation_ppm` alone holds it back, as in every kind.
"""

from tickpath.core.config import AlgorithmSpec
from tickpath.core.errors import ConfigError
from tickpath.hot.execute.schedule import PPM
from tickpath.hot.execute.schedule_plan import AlgorithmKind


def shares(spec: AlgorithmSpec) -> tuple[int, ...]:
    """One slice. There is no slice to say how long a clip rests."""
    if spec.price != "cross" and not spec.rest_ns:
        raise ConfigError(f"price is {spec.price!r}: say in rest_ns how long a clip rests")
    return (PPM,)


SPEC = AlgorithmKind(
    what="a share of what the market trades", needs=("participation_ppm",), shares=shares
)
