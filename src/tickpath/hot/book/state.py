"""The book's canonical state: one layout, little endian, no padding, the same from every backend.

u32 version (2), i32 status, i64 last_id, i64 t_recv_ns, i64 base_ticks, i64 crossed_since_ns,
i32 crossed_messages, i64 crossed_count, i64 recentre_count, i64 checksum_ok, i64 checksum_bad,
u32 bid count, u32 ask count, then the
bids and the asks, each best first as (i64 price_ticks, i64 quantity_lots). The hash is not stored:
it follows from the levels. `base_ticks`, the lowest price of the window, is state because the
bound on levels outside the window depends on it.
"""

import struct
from dataclasses import dataclass

import numpy as np

from tickpath.core.config import Instrument
from tickpath.core.errors import DataError
from tickpath.core.fixed import units_of
from tickpath.core.records import LEVEL_DTYPE, Level

VERSION = 2
HEAD = struct.Struct("<IiqqqqiqqqqII")


@dataclass(frozen=True, kw_only=True, slots=True)
class BookRecord:
    """What a book hands over; levels best first."""

    status: int
    last_id: int
    t_recv_ns: int
    base_ticks: int
    crossed_since_ns: int
    crossed_messages: int
    crossed_count: int
    recentre_count: int
    checksum_ok: int
    checksum_bad: int
    bids: list[Level]
    asks: list[Level]


def text_units(instrument: Instrument) -> tuple[int, int]:
    """What a tick and a lot are in units of the last digit that the venue writes of them."""
    price = units_of(instrument.tick_size, instrument.price_decimals)
    return price, units_of(instrument.lot_size, instrument.quantity_decimals)


def pack(record: BookRecord) -> bytes:
    """Record to canonical bytes."""
    head = HEAD.pack(
        VERSION,
        record.status,
        record.last_id,
        record.t_recv_ns,
        record.base_ticks,
        record.crossed_since_ns,
        record.crossed_messages,
        record.crossed_count,
        record.recentre_count,
        record.checksum_ok,
        record.checksum_bad,
        len(record.bids),
        len(record.asks),
    )
    return head + np.array(record.bids + record.asks, LEVEL_DTYPE).tobytes()


def unpack(data: bytes) -> BookRecord:
    """Canonical bytes to record. Raises DataError when they are not of this version or length."""
    if len(data) < HEAD.size:
        raise DataError(
            f"book state: {len(data)} bytes, at least {HEAD.size} expected; export again"
        )
    version, *numbers, bids, asks = HEAD.unpack_from(data)
    if version != VERSION:
        raise DataError(f"book state: version {version}, this build reads {VERSION}; export again")
    length = HEAD.size + (bids + asks) * LEVEL_DTYPE.itemsize
    if len(data) != length:
        raise DataError(f"book state: {len(data)} bytes, {length} expected; export again")
    levels = [Level(*pair) for pair in np.frombuffer(data, LEVEL_DTYPE, -1, HEAD.size).tolist()]
    names = BookRecord.__slots__[: len(numbers)]
    fields = dict(zip(names, numbers, strict=True))
    return BookRecord(**fields, bids=levels[:bids], asks=levels[bids:])
