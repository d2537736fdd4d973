"""Which special order types a Coinbase market makes itself: spec.toml against the configuration.

Cold: read once when a codec is built.
"""

import tomllib
from functools import cache
from pathlib import Path

from tickpath.core.config import VENUE_ORDERS, Config
from tickpath.core.errors import ConfigError

GTD = 1 << VENUE_ORDERS.index("gtd")


@cache
def abilities() -> dict[str, tuple[str, ...]]:
    """Special types by venue."""
    spec = tomllib.loads(Path(__file__).with_name("spec.toml").read_text(encoding="utf-8"))
    return {market["venue"]: tuple(market["orders"]["made"]) for market in spec.values()}


def venue_orders(config: Config, venue: int) -> int:
    """Mask of the types that the configuration leaves to a venue. Raises ConfigError for one that
    the venue cannot make as the engine does."""
    name, mask = config.venues[venue], config.venue_orders(venue)
    able = abilities().get(name, ())
    for k, kind in enumerate(VENUE_ORDERS):
        if mask >> k & 1 and kind not in able:
            raise ConfigError(
                f"[execute]: venue_orders names {name}:{kind}, which {name} does not make as the "
                f"engine does: remove it (it makes {', '.join(able) or 'none'})"
            )
    return mask
