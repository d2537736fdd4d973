"""One import: files of one symbol into a store, once each, whatever interrupts it.

The files become one stream in order of time, the store makes whole days of it durable one by one
and leaves out what it has already; a file is noted as done when its last day is. So the same call
again goes on where the last one ended, and nothing is there twice.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from tickpath.core.errors import ConfigError, DataError, GridError
from tickpath.core.ticks import Ticks
from tickpath.storage.importers.base import NS, Job
from tickpath.storage.importers.find import Importer, importer, importer_of
from tickpath.storage.importers.ledger import Ledger, Place
from tickpath.storage.importers.merge import Merge, Source
from tickpath.storage.importers.sources import head_of

DAY_NS: Final = 86_400 * NS
DAYS_NAMED_MAX: Final = 31


class Target(Protocol):
    """What an import needs of a store; storage/store.py has it."""

    place: Any

    def write(
        self,
        venue: str,
        symbol: str,
        ticks: Iterable[Ticks],
        *,
        source: str = "",
        told: Callable[[int], None] | None = None,
    ) -> Any: ...


@dataclass(kw_only=True, slots=True)
class Imported:
    """What an import did. `rows`, `events`: of the files read; `known`: files the store had."""

    files: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    formats: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    events: int = 0
    new_rows: int = 0
    days: list[str] = field(default_factory=list)
    missing_days: list[str] = field(default_factory=list)
    passed: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0


def import_files(
    store: Target,
    paths: Sequence[Path],
    job: Job,
    *,
    name: str | None = None,
    again: bool = False,
    told: Callable[[int], None] | None = None,
) -> Imported:
    """Import files of one symbol. `name`: the format, else each file's own; `again`: also what is
    noted as done. Raises ConfigError (format not clear), DataError with file and row, CapacityError
    (disk full); the days before the fault stay."""
    began = time.perf_counter()
    found = Imported()
    place: Place = store.place
    ledger = Ledger(place, job.venue, job.symbol)
    chosen: dict[Path, tuple[Importer, str]] = {}
    for path in unique(paths):
        if twin := next((p for p in chosen if ledger.content(p) == ledger.content(path)), None):
            found.notes.append(f"{path.name}: the same content as {twin.name}, read once")
        else:
            chosen[path] = importer_for(path, name)
    run = Run(job, ledger, chosen, found)
    if not again:
        run.leave_out_known()
    if run.chosen:
        for path in run.chosen:
            found.formats[path.name] = " ".join(part for part in labels(run.chosen[path]) if part)
        written = store.write(
            job.venue, job.symbol, run.stream(), source=label(list(run.chosen)), told=told
        )
        run.note_all()
        found.new_rows = int(getattr(written, "rows", found.rows))
        found.files = [str(path) for path in run.chosen]
    found.passed = {k: v for k, v in sorted(job.passed.items()) if v}
    found.notes += dict.fromkeys(job.notes)
    found.missing_days = missing(found.days)
    found.seconds = time.perf_counter() - began
    return found


def unique(paths: Sequence[Path]) -> list[Path]:
    """Each path once. Raises ConfigError for a folder."""
    for path in paths:
        if path.is_dir():
            raise ConfigError(f"{path}: a folder: name its files, {path}/*")
    return list(dict.fromkeys(paths))


def importer_for(path: Path, name: str | None) -> tuple[Importer, str]:
    """The importer that was asked for, or the one that knows the file; and what the file holds."""
    if name is None:
        return importer_of(path)
    one = importer(name)
    return one, one.recognises(head_of(path))


def labels(chosen: tuple[Importer, str]) -> tuple[str, str]:
    return chosen[0].name, chosen[1]


def label(paths: list[Path]) -> str:
    """How the store's own messages name the stream."""
    return paths[0].name if len(paths) == 1 else f"{paths[0].name} and {len(paths) - 1} more"


def missing(days: list[str]) -> list[str]:
    """Days between the first and the last that have no rows."""
    if not days:
        return []
    numbers = np.array(days, "datetime64[D]")
    whole = np.arange(numbers.min(), numbers.max() + 1)
    return [str(day) for day in np.setdiff1d(whole, numbers)]


@dataclass(slots=True)
class Run:
    """The stream of an import, and which of its files are durable."""

    job: Job
    ledger: Ledger
    chosen: dict[Path, tuple[Importer, str]]
    found: Imported
    sources: dict[Path, Source] = field(init=False)
    merge: Merge = field(init=False)

    def __post_init__(self) -> None:
        self.sources = {
            path: Source(path, f"{one.name} {kind}", self.opener(path, one))
            for path, (one, kind) in self.chosen.items()
        }
        self.merge = Merge(list(self.sources.values()))

    def leave_out_known(self) -> None:
        """Skip the files that are done. One that shares a day with a file that is not, or comes
        after its beginning, is read again: a day is stored of all its files or not at all."""
        entries = {path: self.ledger.entry(path) for path in self.chosen}
        begins = [
            source.first_ns // DAY_NS
            for path, source in self.sources.items()
            if entries[path] is None and source.peek()
        ]
        for path, entry in entries.items():
            if entry is not None and entry.last_ns // DAY_NS < min(begins, default=2**63):
                self.found.known.append(str(path))
                del self.chosen[path], self.sources[path]
        self.merge = Merge(list(self.sources.values()))

    def opener(self, path: Path, one: Importer) -> Callable[[], Iterator[Ticks]]:
        """Opens a file from its start; only the second opening, which reads on, counts."""
        opened = 0

        def open_file() -> Iterator[Ticks]:
            nonlocal opened
            opened += 1
            peek = opened == 1
            job = replace(self.job, passed=Counter(), notes=[]) if peek else self.job
            return (chunk for chunk in one.read(path, job) if len(chunk))

        return open_file

    def stream(self) -> Iterator[Ticks]:
        """Chunks in order of time. When the store asks for the next chunk it has stored all days
        before the last one given."""
        try:
            for chunk in self.merge:
                self.count(chunk)
                yield chunk
                self.note(int(chunk["t_recv_ns"][-1]) // DAY_NS * DAY_NS)
        except GridError as error:
            raise DataError(str(error)) from error
        if not self.found.rows:
            names = ", ".join(path.name for path in self.chosen)
            raise DataError(f"{names}: no events: nothing to store")

    def count(self, chunk: Ticks) -> None:
        found = self.found
        found.rows += len(chunk)
        found.events += chunk.events()
        for day in np.unique(chunk["t_recv_ns"] // DAY_NS).tolist():
            text = str(np.datetime64(day, "D"))
            if not found.days or found.days[-1] != text:
                found.days.append(text)

    def note(self, before_ns: int) -> None:
        """Remember the files whose last row is before a time."""
        for path, last_ns in list(self.merge.ended.items()):
            if last_ns < before_ns:
                self.remember(path, last_ns)
                del self.merge.ended[path]

    def note_all(self) -> None:
        """Everything is durable."""
        self.note(2**63 - 1)
        for path in self.merge.empty:
            self.remember(path, 0)

    def remember(self, path: Path, last_ns: int) -> None:
        one, kind = self.chosen[path]
        self.ledger.add(path, one.name, kind, last_ns)
