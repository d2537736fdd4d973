"""Binary frames: an encoder driven by the schema's layout against every decoder."""

import struct
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import FIXTURES, require
from venues.binance.wire_frames import (
    BBO,
    BEST_BID_ASK,
    DEPTH_DIFF,
    DEPTH_SNAPSHOT,
    DIFF,
    GOOD,
    LAYOUTS,
    PRINTS,
    SNAPSHOT,
    STAMP_US,
    SYMBOLS,
    TRADE,
    TRADES,
    encode_sbe,
    layouts_of,
    odd_config,
)

from tickpath.core.backend import Backend
from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.core.records import EventKind, Level, MarketEvent, Trade
from tickpath.venues.base import market_module
from tickpath.venues.binance import native, wire

CONFIG = odd_config()


@pytest.fixture(params=["reference", "native"])
def decoder(request: pytest.FixtureRequest) -> Any:
    return market_module("binance-spot", Backend(request.param)).MarketDecoder(CONFIG, 0)


def test_layout_is_that_of_the_schema() -> None:
    schema = require(FIXTURES / "binance/sbe_schemas/stream_1_0.xml")
    assert layouts_of(schema) == LAYOUTS


def event_of(kind: EventKind, **fields: Any) -> MarketEvent:
    return MarketEvent(
        kind=kind, source=0, instrument=0, t_recv_ns=0, t_venue_ns=STAMP_US * 1000, **fields
    )


def test_events(decoder: Any) -> None:
    levels = {"bids": [Level(100, 5), Level(99, 0)], "asks": [Level(101, 6)]}
    wanted = (
        event_of(
            EventKind.TRADE,
            first_id=5,
            last_id=6,
            trades=[Trade(5, 100, 7, 1), Trade(6, 100, 7, 0)],
        ),
        event_of(EventKind.BBO, last_id=9, bids=[Level(100, 5)], asks=[Level(101, 6)]),
        event_of(EventKind.SNAPSHOT, last_id=9, **levels),
        event_of(EventKind.DEPTH, first_id=7, last_id=9, **levels),
    )
    for (template, values, groups), event in zip(GOOD, wanted, strict=True):
        frame = encode_sbe(template, values, groups, "BTCUSDT")
        assert decoder.decode(frame) == (Code.OK, event)
        later = encode_sbe(
            template,
            values,
            groups,
            "BTCUSDT",
            version=3,
            block_extra=b"\x7f" * 5,
            entry_extra=b"\x01\x02",
            tail=b"\x03new",
        )
        assert decoder.decode(later) == (Code.OK, event)


def test_every_cut_is_truncated(decoder: Any) -> None:
    for template, values, groups in GOOD:
        frame = encode_sbe(template, values, groups, "BTCUSDT")
        for at in range(len(frame)):
            assert decoder.decode(frame[:at]) == (Code.FEED_TRUNCATED, None)


def test_header_rules(decoder: Any) -> None:
    template, values, groups = GOOD[3]
    frame = encode_sbe(template, values, groups, "BTCUSDT")
    assert decoder.decode(frame + b"\0") == (Code.FEED_SYNTAX, None)
    assert decoder.decode(encode_sbe(template, values, groups, "BTCUSDT", schema=3))[0] == (
        Code.FEED_SCHEMA
    )
    for wrong, code in ((25, Code.FEED_SCHEMA), (65535, Code.FEED_TRUNCATED)):
        assert decoder.decode(struct.pack("<H", wrong) + frame[2:]) == (code, None)
    for unknown in (0, 9999, 10004, 65535):
        changed = frame[:2] + struct.pack("<H", unknown) + frame[4:]
        assert decoder.decode(changed) == (Code.FEED_UNKNOWN_KIND, None)
    short_entries = frame[:34] + struct.pack("<H", 15) + frame[36:]
    assert decoder.decode(short_entries) == (Code.FEED_SCHEMA, None)


def test_symbols(decoder: Any) -> None:
    for index, (symbol, _, _) in enumerate(SYMBOLS):
        values = {**BBO, "bidPrice": 0, "bidQty": 0, "askPrice": 0, "askQty": 0}
        code, event = decoder.decode(encode_sbe(BEST_BID_ASK, values, {}, symbol))
        assert (code, event.instrument) == (Code.OK, index)
    for symbol in ("", "DOGEUSDT", "btcusdt", "BTCUSDT\0", "X" * 255):
        frame = encode_sbe(BEST_BID_ASK, BBO, {}, symbol)
        assert decoder.decode(frame) == (Code.FEED_UNKNOWN_SYMBOL, None)
    broken = encode_sbe(BEST_BID_ASK, BBO, {}, "BTCUSDT")[:-1] + b"\xff"
    assert decoder.decode(broken) == (Code.FEED_UNKNOWN_SYMBOL, None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"eventTime": -1}, Code.FEED_RANGE),
        ({"eventTime": 2**63 - 1}, Code.FEED_RANGE),
        ({"bookUpdateId": -(2**63)}, Code.FEED_RANGE),
        ({"bidPrice": -1}, Code.FEED_RANGE),
        ({"bidPrice": -(2**63)}, Code.FEED_RANGE),
        ({"askQty": -5}, Code.FEED_RANGE),
        ({"priceExponent": -3}, Code.FEED_OFF_GRID),
        ({"priceExponent": -10}, Code.FEED_OFF_GRID),
        ({"priceExponent": -11}, Code.FEED_DIGITS),
        ({"priceExponent": -128}, Code.FEED_DIGITS),
        ({"priceExponent": 127}, Code.FEED_DIGITS),
        ({"bidPrice": 2**62}, Code.FEED_DIGITS),
        ({"priceExponent": 127, "bidPrice": 0, "askPrice": 0}, Code.OK),
        ({"priceExponent": -128, "bidPrice": 0, "askPrice": 0}, Code.OK),
        ({"priceExponent": -12, "bidPrice": 10**12, "askPrice": 10**12}, Code.OK),
        ({"priceExponent": 10, "bidPrice": 9, "askPrice": 9}, Code.OK),
        ({"priceExponent": 10, "bidPrice": 10, "askPrice": 9}, Code.FEED_DIGITS),
        ({"priceExponent": 11, "bidPrice": 1, "askPrice": 1}, Code.FEED_DIGITS),
        ({"priceExponent": -26, "bidPrice": 10**18, "askPrice": 0}, Code.FEED_OFF_GRID),
        ({"priceExponent": -26, "bidPrice": 10**18 + 1, "askPrice": 0}, Code.FEED_DIGITS),
        ({"priceExponent": -27, "bidPrice": 10**18, "askPrice": 0}, Code.FEED_DIGITS),
        ({"bidPrice": 0, "bidQty": 0}, Code.OK),
    ],
)
def test_values(decoder: Any, change: dict[str, int], code: Code) -> None:
    answer, event = decoder.decode(encode_sbe(BEST_BID_ASK, {**BBO, **change}, {}, "BTCUSDT"))
    assert answer == code
    assert event.instrument == 0
    assert event.kind == (EventKind.BBO if code == Code.OK else EventKind.NONE)


@pytest.mark.parametrize(
    ("trades", "code"),
    [
        ([], Code.FEED_MISSING_FIELD),
        ([{**TRADE, "id": -1}], Code.FEED_RANGE),
        ([TRADE, {**TRADE, "price": 0}], Code.FEED_RANGE),
        ([TRADE, {**TRADE, "qty": 0}], Code.FEED_RANGE),
        ([{**TRADE, "isBuyerMaker": 2}], Code.FEED_WRONG_TYPE),
        ([{**TRADE, "isBuyerMaker": 255}], Code.FEED_WRONG_TYPE),
        ([TRADE] * LIMITS["trades_per_frame_max"], Code.OK),
        ([TRADE] * (LIMITS["trades_per_frame_max"] + 1), Code.FEED_LEVELS),
    ],
)
def test_trades(decoder: Any, trades: list[dict[str, int]], code: Code) -> None:
    answer, _ = decoder.decode(encode_sbe(TRADES, PRINTS, {"trades": trades}, "BTCUSDT"))
    assert answer == code


def test_counts_up_to_the_limit(decoder: Any) -> None:
    most = LIMITS["levels_per_frame_max"]
    rows = [{"price": k + 1, "qty": 1} for k in range(most + 1)]
    for template, values in ((DEPTH_SNAPSHOT, SNAPSHOT), (DEPTH_DIFF, DIFF)):
        sides = {"bids": rows[:most], "asks": rows[:most]}
        code, event = decoder.decode(encode_sbe(template, values, sides, "BTCUSDT"))
        assert code == Code.OK
        assert event.bids[-1] == event.asks[-1] == Level(most, 1)
        sides["asks"] = rows
        frame = encode_sbe(template, values, sides, "BTCUSDT")
        assert decoder.decode(frame) == (Code.FEED_LEVELS, None)
        price_zero = {"bids": [{"price": 0, "qty": 1}], "asks": []}
        frame = encode_sbe(template, values, price_zero, "BTCUSDT")
        assert decoder.decode(frame)[0] == Code.FEED_RANGE


NATIVE = native.MarketDecoder(CONFIG, 0)
REFERENCE = wire.MarketDecoder(CONFIG, 0)
int64 = st.one_of(
    st.integers(0, 10**6), st.integers(0, 2**63 - 1), st.integers(-(2**63), 2**63 - 1)
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.sampled_from(SYMBOLS),
    st.integers(-128, 127) | st.integers(-12, 2),
    st.lists(int64, min_size=4, max_size=4),
)
def test_values_against_fractions(
    symbol: tuple[str, str, str], power: int, mantissas: list[int]
) -> None:
    names = ("bidPrice", "bidQty", "askPrice", "askQty")
    values = {**BBO, "priceExponent": power, "qtyExponent": power}
    values |= dict(zip(names, mantissas, strict=True))
    frame = encode_sbe(BEST_BID_ASK, values, {}, symbol[0])
    answer = NATIVE.decode(frame)
    assert answer == REFERENCE.decode(frame)
    code, event = answer
    assert event is not None
    steps = [Fraction(symbol[1]), Fraction(symbol[2])] * 2
    parts = [Fraction(mantissa) * Fraction(10) ** power for mantissa in mantissas]
    if code == Code.OK:
        counts = [*event.bids[0], *event.asks[0]]
        assert [c * step for c, step in zip(counts, steps, strict=True)] == parts
    else:
        assert any(
            value < 0 or (value / step).denominator != 1 or value * 10**10 >= 2**63
            for value, step in zip(parts, steps, strict=True)
        )
