"""The canonical state of execute, version 1: little endian, no padding, the same from every backend.

header       u32 version, u32 instruments, u32 currencies, u32 orders, u32 ended, u32 fills, u64 ids minted
instrument   the 8 int64 and the int128 of Position in records.h's order, then i64 entry_ticks
             (the one entry price of all open lots, 0: none or mixed)
currency     6 int128: cash, cost, realised, fees, rounding, opening; 10^-9 of the currency's unit
order        tp_order as in records.h, u64 replaces, i32 acked, i32 held; ascending client order id
ended        tp_order, i64 awaited lots; oldest first
fill         u64 client order id, i64 trade id; oldest first
"""

import struct
from typing import NamedTuple

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS

VERSION = 1
HEADER = struct.Struct("<IIIIIIQ")
POSITION = struct.Struct("<8q16sq")
ORDER = struct.Struct("<Qq8i4qQii")
ROW_TAIL = struct.Struct("<Qii")
ENDED_TAIL = struct.Struct("<q")
FILL = struct.Struct("<Qq")
WIDE_BYTES = 16
ACCOUNT_NAMES = ("cash", "cost", "realised", "fees", "rounding", "opening")


class Counts(NamedTuple):
    """What the header says."""

    orders: int
    ended: int
    fills: int
    counter: int


def wide(value: int) -> bytes:
    """A 128-bit integer."""
    return value.to_bytes(WIDE_BYTES, "little", signed=True)


def from_wide(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


def check_image(data: bytes, instruments: int, currencies: int) -> Counts:
    """Counts of an exported state. Raises DataError when it is not one for this configuration."""
    if len(data) < HEADER.size:
        raise DataError("state of execute: shorter than its header")
    version, n_instruments, n_currencies, orders, ended, fills, counter = HEADER.unpack_from(data)
    if version != VERSION:
        raise DataError(f"state of execute: version {version}, this build reads {VERSION}")
    if (n_instruments, n_currencies) != (instruments, currencies):
        raise DataError("state of execute: instruments or currencies are not the configured ones")
    size = HEADER.size + instruments * POSITION.size + currencies * len(ACCOUNT_NAMES) * WIDE_BYTES
    size += orders * (ORDER.size + ROW_TAIL.size)
    size += ended * (ORDER.size + ENDED_TAIL.size) + fills * FILL.size
    bounded = (
        orders <= LIMITS["orders_max"]
        and ended <= LIMITS["ended_orders_max"]
        and fills <= LIMITS["fills_remembered_max"]
    )
    if len(data) != size or not bounded:
        raise DataError(f"state of execute: {len(data)} bytes where its header asks for {size}")
    return Counts(orders, ended, fills, counter)
