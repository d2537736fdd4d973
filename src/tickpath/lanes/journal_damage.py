"""Tells a torn end from a damaged middle: does anything whole stand behind the place of an end?

A process that dies leaves at most one unfinished record, and nothing behind it. Whole records
behind the place where reading stops mean that bytes in between were lost or changed, so that what
happened there is not known. Worst case: a segment is searched at every 8 bytes, about 30 ms for
16 MiB, and only after a crash.
"""

from pathlib import Path

import numpy as np

from tickpath.lanes.journal import crc32c
from tickpath.lanes.journal_format import (
    CHECKSUM,
    HEADER_BYTES,
    RECORD_BYTES,
    JournalKind,
    runs_of,
    segment_name,
)
from tickpath.lanes.journal_reader import EndReason, JournalEnd

_ALL_ONES = 2**32 - 1
_ALIGNMENT = 8


def written_behind(folder: Path, engine_id: int, epoch: int, end: JournalEnd) -> str:
    """Where something whole stands behind an end, in words; empty when the end is only torn."""
    if end.reason is EndReason.CLOSED:
        return ""
    for segment in runs_of(folder).get((engine_id, epoch), []):
        if segment < end.segment:
            continue
        data = (folder / segment_name(engine_id, epoch, segment)).read_bytes()
        start = HEADER_BYTES
        if segment == end.segment and end.offset > 0:
            start = end.offset + _ALIGNMENT
        if segment == end.segment and end.reason is EndReason.HEADER and any(data[HEADER_BYTES:]):
            return f"segment {segment} holds bytes behind a header that cannot be read"
        offset = _whole_record(data, start)
        if offset is not None:
            return f"segment {segment} holds a whole record at offset {offset}"
    return ""


def _whole_record(data: bytes, start: int) -> int | None:
    """Offset of the first record from `start` on whose checksum is right."""
    if len(data) < HEADER_BYTES + RECORD_BYTES:
        return None
    (seed,) = CHECKSUM.unpack_from(data, HEADER_BYTES - CHECKSUM.size)
    words = np.frombuffer(data, "<u4", count=len(data) // _ALIGNMENT * 2).reshape(-1, 2)
    lengths, kinds = words[:, 0].astype(np.int64), words[:, 1]
    offsets = np.arange(len(words), dtype=np.int64) * _ALIGNMENT
    likely = (lengths >= RECORD_BYTES) & (offsets + lengths <= len(data)) & (offsets >= start)
    likely &= (kinds >= min(JournalKind)) & (kinds <= max(JournalKind))
    found_at: list[int] = offsets[likely].tolist()
    for at in found_at:
        last = at + int.from_bytes(data[at : at + 4], "little") - CHECKSUM.size
        found = crc32c(memoryview(data)[at:last], seed ^ _ALL_ONES)
        if found == CHECKSUM.unpack_from(data, last)[0]:
            return at
    return None
