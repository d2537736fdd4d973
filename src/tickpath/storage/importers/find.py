"""Which importers there are, and which one a file is for."""

import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from tickpath.core.errors import ConfigError
from tickpath.core.ticks import Ticks
from tickpath.storage.importers.base import Head, Job, near
from tickpath.storage.importers.sources import head_of


@dataclass(frozen=True, slots=True)
class Importer:
    """One module of this folder."""

    name: str
    summary: str
    recognises: Callable[[Head], str]
    read: Callable[[Path, Job], Iterator[Ticks]]


@cache
def importers() -> dict[str, Importer]:
    """All of them by name."""
    package = import_module("tickpath.storage.importers")
    found = {}
    for entry in pkgutil.iter_modules(package.__path__):
        module = import_module(f"tickpath.storage.importers.{entry.name}")
        if hasattr(module, "NAME"):
            found[module.NAME] = Importer(
                module.NAME, module.SUMMARY, module.recognises, module.read
            )
    return dict(sorted(found.items()))


def importer(name: str) -> Importer:
    """By name. Raises ConfigError with the nearest."""
    table = importers()
    if name not in table:
        raise ConfigError(f"format {name!r}{near(name, table)}: there are {', '.join(table)}")
    return table[name]


def importer_of(path: Path) -> tuple[Importer, str]:
    """The importer that knows a file, and what it holds. Raises ConfigError with the choices when
    none or several do."""
    head = head_of(path)
    found = [(one, kind) for one in importers().values() if (kind := one.recognises(head))]
    if len(found) == 1:
        return found[0]
    if found:
        choices = " or ".join(f"--format {one.name} ({kind})" for one, kind in found)
        raise ConfigError(f"{path}: may be several formats: say {choices}")
    choices = ", ".join(importers())
    raise ConfigError(f"{path}: no format knows it: say --format, one of {choices}")


def read_ticks(path: Path, job: Job, name: str | None = None) -> Iterator[Ticks]:
    """Chunks of whole events of one file, none of them empty. Raises DataError or GridError with
    file and row after what stood before it was given, ConfigError when the format is not clear."""
    chosen = importer(name) if name else importer_of(path)[0]
    for chunk in chosen.read(path, job):
        if len(chunk):
            yield chunk


def kinds_of(paths: Sequence[Path], name: str | None) -> list[str]:
    """What each file holds, as its importer says."""
    return [
        importer_of(p)[1] if name is None else importer(name).recognises(head_of(p)) for p in paths
    ]
