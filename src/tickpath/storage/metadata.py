"""What the counts of a file mean: the instrument's sizes, kept in the file's own metadata.

Parquet key-value metadata: `tickpath.store` the version of the layout, `tickpath.instrument` JSON
of `InstrumentMeta`. Prices and quantities are integers; without these sizes they say nothing, so no
file is written without them and files of other sizes are never read together.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tickpath.core.config import VENUES, Instrument
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.instruments_file import InstrumentEntry, load_instruments

VERSION = b"1"
VERSION_KEY = b"tickpath.store"
INSTRUMENT_KEY = b"tickpath.instrument"


@dataclass(frozen=True, kw_only=True, slots=True)
class InstrumentMeta:
    """Sizes as exact decimals: price = price_ticks * tick_size, quantity = quantity_lots *
    lot_size, notional = price * quantity * multiplier (inverse: quantity * multiplier / price)."""

    tick_size: Decimal
    lot_size: Decimal
    kind: str = "spot"
    multiplier: Decimal = Decimal(1)

    def to_json(self) -> str:
        """One line; decimals as text without trailing zeros."""
        return json.dumps(
            {
                k: f"{v.normalize():f}" if isinstance(v, Decimal) else v
                for k, v in asdict(self).items()
            }
        )

    def file_metadata(self) -> dict[bytes, bytes]:
        """What a file says of itself."""
        return {VERSION_KEY: VERSION, INSTRUMENT_KEY: self.to_json().encode()}

    def differences(self, other: "InstrumentMeta") -> str:
        """What differs, "" when nothing does."""
        found = [
            f"{f.name} {getattr(self, f.name)} and {getattr(other, f.name)}"
            for f in fields(self)
            if getattr(self, f.name) != getattr(other, f.name)
        ]
        return ", ".join(found)


def meta_of(instrument: Instrument | InstrumentEntry | InstrumentMeta) -> InstrumentMeta:
    """The part of an instrument's metadata that the store keeps."""
    if isinstance(instrument, InstrumentMeta):
        return instrument
    return InstrumentMeta(
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        kind=instrument.kind.name.lower(),
        multiplier=instrument.multiplier,
    )


def find_meta(venue: str, symbol: str, instruments: Path | str | None = None) -> InstrumentMeta:
    """From the instruments file, else the shipped one. Raises MetadataError with what to add."""
    if venue not in VENUES:
        raise ConfigError(
            f"venue {venue!r} is in no instruments file: give the instrument itself, or choose one "
            f"of {', '.join(VENUES)}"
        )
    return meta_of(load_instruments(instruments).find(venue, symbol))


def meta_from(raw: Mapping[bytes, bytes] | None, where: str) -> InstrumentMeta:
    """Out of a file's key-value metadata. Raises DataError."""
    if not raw or VERSION_KEY not in raw or INSTRUMENT_KEY not in raw:
        raise DataError(
            f"{where}: no part of a tick store (its metadata lack {VERSION_KEY.decode()}): "
            "move it away, or write its rows with `tickpath store write`"
        )
    if raw[VERSION_KEY] != VERSION:
        raise DataError(
            f"{where}: layout version {raw[VERSION_KEY].decode(errors='replace')}, this program "
            f"reads {VERSION.decode()}: read it with the program that wrote it"
        )
    try:
        found = json.loads(raw[INSTRUMENT_KEY])
        return InstrumentMeta(
            tick_size=Decimal(found["tick_size"]),
            lot_size=Decimal(found["lot_size"]),
            kind=str(found["kind"]),
            multiplier=Decimal(found["multiplier"]),
        )
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        raise DataError(f"{where}: instrument metadata cannot be read: {error}") from error
