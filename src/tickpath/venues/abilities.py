"""What a market can do, by its venue's spec.toml: the special order types that it makes itself
(against the configuration), and whether it counts the frames of a connection.

Cold: read once when a codec or a recording is built.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tickpath.core.config import VENUE_ORDERS, Config
from tickpath.core.errors import ConfigError

GTD = 1 << VENUE_ORDERS.index("gtd")


@cache
def markets(folder: str) -> dict[str, dict[str, Any]]:
    """The tables of one venue's folder by market."""
    path = Path(__file__).with_name(folder) / "spec.toml"
    spec = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {m["venue"]: m for m in spec.values() if isinstance(m, dict) and "venue" in m}


def abilities(folder: str) -> dict[str, tuple[str, ...]]:
    """Special types by market of one venue's folder."""
    found = markets(folder).items()
    return {name: tuple(m.get("orders", {}).get("made", ())) for name, m in found}


def bounds_books(market: str) -> bool:
    """Whether a book is kept to a depth that its source names."""
    return "depths" in markets(market.partition("-")[0]).get(market, {}).get("book", {})


def counts_frames(market: str) -> bool:
    """Whether the frames of a connection are numbered: a new connection begins anew."""
    found = markets(market.partition("-")[0]).get(market, {})
    return bool(found.get("connection_sequence", False))


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
