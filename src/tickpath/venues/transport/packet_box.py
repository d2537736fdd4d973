"""Packets that a native receiver collected for Python: i64 time, i32 bytes, the bytes, each."""

import struct

HEAD = struct.Struct("<qi")


def unpack_box(data: bytes) -> list[tuple[int, bytes]]:
    """(receive time in ns since the epoch, payload) of every packet in a batch."""
    found = []
    at = 0
    while at < len(data):
        t_ns, size = HEAD.unpack_from(data, at)
        at += HEAD.size
        found.append((t_ns, data[at : at + size]))
        at += size
    return found
