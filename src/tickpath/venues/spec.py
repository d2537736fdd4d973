"""What a venue's spec.toml says of one market: endpoints, limits, channels.

Cold: read once when a session is built. A venue's folder is the part of its name before the first
"-".
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tickpath.core.errors import ConfigError


@cache
def market_spec(venue: str) -> dict[str, Any]:
    """The part of spec.toml about a venue. Raises ConfigError for one that no folder names."""
    folder = venue.partition("-")[0]
    path = Path(__file__).parent / folder / "spec.toml"
    if folder.isidentifier() and path.is_file():
        for market in tomllib.loads(path.read_text(encoding="utf-8")).values():
            if isinstance(market, dict) and market.get("venue") == venue:
                return market
    raise ConfigError(f"venue {venue!r}: no spec.toml in tickpath/venues has a market of that name")
