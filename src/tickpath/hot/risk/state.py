"""Canonical state of the risk stage: u32 version = 1, u32 killed, i64 credit, i64 refilled_ns.

`credit` is order tokens times 10^9. Limits are configuration, not state: importing a state cannot
loosen one. What a batch has pending ends with its input and is not exported.
"""

import struct

from tickpath.core.errors import DataError

VERSION = 1
LAYOUT = struct.Struct("<IIqq")


def pack(killed: bool, credit: int, refilled_ns: int) -> bytes:
    """The canonical bytes."""
    return LAYOUT.pack(VERSION, int(killed), credit, refilled_ns)


def unpack(data: bytes, credit_max: int) -> tuple[bool, int, int]:
    """Raises DataError for another version, a torn state, or more credit than the limit allows."""
    if len(data) != LAYOUT.size:
        raise DataError(f"risk state: {len(data)} bytes, {LAYOUT.size} expected; export it again")
    version, killed, credit, refilled_ns = LAYOUT.unpack(data)
    if version != VERSION:
        raise DataError(f"risk state: version {version}, this build reads {VERSION}; export again")
    if killed > 1 or not 0 <= credit <= credit_max:
        raise DataError(
            f"risk state: killed {killed} or credit {credit} outside 0..{credit_max}: it was "
            "exported under other limits or changed since; start from the journal"
        )
    return bool(killed), credit, refilled_ns
