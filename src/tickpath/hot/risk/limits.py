"""Limits that a command or the limits slot may change while the engine runs, in their order.

A change holds only from 0 to the compiled ceiling. Rates and bursts are of the engine or of each of
its venues, all others of an instrument.
"""

from tickpath.core.limits import LIMITS

LOTS_MAX = 2**62

CEILING_OF: dict[str, str | None] = {
    "order_lots_max": None,
    "order_notional_units_max": None,
    "position_ceiling_ppm": "position_ceiling_ppm",
    "price_collar_ppm": "price_collar_ppm_max",
    "order_rate_per_s": "order_rate_per_s_max",
    "order_burst": "order_rate_per_s_max",
    "stale_ns": "stale_ns_max",
    "reference_collar_ppm": "price_collar_ppm_max",
    "fat_finger_ppm": "fat_finger_ppm_max",
    "open_orders_max": "open_orders_max",
    "duplicate_ns": "duplicate_ns_max",
    "venue_order_rate_per_s": "order_rate_per_s_max",
    "venue_order_burst": "order_rate_per_s_max",
    "message_rate_per_s": "message_rate_per_s_max",
    "message_burst": "message_rate_per_s_max",
    "venue_message_rate_per_s": "message_rate_per_s_max",
    "venue_message_burst": "message_rate_per_s_max",
    "gross_units_max": None,
    "net_units_max": None,
    "leverage_ppm": "leverage_ppm_max",
    "concentration_ppm": "concentration_ppm_max",
}
"""Each limit and what limits.toml bounds it by; None: whatever a word holds."""

LIMIT_FIELDS = tuple(CEILING_OF)

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
    """The compiled ceiling of each of LIMIT_FIELDS."""
    return tuple(LOTS_MAX if name is None else LIMITS[name] for name in CEILING_OF.values())
