"""Kraken spot market frames to `MarketEvent`: plain Python, the definition of correct.

In: one frame, JSON text of the WebSocket API v2 (channels book, trade and ticker), or of v1 (book),
which older recordings hold. Out: (code, event). On an error the event is None, or an empty one
(kind NONE) that names the instrument when it could be read and whether its book is `lost`, without
one all of the source: a book frame that is refused, or one that may have been one. The checksum
covers ten levels a side, so nothing would show a deeper change that was missed. `t_recv_ns` is left
0 for the feed. A time that cannot be read is 0 too.

No frame has a sequence id: events are `Chain.NONE`. Book events carry the depth of the subscription
(v2: of the source, v1: of the channel's name) and, but for snapshots of v1, the venue's checksum.
The verdicts come in this order, the first that applies is given; every decoder keeps it:
  1. OVERSIZED, an empty frame TRUNCATED, one that does not begin with a bracket SYNTAX
  2. the whole text: ENCODING, then the first fault of the grammar from the left
  3. kind of an object: `channel` says it (a string, else WRONG_TYPE): heartbeat, status, instrument
     and pong are CONTROL, others than book, trade and ticker UNKNOWN_KIND. Without it, one with
     `method`, `event` or `error` is CONTROL, else UNKNOWN_KIND. `type` (MISSING_FIELD, WRONG_TYPE)
     is snapshot or update, else UNKNOWN_KIND; the last trades of a trade snapshot are past: CONTROL
  4. `data`: a list (MISSING_FIELD, WRONG_TYPE) of objects, at least one, of book and ticker one
     (WRONG_TYPE); its `symbol`: MISSING_FIELD, WRONG_TYPE, UNKNOWN_SYMBOL
  5. the fields in the order they are read below, each: MISSING_FIELD, WRONG_TYPE, RANGE (a minus
     sign), DIGITS, OFF_GRID, RANGE (zero where the field must be positive); in a list LEVELS as
     soon as it is too long
An array is v1: [channel id, object, or two, channel name, symbol] (else UNKNOWN_KIND), the name
"book-<depth>", else UNKNOWN_KIND. Its first object tells snapshots by `as` or `bs`.
Numbers may be written as JSON numbers or as strings with the same grammar, and are read as decimal
text: none is ever a float. Keys not named here are skipped. Prices of levels and trades and
quantities of trades must be positive. Source: docs.kraken.com, exchange/api-reference/
spot-websocket-v2 (book, trade, ticker), guides/websockets (book-checksum-v2, book-checksum-v1).
Worst case: linear in the frame.
"""

import re
from typing import Any

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config, Instrument
from tickpath.core.limits import LIMITS
from tickpath.core.records import Chain, Checksum, EventKind, Level, MarketEvent, Side, Trade
from tickpath.venues.base import source_symbols
from tickpath.venues.kraken.subscription import depth_of
from tickpath.venues.text.market_fields import (
    field_of,
    level_of,
    list_of,
    pairs_of,
    positive,
    price_of,
    quantity_of,
    room_for,
    text_of,
)
from tickpath.venues.text.rules import Refused, parse, units_of
from tickpath.venues.text.stamps import time_ns

CONTROL_CHANNELS = ("heartbeat", "status", "instrument", "pong")
BOOK_NAME = re.compile(r"book-([1-9][0-9]{0,4})")
CHECKSUM_MAX = 2**32 - 1
SIDES = {"buy": Side.BUY, "sell": Side.SELL}


def probe() -> Available:
    """Always there: plain Python."""
    return Available(ok=True, reason="plain Python")


class MarketDecoder:
    """Decodes the frames of one source."""

    def __init__(self, config: Config, source: int) -> None:
        self.source = source
        self._symbols = source_symbols(config, source)
        self._depth = depth_of(config, source)
        self._instrument, self._lost = -1, 0

    def decode(self, data: bytes) -> tuple[int, MarketEvent | None]:
        """(0, event), or (code, None or an event of kind NONE that names the instrument)."""
        self._instrument, self._lost = -1, 1
        try:
            return int(Code.OK), self._decode(data)
        except Refused as refusal:
            if self._instrument < 0 and not self._lost:
                return int(refusal.code), None
            event = self._event(EventKind.NONE)
            event.chained, event.lost = 0, self._lost
            return int(refusal.code), event

    def _decode(self, data: bytes) -> MarketEvent:
        if len(data) > LIMITS["frame_bytes_max"]:
            raise Refused(Code.FEED_OVERSIZED)
        text = data.lstrip(b" \t\n\r")
        if not text:
            raise Refused(Code.FEED_TRUNCATED)
        if text[:1] not in (b"{", b"["):
            raise Refused(Code.FEED_SYNTAX)
        frame = parse(data)
        if isinstance(frame, list):
            return self._array(frame)
        assert isinstance(frame, dict)
        return self._object(frame)

    def _object(self, frame: dict[str, Any]) -> MarketEvent:
        name = frame.get("channel", "")
        self._lost = int(type(name) is not str or name == "book")
        channel, snapshot = _channel(frame)
        rows = field_of(frame, "data")
        if not isinstance(rows, list) or not rows or (len(rows) > 1 and channel != "trade"):
            raise Refused(Code.FEED_WRONG_TYPE)
        if not isinstance(rows[0], dict):
            raise Refused(Code.FEED_WRONG_TYPE)
        instrument = self._find(field_of(rows[0], "symbol"))
        if channel == "book":
            return self._book(rows[0], instrument, snapshot)
        if channel == "ticker":
            return self._ticker(rows[0], instrument)
        return self._trades(rows, instrument)

    def _find(self, symbol: object) -> Instrument:
        instrument = self._symbols.get(text_of(symbol))
        if instrument is None:
            self._lost = 0
            raise Refused(Code.FEED_UNKNOWN_SYMBOL)
        self._instrument = instrument.index
        return instrument

    def _event(self, kind: EventKind) -> MarketEvent:
        return MarketEvent(
            kind=kind,
            source=self.source,
            instrument=self._instrument,
            t_recv_ns=0,
            chained=Chain.NONE,
        )

    def _book(self, row: dict[str, Any], instrument: Instrument, snapshot: bool) -> MarketEvent:
        event = self._event(EventKind.SNAPSHOT if snapshot else EventKind.DEPTH)
        event.depth = self._depth
        event.t_venue_ns = _stamp(row)
        event.bids = _levels(row, "bids", instrument)
        event.asks = _levels(row, "asks", instrument)
        event.checksum_kind = Checksum.CRC32_TEN
        event.checksum = _checksum(row, "checksum")
        return event

    def _ticker(self, row: dict[str, Any], instrument: Instrument) -> MarketEvent:
        event = self._event(EventKind.BBO)
        event.t_venue_ns = _stamp(row)
        for side, price, quantity in (
            (event.bids, "bid", "bid_qty"),
            (event.asks, "ask", "ask_qty"),
        ):
            side.append(
                Level(
                    price_of(field_of(row, price), instrument),
                    quantity_of(field_of(row, quantity), instrument),
                )
            )
        return event

    def _trades(self, rows: list[Any], instrument: Instrument) -> MarketEvent:
        event = self._event(EventKind.TRADE)
        for row in rows:
            if len(event.trades) == LIMITS["trades_per_frame_max"]:
                raise Refused(Code.FEED_LEVELS)
            if not isinstance(row, dict):
                raise Refused(Code.FEED_WRONG_TYPE)
            if text_of(field_of(row, "symbol")) != instrument.symbol:
                raise Refused(Code.FEED_WRONG_TYPE)
            event.t_venue_ns = _stamp(row)
            trade_id = units_of(field_of(row, "trade_id"), 0)
            price_ticks = positive(price_of(field_of(row, "price"), instrument))
            quantity_lots = positive(quantity_of(field_of(row, "qty"), instrument))
            side = text_of(field_of(row, "side"))
            if side not in SIDES:
                raise Refused(Code.FEED_WRONG_TYPE)
            event.trades.append(Trade(trade_id, price_ticks, quantity_lots, int(SIDES[side])))
        event.first_id = event.trades[0].trade_id
        event.last_id = event.trades[-1].trade_id
        return event

    def _array(self, frame: list[Any]) -> MarketEvent:
        """v1: [channel id, {"as", "bs"} or {"a" and/or "b", "c"} ..., "book-<depth>", symbol]."""
        parts = frame[1:-2]
        text = frame[-2] if len(frame) > 1 else ""
        name = BOOK_NAME.fullmatch(text) if type(text) is str else None
        self._lost = int(name is not None or len(parts) > 2)
        if not 1 <= len(parts) <= 2 or not all(isinstance(part, dict) for part in parts):
            raise Refused(Code.FEED_UNKNOWN_KIND)
        if name is None:
            raise Refused(Code.FEED_UNKNOWN_KIND)
        instrument = self._find(frame[-1])
        snapshot = "as" in parts[0] or "bs" in parts[0]
        event = self._event(EventKind.SNAPSHOT if snapshot else EventKind.DEPTH)
        event.depth = int(name[1])
        if snapshot:
            event.bids = pairs_of(field_of(parts[0], "bs"), instrument)
            event.asks = pairs_of(field_of(parts[0], "as"), instrument)
            return event
        for part in parts:
            if "b" in part:
                event.bids = pairs_of(part["b"], instrument)
            if "a" in part:
                event.asks = pairs_of(part["a"], instrument)
        event.checksum_kind = Checksum.CRC32_TEN
        event.checksum = _checksum(parts[-1], "c")
        return event


def _channel(frame: dict[str, Any]) -> tuple[str, bool]:
    """(book, trade or ticker, whether it is a snapshot)."""
    if "channel" not in frame:
        control = "method" in frame or "event" in frame or "error" in frame
        raise Refused(Code.FEED_CONTROL if control else Code.FEED_UNKNOWN_KIND)
    channel = text_of(frame["channel"])
    if channel in CONTROL_CHANNELS:
        raise Refused(Code.FEED_CONTROL)
    if channel not in ("book", "trade", "ticker"):
        raise Refused(Code.FEED_UNKNOWN_KIND)
    kind = text_of(field_of(frame, "type"))
    if kind not in ("snapshot", "update"):
        raise Refused(Code.FEED_UNKNOWN_KIND)
    if kind == "snapshot" and channel == "trade":
        raise Refused(Code.FEED_CONTROL)
    return channel, kind == "snapshot"


def _stamp(row: dict[str, Any]) -> int:
    """Nanoseconds of `timestamp`, 0 when there is none that can be read."""
    value = row.get("timestamp")
    return max(time_ns(value), 0) if type(value) is str else 0


def _checksum(row: dict[str, Any], key: str) -> int:
    value = units_of(field_of(row, key), 0)
    if value > CHECKSUM_MAX:
        raise Refused(Code.FEED_RANGE)
    return value


def _levels(row: dict[str, Any], key: str, instrument: Instrument) -> list[Level]:
    """[{"price", "qty"}, ...]"""
    levels: list[Level] = []
    for item in list_of(field_of(row, key)):
        room_for(levels)
        if not isinstance(item, dict):
            raise Refused(Code.FEED_WRONG_TYPE)
        levels.append(level_of(field_of(item, "price"), field_of(item, "qty"), instrument))
    return levels
