"""Which market dialect a venue has."""

from tickpath.core.errors import ConfigError
from tickpath.venues.binance.session import BinanceMarketDialect
from tickpath.venues.session_actions import MarketDialect


def market_dialect(venue: str) -> MarketDialect:
    """The dialect of a venue's market data. Raises ConfigError for a venue without a live feed."""
    if venue.startswith("binance-"):
        return BinanceMarketDialect(venue)
    raise ConfigError(f"venue {venue!r}: no live market data")
