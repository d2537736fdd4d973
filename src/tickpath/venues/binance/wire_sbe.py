"""Binance SBE market frames (schema `stream_1_0`) to `MarketEvent`: plain Python with `struct`.

Verdicts in this order: header (TRUNCATED, SCHEMA for another schema id, UNKNOWN_KIND for another
template), then the whole layout from front to back (SCHEMA for a block shorter than version 0's,
TRUNCATED past the end, LEVELS for a group beyond its limit, SYNTAX for bytes behind version 0),
then the symbol (UNKNOWN_SYMBOL), then the fields in schema order as in JSON.
Later versions may lengthen blocks and append data: both are skipped by the lengths in the frame.
Values are mantissa * 10**exponent, any exponent of 8 bits, converted exactly. Times are
microseconds. A flag that is neither 0 nor 1 and a frame without trades are refused.
"""

import struct
from typing import TYPE_CHECKING

from tickpath.core.codes import Code
from tickpath.core.config import Instrument
from tickpath.core.limits import LIMITS
from tickpath.core.records import EventKind, Level, MarketEvent, Side, Trade
from tickpath.venues.text.market_fields import positive
from tickpath.venues.text.rules import UNITS_MAX, Refused

if TYPE_CHECKING:
    from tickpath.venues.binance.wire import MarketDecoder

SCHEMA = 1
TRADES, BEST_BID_ASK, DEPTH_SNAPSHOT, DEPTH_DIFF = 10000, 10001, 10002, 10003
HEADER = struct.Struct("<HHHH")
BLOCKS = {
    TRADES: struct.Struct("<qqbb"),
    BEST_BID_ASK: struct.Struct("<qqbbqqqq"),
    DEPTH_SNAPSHOT: struct.Struct("<qqbb"),
    DEPTH_DIFF: struct.Struct("<qqqbb"),
}
TRADES_GROUP = struct.Struct("<HI")
LEVELS_GROUP = struct.Struct("<HH")
TRADE = struct.Struct("<qqqB")
LEVEL = struct.Struct("<qq")


class Reader:
    """Moves front to back; every step is checked against the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def skip(self, count: int) -> int:
        """Where the next `count` bytes begin; moves behind them."""
        if self.at + count > len(self.data):
            raise Refused(Code.FEED_TRUNCATED)
        start = self.at
        self.at += count
        return start

    def unpack(self, form: struct.Struct) -> tuple[int, ...]:
        return form.unpack_from(self.data, self.skip(form.size))

    def group(self, head: struct.Struct, entry: struct.Struct, count_max: int) -> list[int]:
        """Where each entry of a repeating group begins."""
        entry_bytes, count = self.unpack(head)
        if count > count_max:
            raise Refused(Code.FEED_LEVELS)
        if count and entry_bytes < entry.size:
            raise Refused(Code.FEED_SCHEMA)
        start = self.skip(entry_bytes * count)
        return [start + k * entry_bytes for k in range(count)]


def decode_sbe(decoder: "MarketDecoder", data: bytes) -> MarketEvent:
    """The event of one frame, or `Refused`."""
    reader = Reader(data)
    block_bytes, template, schema, version = reader.unpack(HEADER)
    if schema != SCHEMA:
        raise Refused(Code.FEED_SCHEMA)
    if template not in BLOCKS:
        raise Refused(Code.FEED_UNKNOWN_KIND)
    if block_bytes < BLOCKS[template].size:
        raise Refused(Code.FEED_SCHEMA)
    block = BLOCKS[template].unpack_from(data, reader.skip(block_bytes))
    groups: list[list[int]] = []
    if template == TRADES:
        groups.append(reader.group(TRADES_GROUP, TRADE, LIMITS["trades_per_frame_max"]))
    elif template != BEST_BID_ASK:
        for _ in ("bids", "asks"):
            groups.append(reader.group(LEVELS_GROUP, LEVEL, LIMITS["levels_per_frame_max"]))
    symbol_bytes = data[reader.skip(1)]
    start = reader.skip(symbol_bytes)
    if version == 0 and reader.at != len(data):
        raise Refused(Code.FEED_SYNTAX)
    try:
        symbol = data[start : reader.at].decode()
    except UnicodeDecodeError:
        raise Refused(Code.FEED_UNKNOWN_SYMBOL) from None
    instrument = decoder.find(symbol)
    event = MarketEvent(
        kind=EventKind.NONE, source=decoder.source, instrument=instrument.index, t_recv_ns=0
    )
    event.t_venue_ns = _not_negative(block[0]) * 1000
    if event.t_venue_ns > UNITS_MAX:
        raise Refused(Code.FEED_RANGE)
    if template == TRADES:
        _fill_trades(event, instrument, data, block, groups[0])
    elif template == BEST_BID_ASK:
        _fill_bbo(event, instrument, block)
    else:
        _fill_depth(event, instrument, data, block, groups)
    return event


def _fill_trades(
    event: MarketEvent, instrument: Instrument, data: bytes, block: tuple[int, ...], at: list[int]
) -> None:
    price_exponent, quantity_exponent = block[2:4]
    if not at:
        raise Refused(Code.FEED_MISSING_FIELD)
    for start in at:
        trade_id, price, quantity, buyer_is_maker = TRADE.unpack_from(data, start)
        _not_negative(trade_id)
        price_ticks = positive(price_of(price, price_exponent, instrument))
        quantity_lots = positive(quantity_of(quantity, quantity_exponent, instrument))
        if buyer_is_maker > 1:
            raise Refused(Code.FEED_WRONG_TYPE)
        aggressor = Side.SELL if buyer_is_maker else Side.BUY
        event.trades.append(Trade(trade_id, price_ticks, quantity_lots, int(aggressor)))
    event.kind = EventKind.TRADE
    event.first_id = event.trades[0].trade_id
    event.last_id = event.trades[-1].trade_id


def _fill_bbo(event: MarketEvent, instrument: Instrument, block: tuple[int, ...]) -> None:
    price_exponent, quantity_exponent = block[2:4]
    event.last_id = _not_negative(block[1])
    for side, (price, quantity) in ((event.bids, block[4:6]), (event.asks, block[6:8])):
        price_ticks = price_of(price, price_exponent, instrument)
        side.append(Level(price_ticks, quantity_of(quantity, quantity_exponent, instrument)))
    event.kind = EventKind.BBO


def _fill_depth(
    event: MarketEvent,
    instrument: Instrument,
    data: bytes,
    block: tuple[int, ...],
    groups: list[list[int]],
) -> None:
    """DepthSnapshot has one id in its block, DepthDiff two."""
    price_exponent, quantity_exponent = block[-2:]
    is_diff = len(block) == 5
    if is_diff:
        event.first_id = _not_negative(block[1])
    event.last_id = _not_negative(block[-3])
    for side, at in zip((event.bids, event.asks), groups, strict=True):
        for start in at:
            price, quantity = LEVEL.unpack_from(data, start)
            price_ticks = positive(price_of(price, price_exponent, instrument))
            side.append(Level(price_ticks, quantity_of(quantity, quantity_exponent, instrument)))
    event.kind = EventKind.DEPTH if is_diff else EventKind.SNAPSHOT


def _not_negative(value: int) -> int:
    if value < 0:
        raise Refused(Code.FEED_RANGE)
    return value


def price_of(mantissa: int, exponent: int, instrument: Instrument) -> int:
    return count_of(
        mantissa, exponent + instrument.price_wire_decimals, instrument.price_step_units
    )


def quantity_of(mantissa: int, exponent: int, instrument: Instrument) -> int:
    return count_of(
        mantissa, exponent + instrument.quantity_wire_decimals, instrument.quantity_step_units
    )


def count_of(mantissa: int, power: int, step_units: int) -> int:
    """mantissa * 10**power as whole steps."""
    _not_negative(mantissa)
    scale: int = 10 ** abs(power)
    units, rest = divmod(mantissa, scale) if power < 0 else (mantissa * scale, 0)
    if rest or units > UNITS_MAX:
        raise Refused(Code.FEED_DIGITS)
    count, rest = divmod(units, step_units)
    if rest:
        raise Refused(Code.FEED_OFF_GRID)
    return count
