"""What every importer is given and gives.

An importer is one module of this folder with `NAME`, `SUMMARY`, `recognises(Head) -> str` (what the
file holds, empty: not mine) and `read(Path, Job) -> Iterator[Ticks]`. Found by looking here, so a
new format edits nobody else's file. Chunks hold whole events, in the file's order, and what was
given stays good when a later row is refused.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy.typing as npt

from tickpath.core.errors import ConfigError, DataError
from tickpath.core.ticks import Ticks, empty_ticks, ticks_of

CHUNK_ROWS: Final = 262_144
"""About how many rows a chunk has where the source does not say."""
EVENT_ROWS_MAX: Final = 1 << 20
"""Rows of one event at the most: a file whose events never end is refused, not held in memory."""
NS: Final = 1_000_000_000


@dataclass(slots=True)
class Job:
    """One import. `day`, in `zone`, for files whose times count from midnight; `book`: LOBSTER's
    orderbook file, where it does not lie beside the messages. `tolerance`: how far from the grid
    a number may be, in steps: text is exact unless it is set. `fall_ns_max`: how far a venue's time
    may fall in a file that has no receive time. `passed` counts what has no form as ticks, by
    reason; `notes` is what a reader should know."""

    venue: str
    symbol: str
    tick_size: Decimal
    lot_size: Decimal
    day: date | None = None
    zone: str = "America/New_York"
    instrument_id: int | None = None
    book: Path | None = None
    tolerance: Decimal = Decimal(0)
    drop_off_grid_trades: bool = False
    skip_duplicates: bool = False
    fall_ns_max: int = NS
    passed: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def midnight_ns(self, path: Path, what: str) -> int:
        """Start of the day, ns since 1970. Raises ConfigError without a day."""
        if self.day is None:
            raise ConfigError(f"{path}: {what} count from midnight: say the day, --date YYYY-MM-DD")
        try:
            zone = ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ConfigError(
                f"time zone {self.zone!r} is unknown: name one of the tz database, --zone NAME"
            ) from error
        start = datetime.combine(self.day, time(), zone).astimezone(UTC)
        return int(start.timestamp()) * NS


@dataclass(frozen=True, slots=True)
class Head:
    """What a file is recognised by: its name and its first bytes, decompressed."""

    path: Path
    data: bytes

    @property
    def name(self) -> str:
        """The file's name in lower case; of a zip the name of the file in it."""
        return self.path.name.lower()

    @property
    def fields(self) -> list[str]:
        """The first line at its commas; empty for what is no text."""
        line = self.data.partition(b"\n")[0].strip()
        try:
            text = line.decode("ascii")
        except UnicodeDecodeError:
            return []
        return [part.strip().strip('"') for part in text.split(",")] if text.isprintable() else []


def need(package: str, extra: str, why: str) -> ModuleType:
    """An optional package, imported now. Raises ConfigError with what installs it."""
    try:
        return import_module(package)
    except ImportError as error:
        raise ConfigError(f"{why} needs {package}: pip install {extra}") from error


def arrow(module: str = "pyarrow") -> Any:
    """pyarrow or a module of it."""
    return need(module, "tickpath[store]", "reading tables")


def at(path: Path, row: int, text: str) -> str:
    """A message with its place; rows count from 1, a header is row 1."""
    return f"{path}: row {row}: {text}"


def near(wanted: str, known: Iterable[str]) -> str:
    """` (did you mean X?)`, or nothing."""
    found = difflib.get_close_matches(wanted, list(known), n=1, cutoff=0.6)
    return f" (did you mean {found[0]}?)" if found else ""


def check_columns(path: Path, found: Sequence[str], wanted: Sequence[str], what: str) -> None:
    """Raises DataError that names the missing columns and the nearest ones there are."""
    missing = [name for name in wanted if name not in found]
    if missing:
        spare = [name for name in found if name not in wanted]
        hints = [difflib.get_close_matches(name, spare, n=1, cutoff=0.5) for name in missing]
        named = ", ".join(
            name + (f" (the file has {hint[0]})" if hint else "")
            for name, hint in zip(missing, hints, strict=True)
        )
        raise DataError(
            f"{path}: row 1: {what} without column {named}: the columns must be {', '.join(wanted)}"
        )
    doubled = sorted({name for name in wanted if list(found).count(name) > 1})
    if doubled:
        raise DataError(f"{path}: row 1: column {doubled[0]} twice: keep one")


def check_nearest(
    path: Path, found: Sequence[str], schemas: Sequence[Sequence[str]], what: str
) -> None:
    """Raises DataError with what the file lacks of the schema that it is nearest to."""
    nearest = max(schemas, key=lambda schema: len(set(schema) & set(found)))
    check_columns(path, found, nearest, what)
    raise DataError(f"{path}: row 1: no columns of {what}: they are {', '.join(nearest)}")


def made(size: int, **columns: npt.ArrayLike) -> Ticks:
    """So many rows of some columns, scalars repeated; as `ticks_of`, also of no rows."""
    return ticks_of(**columns) if size else empty_ticks()
