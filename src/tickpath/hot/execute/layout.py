"""The canonical state of execute, version 2: little endian, no padding, one for all backends.

header       u32 version, u32 instruments, u32 currencies, u32 orders, u32 ended, u32 fills,
             u64 ids minted
order        tp_order as in records.h, u64 replaces, i32 acked, i32 held; ascending client order id
ended        tp_order, i64 awaited lots; oldest first
fill         u64 client order id, i64 trade id; oldest first
money        the rest, see money_layout.py
"""

import struct
from dataclasses import dataclass
from typing import NamedTuple

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import Order, OrderState, Side

VERSION = 2
HEADER = struct.Struct("<IIIIIIQ")
ORDER = struct.Struct("<Qq8i4qQii")
ROW_TAIL = struct.Struct("<Qii")
ENDED_TAIL = struct.Struct("<q")
FILL = struct.Struct("<Qq")


class Counts(NamedTuple):
    """What the header says."""

    orders: int
    ended: int
    fills: int
    counter: int


class RowImage(NamedTuple):
    """A live order: what the layout keeps of it."""

    order: Order
    replaces: int
    acked: int
    held: int


class EndedImage(NamedTuple):
    order: Order
    awaited_lots: int


@dataclass(slots=True)
class Image:
    """The state as plain values, before packing and after unpacking."""

    minted: int
    instruments: int
    currencies: int
    rows: list[RowImage]
    ended: list[EndedImage]
    fills: list[tuple[int, int]]
    money: bytes


def _check_sizes(data: bytes, instruments: int, currencies: int) -> Counts:
    """Counts of an exported state. Raises DataError when it is not one for this configuration."""
    if len(data) < HEADER.size:
        raise DataError("state of execute: shorter than its header")
    version, n_instruments, n_currencies, orders, ended, fills, counter = HEADER.unpack_from(data)
    if version != VERSION:
        raise DataError(f"state of execute: version {version}, this build reads {VERSION}")
    if (n_instruments, n_currencies) != (instruments, currencies):
        raise DataError("state of execute: instruments or currencies are not the configured ones")
    size = HEADER.size + orders * (ORDER.size + ROW_TAIL.size)
    size += ended * (ORDER.size + ENDED_TAIL.size) + fills * FILL.size
    bounded = (
        orders <= LIMITS["orders_max"]
        and ended <= LIMITS["ended_orders_max"]
        and fills <= LIMITS["fills_remembered_max"]
    )
    if len(data) < size or not bounded:
        raise DataError(f"state of execute: {len(data)} bytes where its header asks for {size}")
    return Counts(orders, ended, fills, counter)


def _pack_order(o: Order) -> bytes:
    return ORDER.pack(
        o.client_order_id,
        o.venue_order_id,
        o.instrument,
        o.strategy,
        o.venue,
        o.side,
        o.type,
        o.time_in_force,
        o.state,
        o.tag,
        o.price_ticks,
        o.quantity_lots,
        o.filled_lots,
        o.t_sent_ns,
        o.replaced_by,
        o.flags,
        0,
    )


def _unpack_order(data: bytes, at: int) -> Order:
    (client, venue_id, instrument, strategy, venue, side, kind, tif, state, tag) = (
        ORDER.unpack_from(data, at)[:10]
    )
    price, quantity, filled, t_sent, replaced_by, flags, _ = ORDER.unpack_from(data, at)[10:]
    return Order(
        client_order_id=client,
        instrument=instrument,
        strategy=strategy,
        venue=venue,
        side=side,
        type=kind,
        time_in_force=tif,
        tag=tag,
        price_ticks=price,
        quantity_lots=quantity,
        t_sent_ns=t_sent,
        flags=flags,
        state=state,
        venue_order_id=venue_id,
        filled_lots=filled,
        replaced_by=replaced_by,
    )


def _check_orders(image: Image) -> None:
    """Refuse indices that no table has: the native tables trust them. Raises DataError."""
    lists: dict[tuple[int, int], int] = {}
    for order in [row.order for row in image.rows] + [ended.order for ended in image.ended]:
        inside = (
            0 <= order.instrument < image.instruments
            and 0 <= order.strategy < LIMITS["strategies_max"]
            and 0 <= order.venue < LIMITS["venues_max"]
            and order.side in (Side.BUY, Side.SELL)
        )
        if not inside:
            raise DataError(f"state of execute: order {order.client_order_id:016x} is out of range")
    for row in image.rows:
        key = (row.order.strategy, row.order.instrument)
        lists[key] = lists.get(key, 0) + 1
        living = OrderState.PENDING_NEW <= row.order.state <= OrderState.UNKNOWN
        if not living or lists[key] > LIMITS["view_orders"]:
            raise DataError(f"state of execute: order {row.order.client_order_id:016x} is not open")
    if len({row.order.client_order_id for row in image.rows}) != len(image.rows):
        raise DataError("state of execute: an order stands in it twice")


def pack(image: Image) -> bytes:
    """The exported bytes."""
    rows = sorted(image.rows, key=lambda row: row.order.client_order_id)
    sizes = (image.instruments, image.currencies, len(rows), len(image.ended))
    parts = [HEADER.pack(VERSION, *sizes, len(image.fills), image.minted)]
    parts += [_pack_order(r.order) + ROW_TAIL.pack(r.replaces, r.acked, r.held) for r in rows]
    parts += [_pack_order(e.order) + ENDED_TAIL.pack(e.awaited_lots) for e in image.ended]
    parts += [FILL.pack(*fill) for fill in image.fills]
    return b"".join(parts) + image.money


def unpack(data: bytes, instruments: int, currencies: int) -> Image:
    """The values of exported bytes. Raises DataError when they are not of this configuration."""
    counts = _check_sizes(data, instruments, currencies)
    at = HEADER.size
    image = Image(counts.counter, instruments, currencies, [], [], [], b"")
    for _ in range(counts.orders):
        tail = ROW_TAIL.unpack_from(data, at + ORDER.size)
        image.rows.append(RowImage(_unpack_order(data, at), *tail))
        at += ORDER.size + ROW_TAIL.size
    for _ in range(counts.ended):
        (awaited,) = ENDED_TAIL.unpack_from(data, at + ORDER.size)
        image.ended.append(EndedImage(_unpack_order(data, at), awaited))
        at += ORDER.size + ENDED_TAIL.size
    for _ in range(counts.fills):
        image.fills.append(FILL.unpack_from(data, at))
        at += FILL.size
    image.money = data[at:]
    _check_orders(image)
    return image
