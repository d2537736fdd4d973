"""What a venue offers the engine: decoders of market frames, codecs of order frames.

A venue is a folder beside this file; the engine finds it by the configuration's venue name, whose
part before the first "-" is the folder ("binance-usdm" -> `binance`).
"""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Protocol

from tickpath.core.backend import Backend
from tickpath.core.config import Config, Instrument
from tickpath.core.errors import BackendError, ConfigError
from tickpath.core.records import MarketEvent
from tickpath.venues.abilities import bounds_books


class MarketDecoder(Protocol):
    """Market frames of one source to events. Owns the memory of the event it gave last. Where a
    frame may hold several, or the venue counts frames, it has what hot/feed says of `Decoder`."""

    source: int

    def decode(self, data: bytes) -> tuple[int, MarketEvent | None]:
        """(0, event), or (code, None or an event of kind NONE that names the instrument)."""


def source_module(config: Config, source: int, backend: Backend) -> ModuleType:
    """The module with `MarketDecoder` of a source. Raises ConfigError, BackendError."""
    entry = config.sources[source]
    return market_module(entry.wire or config.venues[entry.venue], backend)


def market_module(venue: str, backend: Backend) -> ModuleType:
    """The module with `MarketDecoder` of a venue, or of a wire that is no venue's. Raises
    ConfigError, BackendError."""
    folder = venue.partition("-")[0]
    name = "wire" if backend is Backend.REFERENCE else str(backend)
    try:
        import_module(f"tickpath.venues.{folder}")
    except ImportError as error:
        raise ConfigError(f"venue {venue!r}: no folder {folder!r} in tickpath/venues") from error
    try:
        return import_module(f"tickpath.venues.{folder}.{name}")
    except ImportError as error:
        raise BackendError(
            f"venue {venue!r}: market decoder {name!r} cannot be imported: {error}; "
            "run `make build`"
        ) from error


def has_orders(venue: str) -> bool:
    """Whether a venue takes orders from us; else its folder has market data only."""
    folder = venue.partition("-")[0]
    return find_spec(f"tickpath.venues.{folder}.orders") is not None


def source_symbols(config: Config, source: int) -> dict[str, Instrument]:
    """Symbol to instrument of one source. Raises ConfigError when the source cannot be decoded."""
    if not 0 <= source < len(config.sources):
        raise ConfigError(
            f"source {source} is not configured: there are {len(config.sources)} sources"
        )
    entry = config.sources[source]
    if not entry.instruments:
        raise ConfigError(f"source {entry.name!r} has no instruments: name at least one")
    venue = config.venues[entry.venue]
    if entry.depth and not bounds_books(venue):
        raise ConfigError(
            f"source {entry.name!r} has depth {entry.depth}: books of {venue} are whole; remove it"
        )
    symbols: dict[str, Instrument] = {}
    for index in entry.instruments:
        if not 0 <= index < len(config.instruments):
            raise ConfigError(
                f"source {entry.name!r} names instrument {index}: "
                f"there are {len(config.instruments)} instruments"
            )
        instrument = config.instruments[index]
        if instrument.symbol in symbols:
            raise ConfigError(
                f"source {entry.name!r} names symbol {instrument.symbol!r} twice: keep one"
            )
        if any(c in '"\\' or ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in instrument.symbol):
            raise ConfigError(
                f"instrument {instrument.symbol!r}: a symbol has no quote, backslash, control "
                "character or surrogate"
            )
        symbols[instrument.symbol] = instrument
    return symbols
