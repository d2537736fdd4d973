"""The feed's canonical state: one layout, little endian, no padding, the same from every backend.

u32 version (2), i32 last_instrument, u32 count of sources, each the i64 number of the last frame of
its connection (-1: none yet), u32 count of rows: the instruments in order and, last, the row of
frames that belong to none. A row: i32 status (0 waiting, 1 synced), i32 fresh, i64 last_id,
i64 bbo_id, i64 trade_id, i64 source (of the last snapshot), u32 count of counters, each (i32 code,
i64 frames) in order of code and never 0, u32 count of buffered events, each: i32 source,
i32 chained, i64 t_venue_ns, i64 first_id, i64 last_id, i64 prev_id, u32 bid count, u32 ask count,
levels (i64 price_ticks, i64 quantity_lots).
"""

import struct
from dataclasses import dataclass, field

import numpy as np

from tickpath.core.errors import DataError
from tickpath.core.records import LEVEL_DTYPE, EventKind, Level, MarketEvent

VERSION = 2
HEAD = struct.Struct("<IiI")
SEQUENCE = struct.Struct("<q")
ROW = struct.Struct("<iiqqqq")
COUNT = struct.Struct("<I")
COUNTER = struct.Struct("<iq")
EVENT = struct.Struct("<iiqqqqII")

WAITING = 0
SYNCED = 1


@dataclass(kw_only=True, slots=True)
class FeedRow:
    """What the feed knows of one instrument. `events`: one unbroken chain, oldest first. `source`:
    the one that its last snapshot came from."""

    status: int = WAITING
    fresh: int = 0
    last_id: int = 0
    bbo_id: int = 0
    trade_id: int = 0
    source: int = 0
    counters: dict[int, int] = field(default_factory=dict)
    events: list[MarketEvent] = field(default_factory=list)


def pack(last_instrument: int, sequences: list[int], rows: list[FeedRow]) -> bytes:
    """Rows to canonical bytes."""
    parts = [HEAD.pack(VERSION, last_instrument, len(sequences))]
    parts += [SEQUENCE.pack(sequence) for sequence in sequences]
    parts.append(COUNT.pack(len(rows)))
    for row in rows:
        ids = (row.last_id, row.bbo_id, row.trade_id)
        parts.append(ROW.pack(row.status, row.fresh, *ids, row.source))
        counters = sorted((c, n) for c, n in row.counters.items() if n)
        parts.append(COUNT.pack(len(counters)))
        parts += [COUNTER.pack(code, frames) for code, frames in counters]
        parts.append(COUNT.pack(len(row.events)))
        parts += [_pack_event(event) for event in row.events]
    return b"".join(parts)


def _pack_event(e: MarketEvent) -> bytes:
    ids = (e.first_id, e.last_id, e.prev_id)
    head = EVENT.pack(e.source, e.chained, e.t_venue_ns, *ids, len(e.bids), len(e.asks))
    return head + np.array(e.bids + e.asks, LEVEL_DTYPE).tobytes()


class Reader:
    """Takes fields off the front of the bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: struct.Struct) -> tuple[int, ...]:
        """The next fields. Raises DataError when the bytes end before."""
        return layout.unpack(self.cut(layout.size))

    def cut(self, size: int) -> bytes:
        """The next `size` bytes."""
        piece = self.data[self.at : self.at + size]
        if len(piece) != size:
            raise DataError(f"feed state: ends at byte {len(self.data)}; export it again")
        self.at += size
        return piece


def unpack(data: bytes) -> tuple[int, list[int], list[FeedRow]]:
    """Canonical bytes to (last_instrument, numbers of the sources, rows). Raises DataError for
    anything else."""
    reader = Reader(data)
    version, last_instrument, count = reader.take(HEAD)
    if version != VERSION:
        raise DataError(f"feed state: version {version}, this build reads {VERSION}; export again")
    sequences = [reader.take(SEQUENCE)[0] for _ in range(count)]
    (count,) = reader.take(COUNT)
    rows = [_unpack_row(reader, index) for index in range(count)]
    if reader.at != len(data):
        raise DataError(f"feed state: {len(data) - reader.at} bytes too many; export it again")
    return last_instrument, sequences, rows


def _unpack_row(reader: Reader, instrument: int) -> FeedRow:
    status, fresh, last_id, bbo_id, trade_id, source = reader.take(ROW)
    row = FeedRow(status=status, fresh=fresh, last_id=last_id, bbo_id=bbo_id)
    row.trade_id, row.source = trade_id, source
    (counters,) = reader.take(COUNT)
    for _ in range(counters):
        code, frames = reader.take(COUNTER)
        row.counters[code] = frames
    (events,) = reader.take(COUNT)
    row.events = [_unpack_event(reader, instrument) for _ in range(events)]
    return row


def _unpack_event(reader: Reader, instrument: int) -> MarketEvent:
    source, chained, t_venue_ns, first, last, prev, bids, asks = reader.take(EVENT)
    pairs = np.frombuffer(reader.cut((bids + asks) * LEVEL_DTYPE.itemsize), LEVEL_DTYPE)
    levels = [Level(*pair) for pair in pairs.tolist()]
    return MarketEvent(
        kind=EventKind.DEPTH,
        source=source,
        instrument=instrument,
        t_recv_ns=0,
        t_venue_ns=t_venue_ns,
        first_id=first,
        last_id=last,
        prev_id=prev,
        chained=chained,
        bids=levels[:bids],
        asks=levels[bids:],
    )
