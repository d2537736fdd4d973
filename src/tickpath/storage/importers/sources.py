"""Bytes of plain, gzip, zip and Zstandard files in pieces, and their errors in our words.

A piece is at most `BLOCK_BYTES`, so a file of any size takes the same memory. A torn file gives
what is whole and then raises DataError. Worst case: a line longer than a block is refused.
"""

import gzip
import hashlib
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

from tickpath.core.errors import DataError, TickpathError
from tickpath.storage.importers.base import Head, arrow

BLOCK_BYTES: Final = 8 << 20
HEAD_BYTES: Final = 4096
PIECE_BYTES: Final = 1 << 18
GZIP, ZIP, ZSTD = b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd"
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, lzma.LZMAError, ValueError)


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines. `row` is the number of the first, from 1."""

    row: int
    data: bytes

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """(row, line) of every line that is not empty, as a CSV reader counts them."""
        for number, line in enumerate(self.data.split(b"\n"), self.row):
            if line.rstrip(b"\r"):
                yield number, line.rstrip(b"\r")

    def row_of(self, index: int) -> int:
        """The row of the file that a table's row `index` came from."""
        for place, (number, _) in enumerate(self.lines()):
            if place == index:
                return number
        return self.row


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """What reading a file may raise, as DataError that names it."""
    try:
        yield
    except TickpathError:
        raise
    except OSError as error:
        if error.errno is None or isinstance(error, gzip.BadGzipFile):
            raise DataError(torn(path, error)) from error
        raise DataError(f"{path}: {error.strerror or error}") from error
    except DAMAGED as error:
        raise DataError(torn(path, error)) from error


def torn(path: Path, error: Exception) -> str:
    """What is said of a file that is damaged."""
    return (
        f"{path}: damaged or cut short ({error or type(error).__name__}): fetch the file again; "
        "what was read before it stays"
    )


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file's content for reading, decompressed by what it begins with. Raises DataError for a
    file that cannot be read, and within the block for one that is damaged."""
    with guarded(path), ExitStack() as stack:
        yield _open(path, stack)


def _open(path: Path, stack: ExitStack) -> IO[bytes]:
    file = stack.enter_context(path.open("rb"))
    mark = file.read(4)
    file.seek(0)
    if mark[:2] == GZIP:
        return stack.enter_context(cast(IO[bytes], gzip.open(file, "rb")))
    if mark == ZIP:
        archive = stack.enter_context(zipfile.ZipFile(file))
        members = [m for m in archive.infolist() if not m.is_dir()]
        if len(members) != 1:
            names = ", ".join(m.filename for m in members[:4]) or "none"
            raise DataError(f"{path}: a zip of {len(members)} files ({names}): unpack it first")
        try:
            return stack.enter_context(archive.open(members[0]))
        except RuntimeError as error:
            raise DataError(f"{path}: {error}: unpack it first") from error
    if mark == ZSTD:
        stream: Any = arrow().CompressedInputStream(file, "zstd")
        return cast(IO[bytes], stack.enter_context(stream))
    return file


def head_of(path: Path) -> Head:
    """Name and first bytes. Raises DataError for a file that cannot be read."""
    with opened(path) as file:
        data = _piece(file)[:HEAD_BYTES]
    return Head(path, data)


def _piece(file: IO[bytes]) -> bytes:
    """Some of what comes next, so that a fault behind it does not take it along."""
    read: Callable[[int], bytes] = getattr(file, "read1", file.read)
    return read(PIECE_BYTES)


def raw_blocks(path: Path) -> Iterator[bytes]:
    """The content in pieces, all of what can be read. Then raises DataError when it is damaged or
    ends within a compressed frame."""
    with opened(path) as file:
        fault: Exception | None = None
        while fault is None:
            parts: list[bytes] = []
            size = 0
            try:
                while size < BLOCK_BYTES and (data := _piece(file)):
                    parts.append(data)
                    size += len(data)
            except (OSError, *DAMAGED) as error:
                fault = error
            if parts:
                yield b"".join(parts)
            elif fault is None:
                return
        raise fault


def blocks(path: Path) -> Iterator[Block]:
    """The content in pieces of whole lines; the last line may lack its end."""
    row, rest = 1, b""
    for data in raw_blocks(path):
        cut = data.rfind(b"\n") + 1
        if cut == 0 and len(rest) + len(data) > BLOCK_BYTES:
            raise DataError(f"{path}: row {row}: a line of more than {BLOCK_BYTES} bytes: no CSV")
        if cut:
            block = Block(row, rest + data[:cut])
            yield block
            row += block.data.count(b"\n")
            rest = data[cut:]
        else:
            rest += data
    if rest.strip():
        yield Block(row, rest)


def content_hash(path: Path) -> str:
    """BLAKE2b-128 of the file as it lies there, hex: what an import is remembered by."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        with path.open("rb") as file:
            while data := file.read(BLOCK_BYTES):
                digest.update(data)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    return digest.hexdigest()
