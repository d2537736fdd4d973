"""Files of raw frames that survive a kill at any byte: how they are written, and repaired.

A series is what one reader needs together: the frames of one instrument, or of one source where
the venue numbers the frames of a connection. Its files lie in a folder of their own:

    <venue>/<symbol>/20240808T120000.123456789-0003.gz.part     being written
    <venue>/<symbol>/20240808T120000.123456789-0003.gz          whole

The first part of a name is the run (when it began, UTC), the second counts its files. Content is
as `read_recordings` reads it: "<receive ns> <frame>" a line, gzip or plain; a line that begins with
an address says where a connection began anew. Every sync of a gzip file ends a member of its own,
so what is on the disk before it can be read whatever comes after.
Worst case: a kill loses what no sync has reached, and cuts the last line or member, see `repair`.
"""

import gzip
import os
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from tickpath.core.errors import DataError
from tickpath.storage.place import sync_path

OPEN = ".part"
BLOCK = 1 << 20
RESTART = b"wss://recorder <-> the connection begins anew\n"
GZIP_LEVEL = 6


def series_folder(root: Path, venue: str, symbols: tuple[str, ...]) -> Path:
    """Where the files of a series are."""
    return root / venue / "+".join(quote(symbol, safe="") for symbol in symbols)


def run_name(t_ns: int) -> str:
    """A run by when it began."""
    moment = datetime.fromtimestamp(t_ns // 10**9, UTC)
    return f"{moment:%Y%m%dT%H%M%S}.{t_ns % 10**9:09d}"


@dataclass(frozen=True, slots=True)
class Ack:
    """Frames of a series in this run that are on the disk, and the CRC-32 of their lines."""

    series: str
    frames: int
    crc32: int


class RawSeries:
    """The files of one series in one run. Not for two threads."""

    def __init__(self, folder: Path, name: str, run: str, *, zipped: bool) -> None:
        self.folder, self.name, self.run = folder, name, run
        self.suffix = ".gz" if zipped else ".txt"
        self.frames = 0
        self.acknowledged = 0
        self.number = 0
        self.size = 0
        self.opened_ns = 0
        self._zipped = zipped
        self._crc = 0
        self._lines: list[bytes] = []
        self._file = -1
        self._path = folder

    @property
    def dirty(self) -> bool:
        """Whether a sync has anything to do."""
        return bool(self._lines)

    def add(self, t_ns: int, frame: bytes) -> None:
        """One frame."""
        line = b"%d %b\n" % (t_ns, frame)
        self._lines.append(line)
        self._crc = zlib.crc32(line, self._crc)
        self.frames += 1

    def restart(self) -> None:
        """The connection begins anew with the next frame."""
        self._lines.append(RESTART)

    def sync(self, now_ns: int) -> Ack:
        """What was added is on the disk when this returns. Raises OSError."""
        if self._file < 0:
            self._open(now_ns)
        data = b"".join(self._lines)
        if self._zipped:
            data = gzip.compress(data, GZIP_LEVEL)
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]
        os.fsync(self._file)
        self._lines.clear()
        self.size += len(data)
        self.acknowledged = self.frames
        return Ack(self.name, self.frames, self._crc)

    def rotate(self) -> Path | None:
        """Everything synced so far stands under its final name; the next frame begins a file.
        Raises OSError."""
        if self._file < 0:
            return None
        os.close(self._file)
        self._file = -1
        final = self._path.with_name(self._path.name.removesuffix(OPEN))
        os.replace(self._path, final)
        sync_path(self.folder)
        self.number += 1
        self.size = 0
        return final

    def abandon(self) -> None:
        """Close without a word: the disk has failed."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self, now_ns: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._path = self.folder / f"{self.run}-{self.number:04d}{self.suffix}{OPEN}"
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND
        self._file = os.open(self._path, flags, 0o644)
        self.opened_ns = now_ns
        for folder in (self.folder, self.folder.parent, self.folder.parent.parent):
            sync_path(folder)


@dataclass(frozen=True, slots=True)
class Repaired:
    """A file that a killed recorder left: `path` is None when nothing of it could be kept."""

    left: Path
    path: Path | None
    bytes_cut: int
    frames: int

    def __str__(self) -> str:
        cut = f"{self.bytes_cut} bytes of a torn tail cut, " if self.bytes_cut else ""
        kept = "nothing left, removed" if self.path is None else f"{self.frames} frames kept"
        return f"{self.left.name}: {cut}{kept}"


def repair(path: Path) -> Repaired:
    """Cut the torn tail of a file that was being written and give it its final name. Raises
    DataError where the file is no such one."""
    if not path.name.endswith(OPEN):
        raise DataError(f"{path}: does not end in {OPEN}: it was closed in order")
    final = path.with_name(path.name.removesuffix(OPEN))
    try:
        whole, frames = (_whole_members if final.suffix == ".gz" else _whole_lines)(path)
        cut = path.stat().st_size - whole
        if frames == 0:
            path.unlink()
            sync_path(path.parent)
            return Repaired(path, None, cut, 0)
        if cut:
            os.truncate(path, whole)
            sync_path(path)
        os.replace(path, final)
        sync_path(path.parent)
    except OSError as error:
        raise DataError(f"{path}: cannot be repaired: {error.strerror or error}") from error
    return Repaired(path, final, cut, frames)


def repair_all(root: Path) -> list[Repaired]:
    """Every file below a folder that a killed recorder left."""
    return [repair(path) for path in sorted(root.rglob(f"*{OPEN}"))]


def runs_of(folder: Path) -> dict[str, list[Path]]:
    """Whole files of a series by run, in order."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*-*")):
        if path.suffix in (".gz", ".txt"):
            found.setdefault(path.name.rpartition("-")[0], []).append(path)
    return found


def _frames(data: bytes) -> int:
    """Lines that are frames."""
    return data.count(b"\n") - data.count(RESTART)


def _whole_lines(path: Path) -> tuple[int, int]:
    """(bytes up to the end of the last whole line, frames in them)."""
    whole = frames = 0
    rest = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            rest += block
            end = rest.rfind(b"\n") + 1
            frames += _frames(rest[:end])
            whole += end
            rest = rest[end:]
    return whole, frames


def _whole_members(path: Path) -> tuple[int, int]:
    """(bytes up to the end of the last whole gzip member, frames in them)."""
    whole = frames = offset = 0
    reader, text = zlib.decompressobj(31), bytearray()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            data = block
            while data:
                try:
                    text += reader.decompress(data)
                except zlib.error:
                    return whole, frames
                used = len(data) - len(reader.unused_data)
                offset += used
                data = reader.unused_data
                if reader.eof:
                    whole, frames = offset, frames + _frames(bytes(text))
                    reader, text = zlib.decompressobj(31), bytearray()
    return whole, frames
