"""Which special order types a market makes itself: its venue's spec.toml against the configuration.

Cold: read once when a codec is built.
"""

import tomllib
from functools import cache
from pathlib import Path

from tickpath.core.config import VENUE_ORDERS, Config
from tickpath.core.errors import ConfigError

GTD = 1 << VENUE_ORDERS.index("gtd")


@cache
def abilities(folder: str) -> dict[str, tuple[str, ...]]:
    """Special types by market of one venue's folder."""
    path = Path(__file__).with_name(folder) / "spec.toml"
    spec = tomllib.loads(path.read_text(encoding="utf-8"))
    markets = [m for m in spec.values() if isinstance(m, dict) and "venue" in m]
    return {m["venue"]: tuple(m.get("orders", {}).get("made", ())) for m in markets}


def venue_orders(config: Config, venue: int) -> int:
    """Mask of the types that the configuration leaves to a venue. Raises ConfigError for one that
    the venue cannot make as the engine does."""
    name, mask = config.venues[venue], config.venue_orders(venue)
    if mask == 0:
        return 0
    able = abilities(name.partition("-")[0]).get(name, ())
    for k, kind in enumerate(VENUE_ORDERS):
        if mask >> k & 1 and kind not in able:
            raise ConfigError(
                f"[execute]: venue_orders names {name}:{kind}, which {name} does not make as the "
                f"engine does: remove it (it makes {', '.join(able) or 'none'})"
            )
    return mask
