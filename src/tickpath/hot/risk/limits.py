"""Limits that a command or the limits slot may change while the engine runs, in their order.

A change holds only from 0 to the compiled ceiling. Rates and bursts are of the engine or of each of
its venues, all others of an instrument.
"""

from tickpath.core.config import CEILINGS
from tickpath.core.limits import LIMITS

LOTS_MAX = 2**62

LIMIT_FIELDS = (
    "order_lots_max",
    "order_notional_units_max",
    "position_ceiling_ppm",
    "price_collar_ppm",
    "order_rate_per_s",
    "order_burst",
    "stale_ns",
    "reference_collar_ppm",
    "fat_finger_ppm",
    "open_orders_max",
    "duplicate_ns",
    "venue_order_rate_per_s",
    "venue_order_burst",
    "message_rate_per_s",
    "message_burst",
    "venue_message_rate_per_s",
    "venue_message_burst",
    "gross_units_max",
    "net_units_max",
    "leverage_ppm",
    "concentration_ppm",
)

RATE_FIELDS = (
    ("order_rate_per_s", "order_burst"),
    ("venue_order_rate_per_s", "venue_order_burst"),
    ("message_rate_per_s", "message_burst"),
    ("venue_message_rate_per_s", "venue_message_burst"),
)
"""Rate and burst of each kind of bucket, in the order of rate.py."""

SHARED_FIELDS = frozenset(name for pair in RATE_FIELDS for name in pair)
"""Limits that all instruments have in common."""


def ceilings() -> tuple[int, ...]:
    """The compiled ceiling of each of LIMIT_FIELDS; what has none holds whatever fits a word."""
    return tuple(LIMITS[CEILINGS[n]] if n in CEILINGS else LOTS_MAX for n in LIMIT_FIELDS)
