"""Which files a store has, by content: `_imports/<key>.json` in the store, one a file.

An entry is written, whole or not at all, when every row of its file is durable. A file of the same
content under another name is known too; the key also has the venue and the symbol.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from tickpath.core.errors import CapacityError
from tickpath.storage.importers.sources import content_hash

FOLDER: Final = "_imports"


class Place(Protocol):
    """Where the store's files are, as storage/place.py has it."""

    uri: str

    def files(self, folder: str = "") -> list[tuple[str, int]]: ...
    def source(self, path: str) -> Any: ...
    def sink(self, path: str) -> Any: ...
    def publish(self, temporary: str, path: str) -> None: ...
    def remove(self, path: str) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One file that is in the store."""

    venue: str
    symbol: str
    content: str
    name: str
    format: str
    kind: str
    last_ns: int

    @property
    def path(self) -> str:
        return path_of(self.venue, self.symbol, self.content)


def path_of(venue: str, symbol: str, content: str) -> str:
    """Where an entry lies."""
    key = hashlib.blake2b(f"{venue}\n{symbol}\n{content}".encode(), digest_size=16).hexdigest()
    return f"{FOLDER}/{key}.json"


class Ledger:
    """The entries of one symbol in a store."""

    def __init__(self, place: Place, venue: str, symbol: str) -> None:
        self.place, self.venue, self.symbol = place, venue, symbol
        self._known = {path for path, _ in place.files(FOLDER)}
        self._hashes: dict[Path, str] = {}

    def content(self, path: Path) -> str:
        """The hash of a file, taken once."""
        if path not in self._hashes:
            self._hashes[path] = content_hash(path)
        return self._hashes[path]

    def entry(self, path: Path) -> Entry | None:
        """What is noted of this content, if every row of it is in the store."""
        place = path_of(self.venue, self.symbol, self.content(path))
        if place not in self._known:
            return None
        try:
            with self.place.source(place) as file:
                return Entry(**json.loads(file.read()))
        except (OSError, ValueError, TypeError):
            return None

    def add(self, path: Path, name: str, kind: str, last_ns: int) -> None:
        """Remember a file. Raises CapacityError when the disk is full."""
        entry = Entry(
            venue=self.venue,
            symbol=self.symbol,
            content=self.content(path),
            name=path.name,
            format=name,
            kind=kind,
            last_ns=last_ns,
        )
        if self.entry(path) is not None:
            return
        temporary = f"_tmp/{entry.path.rpartition('/')[2]}"
        try:
            if entry.path in self._known:
                self.place.remove(entry.path)
            with self.place.sink(temporary) as file:
                file.write(json.dumps(asdict(entry), indent=1).encode())
            self.place.publish(temporary, entry.path)
        except OSError as error:
            raise CapacityError(
                f"{self.place.uri}: {error.strerror or error} while {path.name} was noted; its "
                "rows are stored, the same import again is safe"
            ) from error
        self._known.add(entry.path)
