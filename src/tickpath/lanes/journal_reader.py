"""Reads a journal: header, records over all segments, and where and why it ends.

In: a folder or one segment. Out: `JournalRecord`s up to the first one that is not whole. No byte of
a file can make it raise while iterating: what is wrong is in `end`. Worst case: about a microsecond
of Python a record, so it is for replay and tools, not for the walk.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tickpath.core.errors import JournalError
from tickpath.lanes.journal import crc32c
from tickpath.lanes.journal_format import (
    CHECKSUM,
    HEADER,
    HEADER_BYTES,
    MAGIC,
    RECORD,
    RECORD_BYTES,
    VERSION,
    JournalHeader,
    JournalKind,
    runs_of,
    segment_name,
)

_ALL_ONES = 2**32 - 1
_CHUNK_BYTES = 1 << 20


class EndReason(StrEnum):
    """Why reading stopped. CLOSED and OPEN are healthy; the others mean bytes were lost."""

    CLOSED = "closed in order"
    OPEN = "not closed: still written, or the process died here"
    UNFINISHED = "unpublished bytes: the process died while it wrote a record, or bytes were lost"
    LENGTH = "impossible record length"
    CHECKSUM = "record checksum does not match"
    SHORT = "file was cut off"
    HEADER = "segment header is damaged or of another journal"
    MISSING = "next segment is missing"


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalEnd:
    """The place after the last whole record."""

    segment: int
    offset: int
    reason: EndReason

    @property
    def torn(self) -> bool:
        """Whether bytes of the journal were lost or damaged."""
        return self.reason not in (EndReason.CLOSED, EndReason.OPEN)

    def __str__(self) -> str:
        return f"segment {self.segment}, offset {self.offset}: {self.reason}"


class JournalRecord(NamedTuple):
    """One record; `kind` is a JournalKind unless a later version wrote it."""

    kind: int
    seq: int
    t_recv_ns: int
    payload: bytes
    segment: int
    offset: int


def _parse_header(data: bytes, where: Path) -> tuple[JournalHeader, int, int]:
    """Header, segment number and checksum, or JournalError."""
    if len(data) < HEADER_BYTES:
        raise JournalError(f"{where}: {len(data)} bytes are no journal segment")
    (magic, version, size, _, number, config, build, limits, created, engine, epoch, checksum) = (
        HEADER.unpack_from(data)
    )
    if magic != MAGIC:
        raise JournalError(f"{where}: no journal segment (its first bytes are {magic!r})")
    if crc32c(data[: HEADER_BYTES - CHECKSUM.size]) != checksum:
        raise JournalError(f"{where}: header checksum does not match: the file is damaged")
    if version != VERSION or size != HEADER_BYTES:
        raise JournalError(
            f"{where}: journal version {version}, this program reads {VERSION}: "
            "replay it with the program that wrote it"
        )
    if engine >= 2**16 or epoch >= 2**16:
        raise JournalError(f"{where}: engine {engine} or epoch {epoch} is no 16-bit number")
    header = JournalHeader(
        config_hash=f"{config:016x}",
        build_hash=f"{build:016x}",
        limits_hash=f"{limits:016x}",
        engine_id=engine,
        epoch=epoch,
        created_ns=created,
    )
    return header, number, checksum


class JournalReader:
    """A journal on disk. Iterate for the records; then `end` says where they stop.

    `path` is a folder with one journal, a folder and an `epoch`, or a segment to begin with.
    Raises JournalError when there is no journal to begin with; never while iterating.
    """

    def __init__(
        self, path: Path | str, *, engine_id: int | None = None, epoch: int | None = None
    ) -> None:
        self.path = Path(path)
        self.end: JournalEnd | None = None
        first = self._find_first(engine_id, epoch)
        with _opened(first) as file:
            self.header, self.first_segment, _ = _parse_header(file.read(HEADER_BYTES), first)
        self._folder = first.parent

    def _find_first(self, engine_id: int | None, epoch: int | None) -> Path:
        if self.path.is_file():
            return self.path
        if not self.path.is_dir():
            raise JournalError(f"{self.path}: no such file or folder")
        runs = {
            key: segments
            for key, segments in runs_of(self.path).items()
            if engine_id in (None, key[0]) and epoch in (None, key[1])
        }
        if not runs:
            raise JournalError(f"{self.path}: no journal segment (*.tpj) in this folder")
        if len(runs) > 1:
            names = ", ".join(f"engine {e} epoch {p}" for e, p in runs)
            raise JournalError(f"{self.path}: several journals, name one: {names}")
        ((engine, run), segments) = next(iter(runs.items()))
        return self.path / segment_name(engine, run, segments[0])

    def __iter__(self) -> Iterator[JournalRecord]:
        """From the first record; END and CLOSE are not yielded, `end` tells of them."""
        number = self.first_segment
        while True:
            path = self._path_of(number)
            try:
                file = _opened(path)
            except JournalError:
                self.end = JournalEnd(segment=number, offset=0, reason=EndReason.MISSING)
                return
            with file:
                end = yield from self._segment(file, path, number)
            if end is not None:
                self.end = end
                return
            number += 1

    def _path_of(self, number: int) -> Path:
        if number == self.first_segment and self.path.is_file():
            return self.path
        return self._folder / segment_name(self.header.engine_id, self.header.epoch, number)

    def _segment(
        self, file: BinaryIO, path: Path, number: int
    ) -> Generator[JournalRecord, None, JournalEnd | None]:
        """The records of one segment; returns where the journal ends, None when it goes on."""
        try:
            header, found, seed = _parse_header(file.read(HEADER_BYTES), path)
        except JournalError:
            return JournalEnd(segment=number, offset=0, reason=EndReason.HEADER)
        if found != number or header != self.header:
            return JournalEnd(segment=number, offset=0, reason=EndReason.HEADER)
        size = path.stat().st_size
        offset = HEADER_BYTES
        while True:
            record = _next_record(file, offset, size, seed)
            if isinstance(record, EndReason):
                return JournalEnd(segment=number, offset=min(offset, size), reason=record)
            kind, seq, t_recv_ns, payload = record
            if kind == JournalKind.END:
                return None
            if kind == JournalKind.CLOSE:
                return JournalEnd(segment=number, offset=offset, reason=EndReason.CLOSED)
            yield JournalRecord(kind, seq, t_recv_ns, payload, number, offset)
            offset += _padded(RECORD_BYTES + len(payload))


def _padded(length: int) -> int:
    return (length + 7) & ~7


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror or error}") from error


def _next_record(
    file: BinaryIO, offset: int, size: int, seed: int
) -> tuple[int, int, int, bytes] | EndReason:
    """The record at the file's position, or why there is none."""
    head = file.read(RECORD.size)
    if not head:
        return EndReason.SHORT
    length = int.from_bytes(head[:4], "little")
    if length == 0:
        return EndReason.UNFINISHED if _has_bytes(file, head) else EndReason.OPEN
    if len(head) < RECORD.size:
        return EndReason.SHORT
    if length < RECORD_BYTES:
        return EndReason.LENGTH
    if offset + length > size:
        return EndReason.SHORT
    rest = file.read(_padded(length) - RECORD.size)
    if len(rest) < length - RECORD.size:
        return EndReason.SHORT
    payload = rest[: length - RECORD_BYTES]
    (checksum,) = CHECKSUM.unpack_from(rest, len(payload))
    if crc32c(payload, crc32c(head, seed ^ _ALL_ONES)) != checksum:
        return EndReason.CHECKSUM
    _, kind, seq, t_recv_ns = RECORD.unpack(head)
    return kind, seq, t_recv_ns, payload


def _has_bytes(file: BinaryIO, chunk: bytes) -> bool:
    """Whether anything but zeros follows."""
    while chunk:
        if chunk.count(0) != len(chunk):
            return True
        chunk = file.read(_CHUNK_BYTES)
    return False
