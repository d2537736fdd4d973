"""Flat frames: both decoders on every code, on mutated frames, and out of step with alignment."""

import os
from dataclasses import replace
from typing import Any

import pytest
from support import btcusdt, config_of

from tickpath.core.codes import Code
from tickpath.core.config import VENUES, Source
from tickpath.core.limits import LIMITS
from tickpath.core.records import Chain, EventKind, Level, MarketEvent, Side, Trade
from tickpath.core.ticks import OrderRow
from tickpath.venues.binance.fuzzing import mutations
from tickpath.venues.flat import native, wire
from tickpath.venues.flat.wire import HEAD, ORDER, OrderChange, clear_frame, flat_frame

FRAMES = min(1_000_000, int(os.environ.get("TICKPATH_FUZZ_N", "40000")) // 4)
KRAKEN = VENUES.index("kraken-spot")
BASE = config_of(btcusdt(venue=KRAKEN), btcusdt(venue=KRAKEN, symbol="ETHUSDT"))
SOURCES = (Source(name="both", venue=KRAKEN, instruments=(1, 0), depth=10, wire="flat"),)
CONFIG = replace(BASE, sources=SOURCES)
PLAIN, NATIVE = wire.MarketDecoder(CONFIG, 0), native.MarketDecoder(CONFIG, 0)


def event(kind: EventKind, **fields: Any) -> MarketEvent:
    return MarketEvent(kind=kind, source=0, instrument=1, t_recv_ns=0, **fields)


DEPTH = event(
    EventKind.DEPTH, t_venue_ns=5, first_id=7, last_id=9, prev_id=6, chained=Chain.PREV,
    bids=[Level(100, 3), Level(99, 0)], asks=[Level(101, 8)],
)  # fmt: skip
SNAPSHOT = event(EventKind.SNAPSHOT, last_id=4, chained=Chain.NONE)
BBO = event(EventKind.BBO, last_id=4, bids=[Level(100, 3)], asks=[Level(101, 8)])
TRADES = event(
    EventKind.TRADE, first_id=1, last_id=2,
    trades=[Trade(1, 100, 5, Side.BUY), Trade(2, 99, 1, Side.SELL)],
)  # fmt: skip
EVENTS = (DEPTH, SNAPSHOT, BBO, TRADES)
ADDED = OrderChange(7, 0, 100, 3, OrderRow.ADD, 0)


def decoded(frame: bytes) -> tuple[int, MarketEvent | None]:
    found = PLAIN.decode(frame)
    assert NATIVE.decode(frame) == found, frame.hex()
    return found


@pytest.mark.parametrize("wanted", EVENTS, ids=lambda e: e.kind.name)
def test_an_event_comes_back(wanted: MarketEvent) -> None:
    code, found = decoded(flat_frame(wanted))
    depth = 0 if wanted.kind == EventKind.TRADE else 10
    assert (code, found) == (Code.OK, replace(wanted, depth=depth))
    assert decoded(flat_frame(wanted, 1))[1] == replace(wanted, depth=depth, instrument=0)


@pytest.mark.parametrize("wanted", EVENTS, ids=lambda e: e.kind.name)
def test_an_order_row_changes_nothing_of_its_event(wanted: MarketEvent) -> None:
    frame = flat_frame(wanted, 1, ADDED)
    assert len(frame) == len(flat_frame(wanted)) + ORDER.size
    assert decoded(frame) == decoded(flat_frame(wanted, 1))
    assert PLAIN.order(frame) == (0, ADDED)
    assert PLAIN.order(flat_frame(wanted)) is None
    assert PLAIN.order(frame[:-1]) is None
    assert PLAIN.order(flat_frame(wanted, 1, ADDED._replace(kind=3))) is None


def changed(frame: bytes, at: int, value: bytes) -> bytes:
    return frame[:at] + value + frame[at + len(value) :]


def test_a_lost_book_is_said() -> None:
    lost = MarketEvent(kind=EventKind.NONE, source=0, instrument=1, t_recv_ns=0, lost=1)
    assert decoded(clear_frame()) == (Code.FEED_GAP, lost)
    assert decoded(clear_frame(1)) == (Code.FEED_GAP, replace(lost, instrument=0))
    assert decoded(clear_frame() + bytes(16)) == (Code.FEED_TRUNCATED, None)
    assert decoded(clear_frame(2)) == (Code.FEED_UNKNOWN_SYMBOL, None)


BIG = (LIMITS["levels_per_frame_max"] + 1).to_bytes(4, "little")
REFUSED = [
    (flat_frame(DEPTH)[: HEAD.size - 1], Code.FEED_TRUNCATED),
    (flat_frame(DEPTH)[:-1], Code.FEED_TRUNCATED),
    (flat_frame(DEPTH) + b"\0", Code.FEED_TRUNCATED),
    (b"", Code.FEED_TRUNCATED),
    (changed(flat_frame(DEPTH), 0, b"X"), Code.FEED_SYNTAX),
    (changed(flat_frame(DEPTH), 6, b"\3"), Code.FEED_SYNTAX),
    (changed(flat_frame(DEPTH), 20, b"\2"), Code.FEED_SYNTAX),
    (changed(flat_frame(DEPTH), 20, b"\1"), Code.FEED_TRUNCATED),
    (changed(clear_frame(), 20, b"\1"), Code.FEED_TRUNCATED),
    (flat_frame(DEPTH, 0, ADDED)[:-1], Code.FEED_TRUNCATED),
    (flat_frame(DEPTH, 0, ADDED._replace(kind=15)), Code.FEED_RANGE),
    (flat_frame(TRADES, 0, ADDED._replace(kind=22)), Code.FEED_RANGE),
    (flat_frame(DEPTH, 0, ADDED._replace(side=3)), Code.FEED_RANGE),
    (flat_frame(DEPTH, 0, ADDED._replace(side=-1)), Code.FEED_RANGE),
    (flat_frame(DEPTH, 0, ADDED._replace(price_ticks=2**62 + 1)), Code.FEED_RANGE),
    (flat_frame(DEPTH, 0, ADDED._replace(quantity_lots=-1)), Code.FEED_RANGE),
    (changed(flat_frame(DEPTH), 4, b"\0"), Code.FEED_UNKNOWN_KIND),
    (changed(flat_frame(DEPTH), 4, b"\5"), Code.FEED_UNKNOWN_KIND),
    (flat_frame(DEPTH, 2), Code.FEED_UNKNOWN_SYMBOL),
    (flat_frame(DEPTH, -1), Code.FEED_UNKNOWN_SYMBOL),
    (changed(flat_frame(DEPTH), 12, BIG), Code.FEED_LEVELS),
    (changed(flat_frame(DEPTH), 16, b"\xff\xff\xff\xff"), Code.FEED_LEVELS),
    (flat_frame(replace(BBO, bids=[])), Code.FEED_RANGE),
    (flat_frame(replace(BBO, asks=[Level(0, 5)])), Code.FEED_RANGE),
    (flat_frame(replace(BBO, bids=[Level(2**62 + 1, 5)])), Code.FEED_RANGE),
    (flat_frame(replace(TRADES, trades=[])), Code.FEED_RANGE),
    (flat_frame(replace(TRADES, trades=[Trade(1, 1, 0, Side.BUY)])), Code.FEED_RANGE),
    (changed(flat_frame(TRADES), HEAD.size + 24, b"\2"), Code.FEED_RANGE),
    (changed(flat_frame(TRADES), HEAD.size + 28, b"\1"), Code.FEED_RANGE),
]


@pytest.mark.parametrize(("frame", "code"), REFUSED, ids=lambda v: getattr(v, "name", ""))
def test_what_is_none_is_refused(frame: bytes, code: Code) -> None:
    assert decoded(frame) == (code, None)


def test_decoders_agree_on_damaged_frames() -> None:
    """The handle lays frames where they end at the padding: most of them unaligned."""
    codes = set()
    whole = [flat_frame(e, 0, row) for e in EVENTS for row in (None, ADDED)]
    for frame in mutations([clear_frame(), *whole], FRAMES, 3):
        codes.add(decoded(frame)[0])
    assert {Code.OK, Code.FEED_TRUNCATED, Code.FEED_SYNTAX, Code.FEED_RANGE} <= codes
