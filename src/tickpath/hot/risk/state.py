"""Canonical state of the risk stage: u32 version = 1, u32 killed, i64 credit, i64 refilled_ns.

`credit` is order tokens times 10^9. Limits are configuration, not state: importing a state cannot
loosen one.
"""

import struct

from tickpath.core.errors import VerificationError

VERSION = 1
LAYOUT = struct.Struct("<IIqq")


def pack(killed: bool, credit: int, refilled_ns: int) -> bytes:
    return LAYOUT.pack(VERSION, int(killed), credit, refilled_ns)


def unpack(data: bytes, credit_max: int) -> tuple[bool, int, int]:
    """Raises VerificationError for another version, a torn state, or more credit than the limit."""
    if len(data) != LAYOUT.size:
        raise VerificationError(f"risk state has {len(data)} bytes, not {LAYOUT.size}")
    version, killed, credit, refilled_ns = LAYOUT.unpack(data)
    if version != VERSION or killed not in (0, 1) or not 0 <= credit <= credit_max:
        raise VerificationError("risk state is of another version or outside its limits")
    return bool(killed), credit, refilled_ns
