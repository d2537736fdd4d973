"""Limits that a command or the limits slot may change while the engine runs, in their order.

A change holds only from 0 to the compiled ceiling. Rate and burst are of the engine, all others of
an instrument.
"""

from tickpath.core.limits import LIMITS
from tickpath.hot.risk.context import LOTS_MAX

LIMIT_FIELDS = (
    "order_lots_max",
    "order_notional_units_max",
    "position_ceiling_ppm",
    "price_collar_ppm",
    "order_rate_per_s",
    "order_burst",
    "stale_ns",
)


def ceilings() -> tuple[int, ...]:
    """The compiled ceiling of each of LIMIT_FIELDS."""
    rate = LIMITS["order_rate_per_s_max"]
    return (
        LOTS_MAX,
        LOTS_MAX,
        LIMITS["position_ceiling_ppm"],
        LIMITS["price_collar_ppm_max"],
        rate,
        rate,
        LIMITS["stale_ns_max"],
    )
