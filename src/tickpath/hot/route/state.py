"""Canonical state of the route stage, little endian.

u32 version = 3, u32 health, a bit a venue; u64 parents made, u32 cursor, u32 rows; i64 tokens a
venue; an instrument: i64 start_ns, i64 lots by buyers, by sellers, then both of the bucket before;
a row that was used: u32 row, u32 children, u64 number, i32 strategy, instrument, side, type, time
in force, flags, tag, u32 refused, i64 price_ticks, expire_ns, total, filled and over units; its
children: u64 client order id, i32 instrument, i32 moved, i64 open, i64 dropped units.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS
from tickpath.hot.route.flow import Flow
from tickpath.hot.route.parents import ROWS_MAX, Child, Parent
from tickpath.hot.route.table import UNITS_MAX, Candidate

VERSION = 3
HEADER = struct.Struct("<IIQII")
TOKENS = struct.Struct("<q")
FLOW = struct.Struct("<5q")
ROW = struct.Struct("<IIQ7iI5q")
CHILD = struct.Struct("<Qiiqq")


@dataclass(slots=True)
class Image:
    """What is exported."""

    health: int
    made: int
    cursor: int
    tokens: list[int]
    flows: list[Flow]
    rows: dict[int, Parent] = field(default_factory=dict)


def pack(image: Image) -> bytes:
    """The canonical bytes."""
    out = [HEADER.pack(VERSION, image.health, image.made, image.cursor, len(image.rows))]
    out += [TOKENS.pack(n) for n in image.tokens]
    out += [FLOW.pack(f.start_ns, *f.lots, *f.lots_before) for f in image.flows]
    for row, p in sorted(image.rows.items()):
        out.append(
            ROW.pack(
                row, len(p.children), p.number, p.strategy, p.instrument, p.side, p.type,
                p.time_in_force, p.flags, p.tag, p.refused, p.price_ticks, p.expire_ns,
                p.total_units, p.filled_units, p.over_units,
            )
        )  # fmt: skip
        out += [
            CHILD.pack(c.client_order_id, c.instrument, c.moved, c.open_units, c.dropped_units)
            for c in p.children
        ]
    return b"".join(out)


def unpack(data: bytes, venue_count: int, candidates: Sequence[Sequence[Candidate]]) -> Image:
    """Raises DataError for another version, a torn state, or one of another configuration."""
    try:
        version, health, made, cursor, count = HEADER.unpack_from(data)
        if version != VERSION:
            raise DataError(f"route state: version {version}, this build reads {VERSION}")
        refuse(bool(health >> venue_count), f"health {health:#x} names unknown venues")
        refuse(cursor >= ROWS_MAX or count > ROWS_MAX, "more rows than this build has")
        at = HEADER.size
        tokens = [TOKENS.unpack_from(data, at + 8 * k)[0] for k in range(venue_count)]
        at += 8 * venue_count
        flows = []
        for _ in candidates:
            start_ns, *lots = FLOW.unpack_from(data, at)
            refuse(min(start_ns, *lots) < 0, "traded quantity below zero")
            flows.append(Flow(start_ns, list(lots[:2]), list(lots[2:])))
            at += FLOW.size
        image = Image(health, made, cursor, tokens, flows)
        last = -1
        for _ in range(count):
            row, at = unpack_row(image, data, at, candidates)
            refuse(row <= last or row >= ROWS_MAX, f"row {row} is out of order")
            last = row
        refuse(at != len(data), f"{len(data)} bytes, {at} expected")
    except struct.error as error:
        raise DataError(f"route state: torn ({error}); export it again") from error
    ids = [c.client_order_id for p in image.rows.values() for c in p.children if c.client_order_id]
    refuse(len(ids) != len(set(ids)), "an order id is there twice")
    return image


def unpack_row(
    image: Image, data: bytes, at: int, candidates: Sequence[Sequence[Candidate]]
) -> tuple[int, int]:
    """One parent with its children into the image; (row, end)."""
    row, count, number, *fields = ROW.unpack_from(data, at)
    at += ROW.size
    parent = Parent(number, *fields)
    refuse(count > LIMITS["venues_max"], f"row {row} has {count} children")
    refuse(not 0 <= parent.instrument < len(candidates), f"row {row}: unknown instrument")
    for _ in range(count):
        order_id, instrument, moved, open_units, dropped_units = CHILD.unpack_from(data, at)
        at += CHILD.size
        found = [c for c in candidates[parent.instrument] if c.instrument == instrument]
        refuse(not found, f"row {row}: a child trades something else")
        refuse(moved not in (0, 1), f"row {row}: a child is torn")
        refuse(min(open_units, dropped_units) < 0, f"row {row}: a child below zero")
        refuse(open_units > 0 and not order_id, f"row {row}: an open child has no order")
        parent.children.append(
            Child(
                order_id, instrument, found[0].venue, found[0].lot_units, moved, open_units,
                dropped_units,
            )
        )  # fmt: skip
    known = parent.filled_units + parent.open_units + parent.dropped_units
    refuse(
        known != parent.total_units
        or not 0 < known <= UNITS_MAX
        or min(parent.filled_units, parent.over_units) < 0,
        f"row {row}: filled, open and dropped do not sum to the order",
    )
    image.rows[row] = parent
    return row, at


def refuse(wrong: bool, why: str) -> None:
    """Raise DataError."""
    if wrong:
        raise DataError(
            f"route state: {why}; import it under the configuration it was exported from"
        )
