"""Coinbase market frames to `MarketEvent`: plain Python, the definition of correct.

In: one JSON frame of Advanced Trade (`channel`) or of Coinbase Exchange (`type`). Out: (code,
event); what else the frame holds comes from `decode_next`. On an error the event is None, or an
empty one (kind NONE) that names the instrument and whether its book is `lost`. `sequence` is the
frame's `sequence_num`, -1 where there is none (Exchange counts nothing).

Depth events carry no ids: a change that cannot be read loses the book it was for, or every book of
the source when that cannot be told; nothing later would show it.

The verdicts come in this order, the first that applies is given; every decoder keeps it:
  1. OVERSIZED, an empty frame TRUNCATED, one that begins with no bracket SYNTAX
  2. the whole text: ENCODING, then the first fault of the grammar from the left; all of this loses
  3. kind: `channel` (a string) with `sequence_num`, both lost when unreadable, and `events` (a
     list), else `type` (a string); heartbeats, subscriptions, errors, a history of trades and a
     frame without events are CONTROL, unknown names and no name UNKNOWN_KIND
  4. an event: its type, its product (UNKNOWN_SYMBOL), then the fields in the order they are read
     below, each: MISSING_FIELD, WRONG_TYPE, RANGE (a minus sign), DIGITS, OFF_GRID, RANGE (zero
     where the field must be positive); in a list LEVELS as soon as it is too long
Market channels name "-USDC" products by "-USD": a symbol of the source that is not found so is
looked up with a "C" behind it. The side of a trade is its maker's. Times that are not
"YYYY-MM-DDThh:mm:ss[.fraction]Z" are 0. Neighbouring trades of one product are one event, oldest
first; a trade that is refused is an event of its own. Exchange tickers of before 2022 have no
sizes: their quantities are 0.
Worst case: linear in the frame.
"""

from collections.abc import Iterator
from typing import Any

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config, Instrument
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.records import Chain, EventKind, Level, MarketEvent, Side, Trade
from tickpath.venues.base import source_symbols
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
from tickpath.venues.text.stamps import time_ns as stamp_ns

Object = dict[str, Any]
Found = tuple[int, MarketEvent | None]

CONTROL_CHANNELS = ("heartbeats", "subscriptions")
CONTROL_TYPES = ("heartbeat", "subscriptions", "error")


def probe() -> Available:
    """Always there: plain Python."""
    return Available(ok=True, reason="plain Python")


class MarketDecoder:
    """Decodes the frames of one source."""

    def __init__(self, config: Config, source: int) -> None:
        self.source = source
        self.sequence = -1
        self._symbols = market_symbols(config, source)
        self._instrument = -1
        self._lost = 0
        self._t_ns = 0
        self._found: Iterator[Found] = iter(())

    def decode(self, data: bytes) -> Found:
        """(0, event), or (code, None or an event of kind NONE)."""
        self.sequence, self._t_ns = -1, 0
        self._instrument, self._lost = -1, 1
        self._found = iter(())
        try:
            self._found = self._frame(data)
            return next(self._found, (int(Code.FEED_CONTROL), None))
        except Refused as refusal:
            self._found = iter(())
            return self._refused(refusal)

    def decode_next(self) -> Found | None:
        """The next event of the frame decoded last, None when there is no more."""
        return next(self._found, None)

    def _refused(self, refusal: Refused) -> Found:
        if self._instrument < 0 and not self._lost:
            return int(refusal.code), None
        event = self._event(EventKind.NONE)
        event.chained, event.lost = 0, self._lost
        return int(refusal.code), event

    def _frame(self, data: bytes) -> Iterator[Found]:
        if len(data) > LIMITS["frame_bytes_max"]:
            raise Refused(Code.FEED_OVERSIZED)
        begin = data.lstrip(b" \t\n\r")[:1]
        if begin not in (b"{", b"["):
            raise Refused(Code.FEED_SYNTAX if begin else Code.FEED_TRUNCATED)
        frame = parse(data)
        if isinstance(frame, dict) and "channel" in frame:
            return self._advanced(frame, text_of(frame["channel"]))
        self._lost = 0
        if isinstance(frame, dict) and "type" in frame:
            return self._exchange(frame, text_of(frame["type"]))
        raise Refused(Code.FEED_UNKNOWN_KIND)

    # -- Advanced Trade ---------------------------------------------------------------------------

    def _advanced(self, frame: Object, channel: str) -> Iterator[Found]:
        self.sequence = units_of(field_of(frame, "sequence_num"), 0)
        self._t_ns = time_ns(frame.get("timestamp"))
        if channel in CONTROL_CHANNELS:
            self._lost = 0
            raise Refused(Code.FEED_CONTROL)
        readers = {
            "l2_data": self._l2_event,
            "market_trades": self._trades_event,
            "ticker": self._tickers_event,
            "ticker_batch": self._tickers_event,
        }
        if channel not in readers:
            self._lost = 0
            raise Refused(Code.FEED_UNKNOWN_KIND)
        depth = int(channel == "l2_data")
        self._lost = depth
        events = field_of(frame, "events")
        if not isinstance(events, list):
            raise Refused(Code.FEED_WRONG_TYPE)
        return self._events(events, readers[channel], depth)

    def _events(self, events: list[Any], reader: Any, depth: int) -> Iterator[Found]:
        for item in events:
            self._instrument, self._lost = -1, depth
            try:
                yield from reader(item)
            except Refused as refusal:
                yield self._refused(refusal)

    def _l2_event(self, item: object) -> Iterator[Found]:
        event = object_of(item)
        name = text_of(field_of(event, "type"))
        if name not in ("snapshot", "update"):
            self._lost = 0
            raise Refused(Code.FEED_UNKNOWN_KIND)
        instrument = self._find(event)
        made = self._event(EventKind.SNAPSHOT if name == "snapshot" else EventKind.DEPTH)
        made.last_id = self.sequence
        for update in list_of(field_of(event, "updates")):
            change = object_of(update)
            levels = side_of(field_of(change, "side"), {"bid": made.bids, "offer": made.asks})
            price, quantity = field_of(change, "price_level"), field_of(change, "new_quantity")
            room_for(levels)
            levels.append(level_of(price, quantity, instrument))
        yield int(Code.OK), made

    def _trades_event(self, item: object) -> Iterator[Found]:
        event = object_of(item)
        if text_of(field_of(event, "type")) == "snapshot":
            raise Refused(Code.FEED_CONTROL)
        run: MarketEvent | None = None
        for entry in list_of(field_of(event, "trades")):
            self._instrument = -1
            try:
                made = self._trade(object_of(entry))
            except Refused as refusal:
                refused = self._refused(refusal)
                if run is not None:
                    yield int(Code.OK), in_order(run)
                    run = None
                yield refused
                continue
            full = run is not None and len(run.trades) == LIMITS["trades_per_frame_max"]
            if run is not None and (full or run.instrument != made.instrument):
                yield int(Code.OK), in_order(run)
                run = None
            if run is None:
                run = made
            else:
                run.trades += made.trades
        if run is not None:
            yield int(Code.OK), in_order(run)

    def _tickers_event(self, item: object) -> Iterator[Found]:
        for entry in list_of(field_of(object_of(item), "tickers")):
            self._instrument = -1
            try:
                ticker = object_of(entry)
                instrument = self._find(ticker)
                quantities = (
                    field_of(ticker, "best_bid_quantity"),
                    field_of(ticker, "best_ask_quantity"),
                )
                made = self._bbo(ticker, instrument, quantities)
            except Refused as refusal:
                yield self._refused(refusal)
                continue
            made.last_id = self.sequence
            yield int(Code.OK), made

    # -- Exchange ---------------------------------------------------------------------------------

    def _exchange(self, frame: Object, name: str) -> Iterator[Found]:
        if name in CONTROL_TYPES:
            raise Refused(Code.FEED_CONTROL)
        self._t_ns = time_ns(frame.get("time"))
        if name in ("snapshot", "l2update"):
            self._lost = 1
            made = self._book(frame, name)
        elif name in ("match", "last_match"):
            made = self._trade(frame)
        elif name == "ticker":
            instrument = self._find(frame)
            sizes = (frame.get("best_bid_size", "0"), frame.get("best_ask_size", "0"))
            sequence = units_of(field_of(frame, "sequence"), 0)
            made = self._bbo(frame, instrument, sizes)
            made.last_id = sequence
        else:
            raise Refused(Code.FEED_UNKNOWN_KIND)
        return iter(((int(Code.OK), made),))

    def _book(self, frame: Object, name: str) -> MarketEvent:
        instrument = self._find(frame)
        if name == "snapshot":
            made = self._event(EventKind.SNAPSHOT)
            made.bids = pairs_of(field_of(frame, "bids"), instrument)
            made.asks = pairs_of(field_of(frame, "asks"), instrument)
            return made
        made = self._event(EventKind.DEPTH)
        for item in list_of(field_of(frame, "changes")):
            side, price, quantity = parts_of(item, 3)
            levels = side_of(side, {"buy": made.bids, "sell": made.asks})
            room_for(levels)
            levels.append(level_of(price, quantity, instrument))
        return made

    # -- both -------------------------------------------------------------------------------------

    def _find(self, fields: Object) -> Instrument:
        """The source's instrument of `product_id`."""
        instrument = self._symbols.get(text_of(field_of(fields, "product_id")))
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
            t_venue_ns=self._t_ns if kind != EventKind.NONE else 0,
            chained=Chain.NONE,
        )

    def _trade(self, fields: Object) -> MarketEvent:
        instrument = self._find(fields)
        trade_id = units_of(field_of(fields, "trade_id"), 0)
        price = positive(price_of(field_of(fields, "price"), instrument))
        quantity = positive(quantity_of(field_of(fields, "size"), instrument))
        side = text_of(field_of(fields, "side"))
        if side not in ("BUY", "SELL", "buy", "sell"):
            raise Refused(Code.FEED_WRONG_TYPE)
        made = self._event(EventKind.TRADE)
        made.first_id = made.last_id = trade_id
        aggressor = Side.SELL if side in ("BUY", "buy") else Side.BUY
        made.trades = [Trade(trade_id, price, quantity, int(aggressor))]
        return made

    def _bbo(
        self, fields: Object, instrument: Instrument, quantities: tuple[object, object]
    ) -> MarketEvent:
        made = self._event(EventKind.BBO)
        for side, key, quantity in zip(
            (made.bids, made.asks), ("best_bid", "best_ask"), quantities, strict=True
        ):
            price = price_of(field_of(fields, key), instrument)
            side.append(Level(price, quantity_of(quantity, instrument)))
        return made


def market_symbols(config: Config, source: int) -> dict[str, Instrument]:
    """Symbol on market channels to instrument of one source. Raises ConfigError for two products
    that the channels do not tell apart."""
    symbols = source_symbols(config, source)
    for symbol in [s for s in symbols if s.endswith("-USDC")]:
        if symbol[:-1] in symbols:
            raise ConfigError(
                f"source {config.sources[source].name!r} names {symbol} and {symbol[:-1]}, which "
                "market channels do not tell apart: give each a source of its own"
            )
        symbols[symbol[:-1]] = symbols[symbol]
    return symbols


def time_ns(value: object) -> int:
    """Nanoseconds of a time stamp, 0 when it is none."""
    return max(0, stamp_ns(value)) if type(value) is str else 0


def in_order(run: MarketEvent) -> MarketEvent:
    """Trades oldest first, with the ids of the first and the last."""
    if run.trades[0].trade_id > run.trades[-1].trade_id:
        run.trades.reverse()
    run.first_id, run.last_id = run.trades[0].trade_id, run.trades[-1].trade_id
    return run


def object_of(value: object) -> Object:
    """A JSON object."""
    if not isinstance(value, dict):
        raise Refused(Code.FEED_WRONG_TYPE)
    return value


def parts_of(value: object, count: int) -> list[Any]:
    """The first `count` items of an array that has them."""
    items = list_of(value)
    if len(items) < count:
        raise Refused(Code.FEED_WRONG_TYPE)
    return items[:count]


def side_of(value: object, sides: dict[str, list[Level]]) -> list[Level]:
    """The side of that name."""
    name = text_of(value)
    if name not in sides:
        raise Refused(Code.FEED_WRONG_TYPE)
    return sides[name]
