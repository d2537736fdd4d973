"""The protocols there are, by the name that a configuration gives."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace

from tickpath.venues.sim.server.binance.limits import LimitSpec
from tickpath.venues.sim.server.binance.spot import BinanceSpot
from tickpath.venues.sim.server.binance.usdm import BinanceUsdm, usdm_limits
from tickpath.venues.sim.server.coinbase.protocol import CoinbaseAdvanced, CoinbaseLimits
from tickpath.venues.sim.server.kraken.protocol import KrakenSpot
from tickpath.venues.sim.server.kraken.rates import KrakenLimits
from tickpath.venues.sim.server.venue import VenueProtocol


def binance_spot(limits: Mapping[str, int]) -> VenueProtocol:
    """Spot with its limits."""
    return BinanceSpot(LimitSpec(**limits))


def binance_usdm(limits: Mapping[str, int]) -> VenueProtocol:
    """USD-M; limits that are not given are its published ones."""
    return BinanceUsdm(replace(usdm_limits(), **limits))


def kraken_spot(limits: Mapping[str, int]) -> VenueProtocol:
    """Kraken with its limits."""
    return KrakenSpot(KrakenLimits(**limits))


def coinbase_advanced(limits: Mapping[str, int]) -> VenueProtocol:
    """Coinbase with its limits."""
    return CoinbaseAdvanced(CoinbaseLimits(**limits))


MAKERS: dict[str, tuple[Callable[[Mapping[str, int]], VenueProtocol], type]] = {
    "binance-spot": (binance_spot, LimitSpec),
    "binance-usdm": (binance_usdm, LimitSpec),
    "kraken-spot": (kraken_spot, KrakenLimits),
    "coinbase-advanced": (coinbase_advanced, CoinbaseLimits),
}
"""Name to what makes it, and the class of its limits."""


def make_protocol(name: str, limits: Mapping[str, int]) -> VenueProtocol:
    """A protocol, not yet bound to a venue."""
    return MAKERS[name][0](limits)


def limit_names(name: str) -> list[str]:
    """Limits that a configuration may set."""
    return [entry.name for entry in fields(MAKERS[name][1])]
