"""Snapshots in a journal: the engine's whole state in records of kind SNAPSHOT, and where they are.

A snapshot is a configuration note and, right behind it, the state in parts: u32 index, u32 count,
bytes. With both a replay can begin there, whatever came before. A snapshot that is not whole (the
process died while it wrote) is none. Worst case: every segment is read once to find that there is
no snapshot.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tickpath.core.errors import JournalError
from tickpath.lanes.journal_format import HEADER_BYTES, JournalKind, runs_of, segment_name
from tickpath.lanes.journal_reader import JournalReader, JournalRecord

PART = struct.Struct("<II")
PART_BYTES = 256 * 1024
"""Longest part unless segments are small; read and checked in one piece."""
NAME_BYTES = 8
CONFIG_NOTE = b"config\0\0"
"""Name of the note that holds the configuration as JSON."""
FRESH_NOTE = b"fresh\0\0\0"
"""Name of the note of a live epoch that was begun without a state, by decision."""


def parts_of(state: bytes, part_bytes: int = PART_BYTES) -> list[bytes]:
    """Payloads of the SNAPSHOT records of a state, each at most `part_bytes` of it and a head."""
    places = range(0, max(1, len(state)), part_bytes)
    return [PART.pack(k, len(places)) + state[at : at + part_bytes] for k, at in enumerate(places)]


class SnapshotParts:
    """Puts parts together again."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    @property
    def begun(self) -> bool:
        """Whether parts of a snapshot were seen and others are to come."""
        return bool(self._parts)

    def drop(self) -> None:
        """Another record came between: what was begun is no snapshot."""
        self._parts = []

    def add(self, payload: bytes) -> bytes | None:
        """The next part; the whole state with the last one. A part out of turn drops what was
        begun."""
        if len(payload) < PART.size:
            self.drop()
            return None
        index, count = PART.unpack_from(payload)
        if index != len(self._parts) or index >= count:
            self.drop()
            return None
        self._parts.append(payload[PART.size :])
        if index + 1 < count:
            return None
        state = b"".join(self._parts)
        self.drop()
        return state


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a replay may begin: a configuration note, with a whole snapshot behind it or none."""

    segment: int
    offset: int
    snapshot: bool

    def reader(self, folder: Path, engine_id: int, epoch: int) -> JournalReader:
        """A reader of the segment of this place and those behind it."""
        return JournalReader(folder / segment_name(engine_id, epoch, self.segment))

    def records(self, reader: JournalReader) -> Iterator[JournalRecord]:
        """The records from here on; then the reader's `end` says where they stop."""
        here = (self.segment, self.offset)
        return (r for r in reader if (r.segment, r.offset) >= here)


def is_note(record: JournalRecord, name: bytes) -> bool:
    """Whether this is the note of a name."""
    return record.kind == JournalKind.NOTE and record.payload[:NAME_BYTES] == name


def last_snapshot(folder: Path, engine_id: int, epoch: int) -> Place | None:
    """The newest whole snapshot of a journal, None when it has none. Looks from the newest segment
    back, so it reads little of a long journal."""
    for segment in reversed(runs_of(folder).get((engine_id, epoch), [])):
        for offset in reversed(_notes(folder / segment_name(engine_id, epoch, segment))):
            place = Place(segment=segment, offset=offset, snapshot=True)
            if _whole(place, folder, engine_id, epoch):
                return place
    return None


def beginning(folder: Path, engine_id: int, epoch: int) -> Place | None:
    """The first record of a journal where that is its configuration; None: it is not there."""
    try:
        reader = JournalReader(folder, engine_id=engine_id, epoch=epoch)
    except JournalError:
        return None
    first = next(iter(reader), None)
    if first is None or first.segment != 0 or not is_note(first, CONFIG_NOTE):
        return None
    return Place(segment=0, offset=HEADER_BYTES, snapshot=False)


def _notes(path: Path) -> list[int]:
    """Offsets of the configuration notes of one segment."""
    found: list[int] = []
    try:
        reader = JournalReader(path)
    except JournalError:
        return found
    for record in reader:
        if record.segment != reader.first_segment:
            break
        if is_note(record, CONFIG_NOTE):
            found.append(record.offset)
    return found


def _whole(place: Place, folder: Path, engine_id: int, epoch: int) -> bool:
    """Whether a whole snapshot stands right behind the note at a place."""
    parts = SnapshotParts()
    records = place.records(place.reader(folder, engine_id, epoch))
    next(records, None)
    for record in records:
        if record.kind != JournalKind.SNAPSHOT:
            return False
        if parts.add(record.payload) is not None:
            return True
        if not parts.begun:
            return False
    return False
