"""Canonical state of the features, shared by all backends: little endian, no padding.

u32 version = 4 | u32 columns | u64 fingerprint of the specs
per column:
  i64 steps taken | f64 value (NaN until warm)
  i64 mark | f64 * 5 bar            the unfinished bar, see sources.Sampler; zeros without one
  f64 * floats                      as the indicator's Step names them
  per window: i64 position | i64 held | f64 * sums, as its kind names them | f64 * items
"""

import struct
from collections.abc import Sequence

from tickpath.core.errors import DataError
from tickpath.hot.features.catalogue import Part
from tickpath.hot.features.sources import Sampler
from tickpath.hot.features.spec import Column
from tickpath.hot.features.windows import Window

VERSION = 4
HEAD = struct.Struct("<IIQ")
COLUMN = struct.Struct("<qdq5d")
PLACES = struct.Struct("<qq")


def pack_column(column: Column, sampler: Sampler) -> bytes:
    """One column."""
    parts = [COLUMN.pack(column.count, column.value, sampler.mark, *sampler.bar)]
    parts += [struct.pack("<d", getattr(column, name)) for name in column.floats]
    for window in column.windows:
        parts.append(PLACES.pack(window.position, window.held))
        parts += [struct.pack("<d", getattr(window, name)) for name in window.names]
        parts.append(struct.pack(f"<{len(window.items)}d", *window.items))
    return b"".join(parts)


def pack(fingerprint: int, columns: Sequence[bytes]) -> bytes:
    """The layout above of columns that are packed already."""
    return HEAD.pack(VERSION, len(columns), fingerprint) + b"".join(columns)


def doubles(data: bytes, offset: int, count: int) -> tuple[list[float], int]:
    """So many float64 and where they end."""
    return list(struct.unpack_from(f"<{count}d", data, offset)), offset + 8 * count


def unpack_window(window: Window, data: bytes, offset: int) -> int:
    """Fill a window; returns where it ends. DataError when it cannot be stepped."""
    window.position, window.held = PLACES.unpack_from(data, offset)
    sums, offset = doubles(data, offset + PLACES.size, len(window.names))
    for name, value in zip(window.names, sums, strict=True):
        setattr(window, name, value)
    window.items, offset = doubles(data, offset, len(window.items))
    if not window.sound():
        raise DataError(f"features state: a window of {window.capacity} samples is damaged")
    return offset


def unpack(parts: Sequence[Part], fingerprint: int, data: bytes) -> list[tuple[Column, Sampler]]:
    """The columns of `data`. DataError when it is torn or belongs to other columns."""
    try:
        version, count, found = HEAD.unpack_from(data)
        if version != VERSION:
            raise DataError(
                f"features state has version {version}, this build reads {VERSION}: "
                "export it again with this build"
            )
        if count != len(parts) or found != fingerprint:
            raise DataError(
                "features state belongs to other columns: build Features from the same specs"
            )
        offset = HEAD.size
        columns = []
        for part in parts:
            column, sampler = part.column(), part.sampler()
            steps, value, mark, *bar = COLUMN.unpack_from(data, offset)
            column.count, column.value, sampler.mark = steps, value, mark
            sampler.bar = (bar[0], bar[1], bar[2], bar[3], bar[4])
            offset += COLUMN.size
            if steps < 0 or mark < 0:
                raise DataError(f"features state: {steps} steps, mark {mark}: it is damaged")
            floats, offset = doubles(data, offset, len(column.floats))
            for name, number in zip(column.floats, floats, strict=True):
                setattr(column, name, number)
            for window in column.windows:
                offset = unpack_window(window, data, offset)
            columns.append((column, sampler))
    except struct.error as error:
        raise DataError(f"features state is torn: {error}") from error
    if offset != len(data):
        raise DataError(f"features state has {len(data)} bytes, {offset} expected")
    return columns
