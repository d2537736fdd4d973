"""The canonical state of execute, version 5: little endian, no padding, one for all backends.

header       u32 version, instruments, currencies, orders, ended, fills, notices, 0; u64 ids minted,
             u64 notices lost
order        tp_order as in records.h, u64 replaces, i32 acked, i32 held, then Work of
             order_table.py (10 i64, u64 partner, 4 i32); ascending client order id
ended        tp_order, i64 awaited lots, u64 partner, i32 link, i32 role; oldest first
fill         u64 client order id, i64 trade id; oldest first
notice       u64 client order id, i64 price, i64 leaves, i32 side, state, tag, 0, strategy,
             instrument
money        the rest, see money_layout.py
"""

import struct
from dataclasses import dataclass
from typing import NamedTuple

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    ALGORITHM_SHIFT,
    OpenOrder,
    Order,
    OrderState,
    OrderUpdate,
    Side,
)
from tickpath.hot.execute.order_table import Ended, Row, Wait, Work

VERSION = 5
HEADER = struct.Struct("<8IQQ")
ORDER = struct.Struct("<Qq8i4qQii")
ROW_TAIL = struct.Struct("<Qii10qQ4i")
ENDED_TAIL = struct.Struct("<qQii")
FILL = struct.Struct("<Qq")
NOTICE = struct.Struct("<Qqq6i")


class Counts(NamedTuple):
    """What the header says."""

    orders: int
    ended: int
    fills: int
    notices: int
    counter: int
    notices_lost: int


@dataclass(slots=True)
class Image:
    """The state as plain values, before packing and after unpacking."""

    minted: int
    instruments: int
    currencies: int
    rows: list[Row]
    ended: list[Ended]
    fills: list[tuple[int, int]]
    notices: list[OrderUpdate]
    notices_lost: int
    money: bytes
    algorithms: int = 0
    """How many are configured; not exported."""


def _check_sizes(data: bytes, instruments: int, currencies: int) -> Counts:
    """Counts of an exported state. Raises DataError when it is not one for this configuration."""
    if len(data) < HEADER.size:
        raise DataError("state of execute: shorter than its header")
    version, n_instruments, n_currencies, *rest = HEADER.unpack_from(data)
    orders, ended, fills, notices, _, counter, lost = rest
    if version != VERSION:
        raise DataError(f"state of execute: version {version}, this build reads {VERSION}")
    if (n_instruments, n_currencies) != (instruments, currencies):
        raise DataError("state of execute: instruments or currencies are not the configured ones")
    size = HEADER.size + orders * (ORDER.size + ROW_TAIL.size)
    size += ended * (ORDER.size + ENDED_TAIL.size) + fills * FILL.size + notices * NOTICE.size
    bounded = (
        orders <= LIMITS["orders_max"]
        and ended <= LIMITS["ended_orders_max"]
        and fills <= LIMITS["fills_remembered_max"]
        and notices <= LIMITS["notices_max"]
    )
    if len(data) < size or not bounded:
        raise DataError(f"state of execute: {len(data)} bytes where its header asks for {size}")
    return Counts(orders, ended, fills, notices, counter, lost)


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


def _works(row: Row, algorithms: int) -> bool:
    """Whether what an order waits for is there; a parent of slices names its algorithm."""
    work, number = row.work, row.order.flags >> ALGORITHM_SHIFT
    if not Wait.NONE <= work.wait <= Wait.PAUSED:
        return False
    if work.wait < Wait.SLICES or work.display_lots:
        return number == 0 and work.wait != Wait.SLICES
    ends = work.expire_ns == 0 or 0 <= work.start_ns < work.expire_ns
    return 1 <= number <= algorithms and ends and work.market_lots >= 0


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
        parked = row.order.state == OrderState.PARKED
        living = parked or OrderState.PENDING_NEW <= row.order.state <= OrderState.UNKNOWN
        living = living and parked == (row.work.wait != Wait.NONE)
        living = living and _works(row, image.algorithms)
        if not living or lists[key] > LIMITS["view_orders"]:
            raise DataError(f"state of execute: order {row.order.client_order_id:016x} is not open")
    if len({row.order.client_order_id for row in image.rows}) != len(image.rows):
        raise DataError("state of execute: an order stands in it twice")


def _pack_row(row: Row) -> bytes:
    w = row.work
    return _pack_order(row.order) + ROW_TAIL.pack(
        row.replaces, row.acked, row.held, w.trigger_ticks, w.expire_ns, w.query_ns,
        w.display_lots, w.extreme2, w.armed_lots, w.busted_lots, w.start_ns, w.market_lots,
        w.awaited_lots, w.partner, w.link, w.role, w.wait, w.cancel,
    )  # fmt: skip


def _pack_notice(u: OrderUpdate) -> bytes:
    assert u.order is not None
    o = u.order
    return NOTICE.pack(
        o.client_order_id, o.price_ticks, o.leaves_lots, o.side, o.state, o.tag, 0, u.strategy,
        u.instrument,
    )  # fmt: skip


def pack(image: Image) -> bytes:
    """The exported bytes."""
    rows = sorted(image.rows, key=lambda row: row.order.client_order_id)
    sizes = (image.instruments, image.currencies, len(rows), len(image.ended))
    lists = (len(image.fills), len(image.notices), 0)
    parts = [HEADER.pack(VERSION, *sizes, *lists, image.minted, image.notices_lost)]
    parts += map(_pack_row, rows)
    parts += [
        _pack_order(e.order) + ENDED_TAIL.pack(e.awaited_lots, e.partner, e.link, e.role)
        for e in image.ended
    ]
    parts += [FILL.pack(*fill) for fill in image.fills]
    parts += map(_pack_notice, image.notices)
    return b"".join(parts) + image.money


def _unpack_notice(data: bytes, at: int) -> OrderUpdate:
    order, price, leaves, side, state, tag, _, strategy, instrument = NOTICE.unpack_from(data, at)
    shown = OpenOrder(order, price, leaves, side, state, tag)
    return OrderUpdate(0, strategy, instrument, 0, shown)


def _check_notices(image: Image) -> None:
    for notice in image.notices:
        fits = (
            0 <= notice.instrument < image.instruments
            and 0 <= notice.strategy < LIMITS["strategies_max"]
        )
        if not fits:
            raise DataError("state of execute: a notice is out of range")


def unpack(data: bytes, instruments: int, currencies: int, algorithms: int = 0) -> Image:
    """The values of exported bytes. Raises DataError when they are not of this configuration."""
    counts = _check_sizes(data, instruments, currencies)
    at = HEADER.size
    image = Image(counts.counter, instruments, currencies, [], [], [], [], counts.notices_lost, b"")
    for _ in range(counts.orders):
        replaces, acked, held, *work = ROW_TAIL.unpack_from(data, at + ORDER.size)
        order = _unpack_order(data, at)
        image.rows.append(Row(order, replaces, bool(acked), bool(held), Work(*work)))
        at += ORDER.size + ROW_TAIL.size
    for _ in range(counts.ended):
        tail = ENDED_TAIL.unpack_from(data, at + ORDER.size)
        image.ended.append(Ended(_unpack_order(data, at), *tail))
        at += ORDER.size + ENDED_TAIL.size
    for _ in range(counts.fills):
        image.fills.append(FILL.unpack_from(data, at))
        at += FILL.size
    for _ in range(counts.notices):
        image.notices.append(_unpack_notice(data, at))
        at += NOTICE.size
    image.money, image.algorithms = data[at:], algorithms
    _check_orders(image)
    _check_notices(image)
    return image
