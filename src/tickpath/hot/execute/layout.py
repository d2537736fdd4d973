"""The canonical state of execute, version 2: little endian, no padding, one for all backends.

header       u32 version, instruments, currencies, orders, ended, fills, notices, 0; u64 ids minted,
             u64 notices lost
instrument   the 8 int64 and the int128 of Position in records.h's order, then i64 entry_ticks
             (the one entry price of all open lots, 0: none or mixed)
currency     6 int128: cash, cost, realised, fees, rounding, opening; 10^-9 of the currency's unit
order        tp_order as in records.h, u64 replaces, i32 acked, i32 held, then Work of
             order_table.py (6 i64, u64 partner, 4 i32); ascending client order id
ended        tp_order, i64 awaited lots, u64 partner, i32 link, i32 role; oldest first
fill         SeenFill of order_table.py, 128 bytes; oldest first
notice       u64 client order id, i64 price, i64 leaves, i32 side, state, tag, 0, strategy,
             instrument
"""

import struct
from dataclasses import dataclass
from typing import NamedTuple

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import OpenOrder, Order, OrderState, OrderUpdate, Position, Side
from tickpath.hot.execute.order_table import Ended, Row, SeenFill, Wait, Work

VERSION = 2
HEADER = struct.Struct("<8IQQ")
POSITION = struct.Struct("<8q16sq")
ORDER = struct.Struct("<Qq8i4qQii")
ROW_TAIL = struct.Struct("<Qii6qQ4i")
ENDED_TAIL = struct.Struct("<qQii")
FILL = struct.Struct("<Qqiiqqqqii16s16s16sqQ")
NOTICE = struct.Struct("<Qqq6i")
WIDE_BYTES = 16
ACCOUNT_NAMES = ("cash", "cost", "realised", "fees", "rounding", "opening")


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
    positions: list[Position]
    entry_ticks: list[int]
    accounts: list[dict[str, int]]
    rows: list[Row]
    ended: list[Ended]
    fills: list[SeenFill]
    notices: list[OrderUpdate]
    notices_lost: int


def _wide(value: int) -> bytes:
    return value.to_bytes(WIDE_BYTES, "little", signed=True)


def _from_wide(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


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
    size = HEADER.size + instruments * POSITION.size + currencies * len(ACCOUNT_NAMES) * WIDE_BYTES
    size += orders * (ORDER.size + ROW_TAIL.size)
    size += ended * (ORDER.size + ENDED_TAIL.size) + fills * FILL.size + notices * NOTICE.size
    bounded = (
        orders <= LIMITS["orders_max"]
        and ended <= LIMITS["ended_orders_max"]
        and fills <= LIMITS["fills_remembered_max"]
        and notices <= LIMITS["notices_max"]
    )
    if len(data) != size or not bounded:
        raise DataError(f"state of execute: {len(data)} bytes where its header asks for {size}")
    return Counts(orders, ended, fills, notices, counter, lost)


def _pack_position(p: Position, entry_ticks: int) -> bytes:
    return POSITION.pack(
        p.position_lots,
        p.open_buy_lots,
        p.open_sell_lots,
        p.open_order_count,
        p.realised_units,
        p.fee_units,
        p.bought_lots,
        p.sold_lots,
        _wide(p.entry_value),
        entry_ticks,
    )


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
            0 <= order.instrument < len(image.positions)
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
        if not living or lists[key] > LIMITS["view_orders"]:
            raise DataError(f"state of execute: order {row.order.client_order_id:016x} is not open")
    if len({row.order.client_order_id for row in image.rows}) != len(image.rows):
        raise DataError("state of execute: an order stands in it twice")


def _pack_row(row: Row) -> bytes:
    w = row.work
    return _pack_order(row.order) + ROW_TAIL.pack(
        row.replaces, row.acked, row.held, w.trigger_ticks, w.expire_ns, w.query_ns,
        w.display_lots, w.extreme2, w.armed_lots, w.partner, w.link, w.role, w.wait, w.cancel,
    )  # fmt: skip


def _pack_fill(f: SeenFill) -> bytes:
    return FILL.pack(
        f.client_order_id, f.trade_id, f.instrument, f.side, f.lots, f.notional_units,
        f.realised_units, f.fee_units, f.fee_currency, f.busted, _wide(f.entry_value),
        _wide(f.realised_guard), _wide(f.fee_guard), f.entry_ticks, f.turnover_lots,
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
    sizes = (len(image.positions), len(image.accounts), len(rows), len(image.ended))
    lists = (len(image.fills), len(image.notices), 0)
    parts = [HEADER.pack(VERSION, *sizes, *lists, image.minted, image.notices_lost)]
    parts += map(_pack_position, image.positions, image.entry_ticks)
    parts += [_wide(accounts[name]) for accounts in image.accounts for name in ACCOUNT_NAMES]
    parts += map(_pack_row, rows)
    parts += [
        _pack_order(e.order) + ENDED_TAIL.pack(e.awaited_lots, e.partner, e.link, e.role)
        for e in image.ended
    ]
    parts += map(_pack_fill, image.fills)
    parts += map(_pack_notice, image.notices)
    return b"".join(parts)


def _unpack_fill(data: bytes, at: int) -> SeenFill:
    fields = list(FILL.unpack_from(data, at))
    fields[10:13] = [_from_wide(wide) for wide in fields[10:13]]
    return SeenFill(*fields)


def _unpack_notice(data: bytes, at: int) -> OrderUpdate:
    order, price, leaves, side, state, tag, _, strategy, instrument = NOTICE.unpack_from(data, at)
    shown = OpenOrder(order, price, leaves, side, state, tag)
    return OrderUpdate(0, strategy, instrument, 0, shown)


def _check_notices(image: Image) -> None:
    for notice in image.notices:
        fits = (
            0 <= notice.instrument < len(image.positions)
            and 0 <= notice.strategy < LIMITS["strategies_max"]
        )
        if not fits:
            raise DataError("state of execute: a notice is out of range")


def unpack(data: bytes, instruments: int, currencies: int) -> Image:
    """The values of exported bytes. Raises DataError when they are not of this configuration."""
    counts = _check_sizes(data, instruments, currencies)
    at = HEADER.size
    image = Image(counts.counter, [], [], [], [], [], [], [], counts.notices_lost)
    for _ in range(instruments):
        fields = POSITION.unpack_from(data, at)
        position = Position(*fields[:8])
        position.entry_value = _from_wide(fields[8])
        image.positions.append(position)
        image.entry_ticks.append(fields[9])
        at += POSITION.size
    for _ in range(currencies):
        steps = range(at, at + len(ACCOUNT_NAMES) * WIDE_BYTES, WIDE_BYTES)
        values = [_from_wide(data[k : k + WIDE_BYTES]) for k in steps]
        image.accounts.append(dict(zip(ACCOUNT_NAMES, values, strict=True)))
        at += len(ACCOUNT_NAMES) * WIDE_BYTES
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
        image.fills.append(_unpack_fill(data, at))
        at += FILL.size
    for _ in range(counts.notices):
        image.notices.append(_unpack_notice(data, at))
        at += NOTICE.size
    _check_orders(image)
    _check_notices(image)
    return image
