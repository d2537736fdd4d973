"""The market dialect of a venue, by its name in a configuration.

Cold: called once when a session is built. A venue's folder is the part of its name before the
first "-".
"""

from collections.abc import Callable

from tickpath.core.errors import ConfigError
from tickpath.venues.binance.session import BinanceMarketDialect
from tickpath.venues.coinbase.session import CoinbaseMarketDialect
from tickpath.venues.kraken.session import KrakenMarketDialect
from tickpath.venues.session_actions import MarketDialect

MAKERS: dict[str, Callable[[str, int], MarketDialect]] = {
    "binance": lambda venue, _: BinanceMarketDialect(venue),
    "coinbase": lambda venue, _: CoinbaseMarketDialect(venue),
    "kraken": KrakenMarketDialect,
}


def market_dialect(venue: str, depth: int = 0) -> MarketDialect:
    """`depth` is that of the source, where the venue bounds its books. Raises ConfigError for a
    venue without live market data."""
    make = MAKERS.get(venue.partition("-")[0])
    if make is None:
        raise ConfigError(
            f"venue {venue!r} has no live market data here: choose one of {', '.join(MAKERS)}"
        )
    return make(venue, depth)
