"""Recordings to columns to frames: nothing is lost on the way, and bad rows are named."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import RECORDINGS, btcusdt, config_of, require

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.backend import Backend
from tickpath.core.config import Source
from tickpath.core.errors import DataError
from tickpath.core.records import Chain, EventKind, Level, MarketEvent, Side, Trade
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, OrderRow, Ticks, ticks_of
from tickpath.venues.base import source_module
from tickpath.venues.flat import wire
from tickpath.venues.flat.frames import flat_recording, ticks_of_recording
from tickpath.venues.flat.native import MarketDecoder
from tickpath.venues.sim.frames import Builder

CONFIG = config_of(btcusdt())
FLAT = config_of(btcusdt(), sources=(Source(name="flat", venue=0, instruments=(0,), wire="flat"),))
IDS = st.integers(0, 2**62)
LEVELS = st.lists(st.builds(Level, st.integers(1, 2**40), st.integers(0, 2**40)), max_size=4)
SIZES = st.integers(1, 2**40)


@st.composite
def market_events(draw: st.DrawFn) -> MarketEvent:
    kind = draw(st.sampled_from([EventKind.DEPTH, EventKind.SNAPSHOT, EventKind.BBO,
                                 EventKind.TRADE]))  # fmt: skip
    made = MarketEvent(
        kind=kind, source=0, instrument=0, t_recv_ns=0, t_venue_ns=draw(IDS),
        first_id=draw(IDS), last_id=draw(IDS), prev_id=draw(IDS),
        chained=draw(st.sampled_from(Chain)),
    )  # fmt: skip
    if kind == EventKind.TRADE:
        trade = st.builds(Trade, IDS, SIZES, SIZES, st.sampled_from(Side))
        made.trades = draw(st.lists(trade, min_size=1, max_size=3))
        made.last_id = made.trades[-1].trade_id
    elif kind == EventKind.BBO:
        made.bids, made.asks = [Level(draw(SIZES), 5)], [Level(draw(SIZES), 6)]
    else:
        made.bids, made.asks = draw(LEVELS), draw(LEVELS)
    return made


@given(st.lists(market_events(), max_size=12))
def test_events_come_back_through_columns(events: list[MarketEvent]) -> None:
    builder = Builder()
    for k, event in enumerate(events):
        builder.add(1000 + k, wire.flat_frame(event))
    recording = builder.build("binance-spot", "BTCUSDT")
    ticks, codes = ticks_of_recording(recording, FLAT, MarketDecoder(FLAT, 0))
    again = flat_recording("binance-spot", "BTCUSDT", ticks)
    assert codes == ({0: len(events)} if events else {})
    assert ticks.events() == len(again) == len(events)
    assert again.t_ns.tolist() == recording.t_ns.tolist()
    assert again.t_venue_ns.tolist() == [event.t_venue_ns for event in events]
    for k, wanted in enumerate(events):
        start, size = int(again.offsets[k]), int(again.sizes[k])
        assert start % 8 == 0
        assert wire.MarketDecoder(FLAT, 0).decode(bytes(again.blob[start : start + size])) == (
            0, wanted,
        )  # fmt: skip


def test_levels_of_both_sides_may_lie_mixed() -> None:
    ticks = ticks_of(
        kind=EventKind.DEPTH, side=[1, 0, 1, 0], price_ticks=[11, 9, 12, 8], quantity_lots=1,
        flags=[0, 0, 0, LAST | Chain.NONE << CHAIN_SHIFT],
    )  # fmt: skip
    made = flat_recording("binance-spot", "BTCUSDT", ticks)
    _, event = wire.MarketDecoder(FLAT, 0).decode(bytes(made.blob[: made.sizes[0]]))
    assert event is not None
    assert [level.price_ticks for level in event.bids] == [9, 8]
    assert [level.price_ticks for level in event.asks] == [11, 12]
    assert event.chained == Chain.NONE


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        ({"kind": [1, 2], "flags": [0, LAST]}, 1),
        ({"kind": [1, 1], "flags": [LAST, 0]}, 1),
        ({"kind": [16]}, 0),
        ({"kind": [1], "side": [3]}, 0),
        ({"kind": [4], "side": [NO_SIDE]}, 0),
        ({"kind": [1, 1], "side": [0, NO_SIDE], "flags": [0, LAST]}, 1),
    ],
)
def test_rows_that_are_no_event_are_named(columns: dict[str, list[int]], row: int) -> None:
    with pytest.raises(DataError, match=f"row {row} "):
        flat_recording("binance-spot", "BTCUSDT", ticks_of(**columns))


def test_a_lost_book_stays_one() -> None:
    rows = ticks_of(kind=OrderRow.CLEAR, side=[NO_SIDE], t_recv_ns=5)
    made = flat_recording("binance-spot", "BTCUSDT", rows)
    assert bytes(made.blob[: made.sizes[0]]) == wire.clear_frame()
    with pytest.raises(DataError, match="row 0 "):
        flat_recording("binance-spot", "BTCUSDT", ticks_of(kind=[OrderRow.CLEAR]))


def test_too_many_levels_are_refused() -> None:
    rows = 10_001
    ticks = ticks_of(
        kind=1, price_ticks=np.arange(1, rows + 1), flags=np.eye(1, rows, rows - 1, dtype=int)[0]
    )
    with pytest.raises(DataError, match="levels_per_frame_max"):
        flat_recording("binance-spot", "BTCUSDT", ticks)


def test_nothing_makes_nothing() -> None:
    assert len(flat_recording("binance-spot", "BTCUSDT", ticks_of(kind=[]))) == 0


@pytest.mark.recordings
@pytest.mark.parametrize("name", ["spot_btcusdt_20240808.gz", "cm_btcusd_perp_20240808.gz"])
def test_a_recording_decides_alike_as_events(name: str) -> None:
    recording = read_recordings([require(Path(RECORDINGS) / name)])
    config = config_for(recording, strategy="imbalance_maker")
    decoder = source_module(config, 0, Backend.NATIVE).MarketDecoder(config, 0)
    ticks, codes = ticks_of_recording(recording, config, decoder)
    assert codes == {0: len(recording)}
    events = flat_recording(recording.venue, recording.symbol, Ticks(ticks.columns))
    options = Options(measure=False, direct_orders=True)
    found = [
        Backtest(config_for(r, strategy="imbalance_maker"), r, options).run()
        for r in (recording, events)
    ]
    assert found[0].decisions_hash == found[1].decisions_hash
    assert found[0].state_hash == found[1].state_hash
    assert found[0].orders > 1000
