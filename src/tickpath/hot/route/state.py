"""Canonical state of the route stage: u32 version = 1, u32 health, a bit a venue."""

import struct

from tickpath.core.errors import DataError

VERSION = 1
LAYOUT = struct.Struct("<II")


def pack(health: int) -> bytes:
    """The canonical bytes."""
    return LAYOUT.pack(VERSION, health)


def unpack(data: bytes, venue_count: int) -> int:
    """Health bits. Raises DataError for another version, a torn state, or unknown venues."""
    if len(data) != LAYOUT.size:
        raise DataError(f"route state: {len(data)} bytes, {LAYOUT.size} expected; export it again")
    version, health = LAYOUT.unpack(data)
    if version != VERSION:
        raise DataError(f"route state: version {version}, this build reads {VERSION}; export again")
    if health >> venue_count:
        raise DataError(
            f"route state: health {health:#x} names venues beyond the {venue_count} configured; "
            "import it under the configuration it was exported from"
        )
    return int(health)
