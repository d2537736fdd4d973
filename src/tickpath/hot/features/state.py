"""Canonical state of the features, shared by all backends: little endian, no padding.

u32 version = 1 | u32 columns | u64 fingerprint of the specs
per column:
  i64 samples taken | f64 value (NaN until warm)
  i64 * len(ints) | i128 * len(wide) | f64 * len(floats)        as the indicator's SPEC names them
  u32 window items | i64 * slots * items, oldest first          only when the indicator has a window
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from tickpath.core.errors import DataError
from tickpath.hot.features.spec import IndicatorSpec

VERSION = 1
HEAD = struct.Struct("<IIQ")
COLUMN = struct.Struct("<qd")
ITEMS = struct.Struct("<I")


class ColumnState(NamedTuple):
    """One column: `words` are its ints, wide and floats as bytes, `window` its items as bytes."""

    samples: int
    value: float
    words: bytes
    window: bytes


def words_bytes(spec: IndicatorSpec) -> int:
    """Length of `ColumnState.words`."""
    return 8 * len(spec.ints) + 16 * len(spec.wide) + 8 * len(spec.floats)


def window_items(spec: IndicatorSpec, period: int, count: int) -> int:
    """Items in the window after `count` samples."""
    return min(period, max(0, count - spec.lag)) if spec.slots else 0


def pack(specs: Sequence[IndicatorSpec], fingerprint: int, columns: Sequence[ColumnState]) -> bytes:
    """The layout above."""
    parts = [HEAD.pack(VERSION, len(columns), fingerprint)]
    for spec, column in zip(specs, columns, strict=True):
        parts += [COLUMN.pack(column.samples, column.value), column.words]
        if spec.slots:
            parts += [ITEMS.pack(len(column.window) // (8 * spec.slots)), column.window]
    return b"".join(parts)


def unpack(
    specs: Sequence[IndicatorSpec], periods: Sequence[int], fingerprint: int, data: bytes
) -> list[ColumnState]:
    """The columns of `data`. DataError when it is torn or belongs to other columns."""
    try:
        version, count, found = HEAD.unpack_from(data)
        if version != VERSION:
            raise DataError(
                f"features state has version {version}, this build reads {VERSION}: "
                "export it again with this build"
            )
        if count != len(specs) or found != fingerprint:
            raise DataError(
                "features state belongs to other columns: build Features from the same specs"
            )
        offset = HEAD.size
        columns = []
        for spec, period in zip(specs, periods, strict=True):
            samples, value = COLUMN.unpack_from(data, offset)
            offset += COLUMN.size
            words = data[offset : offset + words_bytes(spec)]
            offset += words_bytes(spec)
            size = 0
            if spec.slots:
                (items,) = ITEMS.unpack_from(data, offset)
                offset += ITEMS.size
                if samples < 0 or items != window_items(spec, period, samples):
                    raise DataError(f"features state: {items} window items after {samples} samples")
                size = 8 * spec.slots * items
            columns.append(ColumnState(samples, value, words, data[offset : offset + size]))
            offset += size
    except struct.error as error:
        raise DataError(f"features state is torn: {error}") from error
    if offset != len(data):
        raise DataError(f"features state has {len(data)} bytes, {offset} expected")
    return columns
