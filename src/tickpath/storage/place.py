"""Where a store's files are: a folder of this host, or any file system that pyarrow speaks to.

    place_of("ticks")                      a folder
    place_of("s3://bucket/ticks?region=eu-west-1")   S3, GCS, HDFS ... as pyarrow.fs reads the URI
    place_of("ticks", filesystem=fs)       a file system made by the caller

A file appears whole or not at all: it is written below `_tmp/` and moved when it is complete. On
this host it is synced first, and its folder afterwards, so that it also outlives a power loss; on
an object store the last step is a copy by the service, which is whole or absent.
"""

import contextlib
import fcntl
import os
import time
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tickpath.core.errors import ConfigError, DataError
from tickpath.storage.extras import need
from tickpath.storage.layout import TEMPORARY

LOCK, LOCKS = "lock", 64
LEFT_S = 3600
"""A file below `_tmp/` that nothing has changed for so long belongs to a writer that is gone."""


class Place(Protocol):
    """Files by their path below a root; folders need not be made."""

    uri: str
    local: Path | None
    """The root where it is a folder of this host."""

    def files(self, folder: str = "") -> list[tuple[str, int]]:
        """(path, bytes) of every file below a folder, sorted; an absent folder has none. Of the
        root, folders that begin with _ or . are left out."""

    def source(self, path: str) -> Any:
        """What pyarrow reads a file from; it closes it."""

    def sink(self, path: str) -> Any:
        """A binary file to write a new file to."""

    def publish(self, temporary: str, path: str) -> None:
        """Make a whole file durable under its name, atomically."""

    def remove(self, path: str) -> None:
        """Delete a file; an absent one is no error."""

    def left(self) -> list[str]:
        """Files that writers left behind which are gone."""

    def lock(self, folder: str) -> contextlib.AbstractContextManager[None]:
        """Held while parts of a folder are compared and published, against other threads and
        processes; not on object stores."""


def temporary_name() -> str:
    """A new path below `_tmp/`."""
    return f"{TEMPORARY}/{os.getpid()}-{uuid.uuid4().hex}.parquet"


class LocalPlace:
    """A folder of this host."""

    def __init__(self, root: Path) -> None:
        self.local: Path | None = root
        self.root = root
        self.uri = str(root)

    def files(self, folder: str = "") -> list[tuple[str, int]]:
        start = self.root / folder
        return sorted(
            (entry.path[len(str(self.root)) + 1 :], entry.stat().st_size)
            for entry in _walk(start, self.root)
        )

    def source(self, path: str) -> Any:
        return need("pyarrow").memory_map(str(self.root / path))

    def sink(self, path: str) -> Any:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        return need("pyarrow").OSFile(str(file), "wb")

    def publish(self, temporary: str, path: str) -> None:
        target = self.root / path
        if target.exists():
            raise DataError(f"{target}: exists already")
        made = _make_folders(target.parent)
        sync_path(self.root / temporary)
        os.replace(self.root / temporary, target)
        for folder in (target.parent, *made):
            sync_path(folder)

    def remove(self, path: str) -> None:
        file = self.root / path
        file.unlink(missing_ok=True)
        for folder in file.relative_to(self.root).parents:
            if folder == Path():
                break
            try:
                (self.root / folder).rmdir()
            except OSError:
                break

    def left(self) -> list[str]:
        before = time.time() - LEFT_S
        return [
            path for path, _ in self.files(TEMPORARY) if (self.root / path).stat().st_mtime < before
        ]

    @contextmanager
    def lock(self, folder: str) -> Iterator[None]:
        place = self.root / TEMPORARY
        place.mkdir(parents=True, exist_ok=True)
        name = f"{LOCK}-{zlib.crc32(folder.encode()) % LOCKS:02d}"
        number = os.open(place / name, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            yield
        finally:
            os.close(number)


class RemotePlace:
    """A file system of pyarrow, below a base path of it."""

    def __init__(self, filesystem: Any, base: str, uri: str) -> None:
        self.local: Path | None = None
        self.filesystem = filesystem
        self.base = base.rstrip("/")
        self.uri = uri

    def at(self, path: str) -> str:
        """A path of the file system."""
        return f"{self.base}/{path}" if self.base else path

    def files(self, folder: str = "") -> list[tuple[str, int]]:
        fs = need("pyarrow.fs")
        selector = fs.FileSelector(
            self.at(folder).rstrip("/"), allow_not_found=True, recursive=True
        )
        cut = len(self.base) + 1 if self.base else 0
        return sorted(
            (info.path[cut:], info.size or 0)
            for info in self.filesystem.get_file_info(selector)
            if info.type == fs.FileType.File
            and (folder or not info.path[cut:].startswith(("_", ".")))
        )

    def source(self, path: str) -> Any:
        return self.filesystem.open_input_file(self.at(path))

    def sink(self, path: str) -> Any:
        self._folder(path)
        return self.filesystem.open_output_stream(self.at(path))

    def publish(self, temporary: str, path: str) -> None:
        self._folder(path)
        self.filesystem.move(self.at(temporary), self.at(path))

    def remove(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.filesystem.delete_file(self.at(path))

    def left(self) -> list[str]:
        fs = need("pyarrow.fs")
        selector = fs.FileSelector(self.at(TEMPORARY), allow_not_found=True, recursive=True)
        before, cut = time.time() - LEFT_S, len(self.base) + 1 if self.base else 0
        return [
            info.path[cut:]
            for info in self.filesystem.get_file_info(selector)
            if info.type == fs.FileType.File and (info.mtime_ns or 0) / 1e9 < before
        ]

    def lock(self, folder: str) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def _folder(self, path: str) -> None:
        self.filesystem.create_dir(self.at(path).rpartition("/")[0], recursive=True)


def place_of(where: Path | str, filesystem: Any = None) -> Place:
    """The place of a path or URI. Raises ConfigError for one that cannot be reached."""
    text = str(where)
    if filesystem is not None:
        return RemotePlace(filesystem, text.strip("/"), text)
    if "://" not in text:
        if Path(text).exists() and not Path(text).is_dir():
            raise ConfigError(f"{text}: is a file: a store is a folder or a URI")
        return LocalPlace(Path(text))
    if text.startswith("file://"):
        return LocalPlace(Path(text.removeprefix("file://")))
    try:
        found, base = need("pyarrow.fs").FileSystem.from_uri(text)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{text}: {error}; write a folder, or a URI of s3://, gs:// or hdfs://"
        ) from error
    return RemotePlace(found, base, text)


def sync_path(path: Path) -> None:
    """Until a file or folder is on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder; returns the folders that hold a new name by it."""
    made: list[Path] = []
    missing = folder
    while not missing.exists():
        made.append(missing.parent)
        missing = missing.parent
    folder.mkdir(parents=True, exist_ok=True)
    return made


def _walk(folder: Path, root: Path) -> Iterator[os.DirEntry[str]]:
    """Files below a folder; `_tmp` of the root is walked only when it is asked for."""
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if folder == root and entry.name.startswith(("_", ".")):
                continue
            yield from _walk(Path(entry.path), root)
        elif not entry.name.startswith(LOCK):
            yield entry
