"""What a source subscribes to on Kraken: the depth of its books.

Cold: read once when a decoder is built.
"""

from tickpath.core.config import Config
from tickpath.core.errors import ConfigError
from tickpath.venues.abilities import markets

_BOOK = markets("kraken")["kraken-spot"]["book"]
DEPTHS: tuple[int, ...] = tuple(_BOOK["depths"])
"""Levels a side that the book channel offers (docs.kraken.com, spot-websocket-v2/book)."""

DEPTH_DEFAULT: int = _BOOK["depth_default"]


def depth_of(config: Config, source: int) -> int:
    """Levels a side of the source's books. Raises ConfigError for a depth that is not offered."""
    entry = config.sources[source]
    if entry.depth not in (0, *DEPTHS):
        raise ConfigError(
            f"source {entry.name!r} has depth {entry.depth}: Kraken offers "
            f"{', '.join(map(str, DEPTHS))}"
        )
    return entry.depth or DEPTH_DEFAULT
