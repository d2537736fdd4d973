"""Binance market frames to `MarketEvent`: plain Python, the definition of correct.

In: one frame, JSON text (raw stream, combined stream, REST snapshot, partial depth) or SBE
`stream_1_0`. Out: (code, event). On an error the event is None, or an empty one (kind NONE) that
names the instrument when it could be read. `t_recv_ns` is left 0: the feed sets it.

The verdicts come in this order, the first that applies is given; every decoder keeps it:
  1. OVERSIZED, an empty frame TRUNCATED; text begins with a bracket, anything else is binary
  2. the whole text: ENCODING, then the first fault of the grammar from the left (`wire_text.py`)
  3. kind: {"stream", "data"} is unwrapped (stream a string, data an object: else WRONG_TYPE);
     `e` says the kind, else `u` with `B` is a BBO, else `lastUpdateId` a snapshot, else a raw
     `result`, `error` or `code` a control reply (CONTROL), else UNKNOWN_KIND
  4. symbol: `s` (snapshots: `symbol`), else the stream's name up to "@" in upper case, else the
     source's first instrument: WRONG_TYPE, UNKNOWN_SYMBOL
  5. the fields in the order they are read below, each: MISSING_FIELD, WRONG_TYPE, RANGE (a minus
     sign), DIGITS, OFF_GRID, RANGE (zero where the field must be positive); in a list LEVELS as
     soon as it is too long
Every number may be written as a JSON number or as a string with the same grammar: `-0`, `+1`, `01`,
`1.` and NaN are refused. Keys not named here are skipped whatever they hold, `T` among them.
Times: `E` below 10**13 is milliseconds, else microseconds. Prices of levels and trades and
quantities of trades must be positive; a BBO shows an empty side as zeros.
Worst case: linear in the frame.
"""

from typing import Any

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config, Instrument
from tickpath.core.limits import LIMITS
from tickpath.core.records import EventKind, Level, MarketEvent, Side, Trade
from tickpath.venues.base import source_symbols
from tickpath.venues.binance.wire_sbe import decode_sbe
from tickpath.venues.text.market_fields import (
    field_of,
    pairs_of,
    positive,
    price_of,
    quantity_of,
)
from tickpath.venues.text.rules import UNITS_MAX, Refused, is_text, parse, units_of

MILLISECONDS_END = 10**13
"""First value of a time stamp that is read as microseconds (milliseconds reach it in 2286)."""

_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def probe() -> Available:
    """Always there: plain Python."""
    return Available(ok=True, reason="plain Python")


class MarketDecoder:
    """Decodes the frames of one source."""

    def __init__(self, config: Config, source: int) -> None:
        self.source = source
        self._symbols = source_symbols(config, source)
        self._first = config.instruments[config.sources[source].instruments[0]]
        self._instrument = -1

    def decode(self, data: bytes) -> tuple[int, MarketEvent | None]:
        """(0, event), or (code, None or an event of kind NONE that names the instrument)."""
        self._instrument = -1
        try:
            return int(Code.OK), self._decode(data)
        except Refused as refusal:
            if self._instrument < 0:
                return int(refusal.code), None
            return int(refusal.code), self._event(EventKind.NONE)

    def _decode(self, data: bytes) -> MarketEvent:
        if len(data) > LIMITS["frame_bytes_max"]:
            raise Refused(Code.FEED_OVERSIZED)
        if not data.strip(b" \t\n\r"):
            raise Refused(Code.FEED_TRUNCATED)
        if not is_text(data):
            return decode_sbe(self, data)
        frame = parse(data)
        if not isinstance(frame, dict):
            raise Refused(Code.FEED_UNKNOWN_KIND)
        if "stream" not in frame or "data" not in frame:
            return self._message(frame, None)
        if _is_string(frame["stream"]) and isinstance(frame["data"], dict):
            return self._message(frame["data"], frame["stream"])
        raise Refused(Code.FEED_WRONG_TYPE)

    def _message(self, message: dict[str, Any], stream: str | None) -> MarketEvent:
        kind = _kind(message, stream)
        instrument = self.find(_symbol(message, stream, "symbol" if kind == "rest" else "s"))
        if kind == "depthUpdate":
            return self._depth(message, instrument)
        if kind == "partial":
            return self._snapshot(message, instrument, "u", "b", "a")
        if kind == "rest":
            return self._snapshot(message, instrument, "lastUpdateId", "bids", "asks")
        if kind == "bookTicker":
            return self._bbo(message, instrument)
        return self._trade(message, instrument, aggregate=kind == "aggTrade")

    def find(self, symbol: str | None) -> Instrument:
        """The source's instrument of that symbol, the first for None."""
        instrument = self._first if symbol is None else self._symbols.get(symbol)
        if instrument is None:
            raise Refused(Code.FEED_UNKNOWN_SYMBOL)
        self._instrument = instrument.index
        return instrument

    def _event(self, kind: EventKind) -> MarketEvent:
        return MarketEvent(kind=kind, source=self.source, instrument=self._instrument, t_recv_ns=0)

    def _depth(self, message: dict[str, Any], instrument: Instrument) -> MarketEvent:
        event = self._event(EventKind.DEPTH)
        event.t_venue_ns = _time_ns(message, required=True)
        event.first_id = _id(message, "U")
        event.last_id = _id(message, "u")
        if "pu" in message:
            event.prev_id = _id(message, "pu")
            event.chained = 1
        event.bids = pairs_of(field_of(message, "b"), instrument)
        event.asks = pairs_of(field_of(message, "a"), instrument)
        return event

    def _snapshot(
        self, message: dict[str, Any], instrument: Instrument, last: str, bids: str, asks: str
    ) -> MarketEvent:
        event = self._event(EventKind.SNAPSHOT)
        event.t_venue_ns = _time_ns(message, required=False)
        event.last_id = _id(message, last)
        event.bids = pairs_of(field_of(message, bids), instrument)
        event.asks = pairs_of(field_of(message, asks), instrument)
        return event

    def _bbo(self, message: dict[str, Any], instrument: Instrument) -> MarketEvent:
        event = self._event(EventKind.BBO)
        event.t_venue_ns = _time_ns(message, required=False)
        event.last_id = _id(message, "u")
        for side, price, quantity in ((event.bids, "b", "B"), (event.asks, "a", "A")):
            side.append(
                Level(
                    price_of(field_of(message, price), instrument),
                    quantity_of(field_of(message, quantity), instrument),
                )
            )
        return event

    def _trade(
        self, message: dict[str, Any], instrument: Instrument, *, aggregate: bool
    ) -> MarketEvent:
        event = self._event(EventKind.TRADE)
        event.t_venue_ns = _time_ns(message, required=True)
        trade_id = _id(message, "a" if aggregate else "t")
        event.first_id = _id(message, "f") if aggregate else trade_id
        event.last_id = _id(message, "l") if aggregate else trade_id
        price_ticks = positive(price_of(field_of(message, "p"), instrument))
        quantity_lots = positive(quantity_of(field_of(message, "q"), instrument))
        buyer_is_maker = field_of(message, "m")
        if not isinstance(buyer_is_maker, bool):
            raise Refused(Code.FEED_WRONG_TYPE)
        aggressor = Side.SELL if buyer_is_maker else Side.BUY
        event.trades = [Trade(trade_id, price_ticks, quantity_lots, int(aggressor))]
        return event


def _kind(message: dict[str, Any], stream: str | None) -> str:
    """depthUpdate, partial, rest, bookTicker, trade or aggTrade."""
    if "e" in message:
        name = message["e"]
        if not _is_string(name):
            raise Refused(Code.FEED_WRONG_TYPE)
        if name == "serverShutdown":
            raise Refused(Code.FEED_CONTROL)
        if name == "depthUpdate" and stream is not None and _is_partial(stream):
            return "partial"
        if name in ("depthUpdate", "bookTicker", "trade", "aggTrade"):
            return str(name)
        raise Refused(Code.FEED_UNKNOWN_KIND)
    if "u" in message and "B" in message:
        return "bookTicker"
    if "lastUpdateId" in message:
        return "rest"
    if stream is None and ("result" in message or "error" in message or "code" in message):
        raise Refused(Code.FEED_CONTROL)
    raise Refused(Code.FEED_UNKNOWN_KIND)


def _is_string(value: object) -> bool:
    """A JSON string: a number is kept as text too, but of its own class."""
    return type(value) is str


def _is_partial(stream: str) -> bool:
    """`<symbol>@depth<5|10|20>...`: the best levels, each time whole, also where `e` says diff."""
    channel = stream.partition("@")[2]
    return channel.startswith("depth") and channel[5:6] in tuple("0123456789")


def _symbol(message: dict[str, Any], stream: str | None, key: str) -> str | None:
    if key in message:
        if not _is_string(message[key]):
            raise Refused(Code.FEED_WRONG_TYPE)
        return str(message[key])
    if stream is None:
        return None
    return stream.partition("@")[0].translate(_UPPER)


def _id(message: dict[str, Any], key: str) -> int:
    return units_of(field_of(message, key), 0)


def _time_ns(message: dict[str, Any], *, required: bool) -> int:
    """Nanoseconds of `E`; 0 when it is absent and need not be there."""
    if not required and "E" not in message:
        return 0
    return time_ns(_id(message, "E"))


def time_ns(stamp: int) -> int:
    """Milliseconds or microseconds, by size, as nanoseconds."""
    value = stamp * (1_000_000 if stamp < MILLISECONDS_END else 1_000)
    if value > UNITS_MAX:
        raise Refused(Code.FEED_RANGE)
    return value
