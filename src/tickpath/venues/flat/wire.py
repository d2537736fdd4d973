"""Flat frames to `MarketEvent`s: plain Python, the definition of correct.

In: one frame of a source. Out: (0, event), or a code and None: TRUNCATED shorter than its head or
not as long as its counts say, SYNTAX another magic, UNKNOWN_KIND, UNKNOWN_SYMBOL no instrument of
the source, LEVELS more than a frame may have, RANGE a BBO, trade or order row that is none.
"""

import struct
from typing import Final, NamedTuple

import numpy as np

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.limits import LIMITS
from tickpath.core.records import Chain, EventKind, Level, MarketEvent, Trade
from tickpath.core.ticks import NO_SIDE, OrderRow
from tickpath.venues.base import source_symbols

MAGIC: Final = int.from_bytes(b"TPF1", "little")
HEAD: Final = struct.Struct("<IHHiiiIqqqq")
LEVEL: Final = struct.Struct("<qq")
TRADE: Final = struct.Struct("<qqqii")
ORDER: Final = struct.Struct("<qqqqii")
ORDER_DTYPE: Final = np.dtype(
    [(name, "<i8") for name in ("order_id", "prev_id", "price_ticks", "quantity_lots")]
    + [(name, "<i4") for name in ("kind", "side")]
)
"""The same as an array; of kind 0: no row."""
KINDS: Final = (EventKind.DEPTH, EventKind.SNAPSHOT, EventKind.BBO, EventKind.TRADE)
PRICE_TICKS_MAX: Final = 1 << 62


class OrderChange(NamedTuple):
    """An order row: `kind` is an `OrderRow`, the other columns as in core/ticks.py."""

    order_id: int
    prev_id: int
    price_ticks: int
    quantity_lots: int
    kind: int
    side: int


def probe() -> Available:
    """Always there: plain Python."""
    return Available(ok=True, reason="plain Python")


def clear_frame(place: int = 0) -> bytes:
    """The frame of a lost book."""
    return HEAD.pack(MAGIC, OrderRow.CLEAR, Chain.FIRST, place, 0, 0, 0, 0, 0, 0, 0)


def flat_frame(event: MarketEvent, place: int = 0, order: OrderChange | None = None) -> bytes:
    """The frame of an event; `place` is its instrument's among those of the source; `order` the row
    of an L3 feed behind it."""
    row = b"" if order is None else ORDER.pack(*order)
    trades = event.kind == EventKind.TRADE
    head = HEAD.pack(
        MAGIC, event.kind, event.chained, place, len(event.trades if trades else event.bids),
        len(event.asks), order is not None, event.t_venue_ns, event.first_id, event.last_id,
        event.prev_id,
    )  # fmt: skip
    if trades:
        return (
            head
            + b"".join(
                TRADE.pack(t.trade_id, t.price_ticks, t.quantity_lots, t.aggressor, 0)
                for t in event.trades
            )
            + row
        )
    return head + b"".join(LEVEL.pack(*level) for level in [*event.bids, *event.asks]) + row


def priced(price_ticks: int, quantity_lots: int) -> bool:
    """Whether a trade or one side of a BBO can be."""
    return 1 <= price_ticks <= PRICE_TICKS_MAX and quantity_lots >= 1


def has_order(head: bytes) -> bool:
    """Whether the head of a frame promises an order row."""
    return bool(HEAD.unpack_from(head)[6])


def orderly(row: OrderChange) -> bool:
    """Whether an order row can be."""
    return (
        OrderRow.ADD <= row.kind <= OrderRow.CLEAR
        and 0 <= row.side <= NO_SIDE
        and 0 <= row.price_ticks <= PRICE_TICKS_MAX
        and row.quantity_lots >= 0
    )


class MarketDecoder:
    """Decodes the frames of one source."""

    def __init__(self, config: Config, source: int) -> None:
        self.source = source
        self.depth = config.sources[source].depth
        self.instruments = [i.index for i in source_symbols(config, source).values()]

    def check(self, data: bytes) -> int:
        """Whether the head and the length agree."""
        if len(data) < HEAD.size:
            return int(Code.FEED_TRUNCATED)
        magic, kind, chain, place, bids, asks, orders, *_ = HEAD.unpack_from(data)
        if magic != MAGIC or chain > Chain.NONE or orders > 1:
            return int(Code.FEED_SYNTAX)
        if kind not in KINDS and kind != OrderRow.CLEAR:
            return int(Code.FEED_UNKNOWN_KIND)
        if not 0 <= place < len(self.instruments):
            return int(Code.FEED_UNKNOWN_SYMBOL)
        trades, clear = kind == EventKind.TRADE, kind == OrderRow.CLEAR
        most = LIMITS["trades_per_frame_max" if trades else "levels_per_frame_max"]
        if not clear and not (0 <= bids <= most and 0 <= asks <= most):
            return int(Code.FEED_LEVELS)
        body = (TRADE.size if trades else LEVEL.size) * (bids + asks) + ORDER.size * orders
        if len(data) != HEAD.size + (0 if clear else body) or (clear and orders):
            return int(Code.FEED_TRUNCATED)
        return int(Code.OK)

    def order(self, data: bytes) -> tuple[int, OrderChange] | None:
        """(instrument, order row) of a frame that has one."""
        if self.check(data) != Code.OK:
            return None
        _, _, _, place, _, _, orders, *_ = HEAD.unpack_from(data)
        if not orders:
            return None
        row = OrderChange(*ORDER.unpack_from(data, len(data) - ORDER.size))
        return (self.instruments[place], row) if orderly(row) else None

    def decode(self, data: bytes) -> tuple[int, MarketEvent | None]:
        """(0, event), or (code, None)."""
        code = self.check(data)
        if code != Code.OK:
            return code, None
        _, kind, chain, place, bids, asks, orders, t_ns, first, last, prev = HEAD.unpack_from(data)
        if kind == OrderRow.CLEAR:
            return self._clear(place)
        trades = kind == EventKind.TRADE
        event = MarketEvent(
            kind=EventKind(kind), source=self.source, instrument=self.instruments[place],
            t_recv_ns=0, t_venue_ns=t_ns, first_id=first, last_id=last, prev_id=prev,
            chained=Chain(chain), depth=self.depth if kind != EventKind.TRADE else 0,
        )  # fmt: skip
        body = data[HEAD.size : len(data) - ORDER.size * orders]
        if orders and self.order(data) is None:
            return int(Code.FEED_RANGE), None
        if trades:
            return self._trades(event, body, bids, asks)
        levels = [Level(*found) for found in LEVEL.iter_unpack(body)]
        event.bids, event.asks = levels[:bids], levels[bids:]
        if kind == EventKind.BBO and not (
            bids == asks == 1 and all(priced(*level) for level in levels)
        ):
            return int(Code.FEED_RANGE), None
        return int(Code.OK), event

    def _clear(self, place: int) -> tuple[int, MarketEvent | None]:
        """The book of an instrument is lost; nothing follows the head."""
        return int(Code.FEED_GAP), MarketEvent(
            kind=EventKind.NONE, source=self.source, instrument=self.instruments[place],
            t_recv_ns=0, lost=1,
        )  # fmt: skip

    def _trades(
        self, event: MarketEvent, body: bytes, count: int, asks: int
    ) -> tuple[int, MarketEvent | None]:
        """The trades of a TRADE frame: at least one, on a side each."""
        found = list(TRADE.iter_unpack(body))
        good = all(priced(t[1], t[2]) and t[3] in (0, 1) and t[4] == 0 for t in found)
        if count == 0 or asks != 0 or not good:
            return int(Code.FEED_RANGE), None
        event.trades = [Trade(*fields[:4]) for fields in found]
        return int(Code.OK), event
