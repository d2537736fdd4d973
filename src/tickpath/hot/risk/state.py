"""Canonical state of the risk stage, version 2: little endian, no padding, one for all backends.

header       u32 version, u32 killed, i64 newest batch's time, u64 venues that are down, one bit
             each, u32 instruments, u32 0
buckets      i64 `full_ns` of each (rate.py): orders, orders of each venue, messages, messages of
             each venue
instrument   i64 reference price in ticks, u32 accepted orders remembered, u32 0
recent       of the instrument, oldest first: i64 time, price ticks, lots, u64 key (recent.py)

Limits are configuration or control's state: importing a state cannot loosen one. What a batch has
pending ends with its input and is not exported; exposures follow from positions and marks.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.recent import Recent

VERSION = 2
HEADER = struct.Struct("<IIqQII")
BUCKETS = 2 + 2 * LIMITS["venues_max"]
INSTRUMENT = struct.Struct("<qII")
RECENT = struct.Struct("<qqqQ")


@dataclass(slots=True)
class Image:
    """The state as plain values."""

    killed: bool
    now_ns: int
    venues_down: int
    full_ns: Sequence[int]
    reference_ticks: list[int]
    recent: list[list[Recent]]


def pack(image: Image) -> bytes:
    """The canonical bytes."""
    count = len(image.reference_ticks)
    parts = [
        HEADER.pack(VERSION, int(image.killed), image.now_ns, image.venues_down, count, 0),
        struct.pack(f"<{BUCKETS}q", *image.full_ns),
    ]
    for ticks, entries in zip(image.reference_ticks, image.recent, strict=True):
        parts.append(INSTRUMENT.pack(ticks, len(entries), 0))
        parts += [RECENT.pack(*entry) for entry in entries]
    return b"".join(parts)


def unpack(data: bytes, instruments: int) -> Image:
    """Raises DataError for another version, a torn state, or values that no engine has."""
    try:
        return _unpack(data, instruments)
    except struct.error as error:
        raise DataError(f"risk state: {len(data)} bytes are too few; export it again") from error


def _unpack(data: bytes, instruments: int) -> Image:
    version, killed, now_ns, down, count, _ = HEADER.unpack_from(data)
    if version != VERSION:
        raise DataError(f"risk state: version {version}, this build reads {VERSION}; export again")
    if killed > 1 or now_ns < 0 or count != instruments or down >> LIMITS["venues_max"]:
        raise DataError(
            f"risk state: killed {killed}, time {now_ns}, {count} instruments: it was exported "
            "under another configuration or changed since; start from the journal"
        )
    at = HEADER.size
    full_ns = list(struct.unpack_from(f"<{BUCKETS}q", data, at))
    at += 8 * BUCKETS
    if min(full_ns) < 0 or max(full_ns) >= 2**62:
        raise DataError("risk state: a rate limit stands at no time there is; export it again")
    image = Image(bool(killed), now_ns, down, full_ns, [], [])
    for _ in range(instruments):
        ticks, entries, _ = INSTRUMENT.unpack_from(data, at)
        at += INSTRUMENT.size
        if not 0 <= ticks < 2**62 or entries > LIMITS["duplicates_max"]:
            raise DataError(f"risk state: reference {ticks} or {entries} orders: export it again")
        image.reference_ticks.append(ticks)
        end = at + entries * RECENT.size
        if end > len(data):
            raise DataError(f"risk state: {len(data)} bytes are too few; export it again")
        image.recent.append([Recent(*e) for e in RECENT.iter_unpack(data[at:end])])
        at = end
    if at != len(data):
        raise DataError(f"risk state: {len(data) - at} bytes too many; export it again")
    return image
