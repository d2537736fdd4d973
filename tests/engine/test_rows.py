"""Frames to rows: the native front of the walk beside its plain twin, row by row."""

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from feed_frames import FrameDecoder, depth, frame, snapshot
from hypothesis import given
from hypothesis import strategies as st
from plain_rows import PlainDecoder
from store_frames import without
from support import RECORDINGS, config_of, require
from venues.coinbase.wire_frames import config_for as coinbase_config
from venues.coinbase.wire_frames import frame as numbered
from venues.coinbase.wire_frames import l2, update
from venues.kraken.kraken_frames import (
    START_NS,
    instrument,
    kraken_config,
    v1_frames,
    v1_wide_lines,
    v2_frames,
    wide_config,
)

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.setup import config_for, config_of_symbol
from tickpath.core.config import Config
from tickpath.core.records import Chain, EventKind
from tickpath.core.ticks import TICK_COLUMNS, OrderRow, Ticks, joined
from tickpath.engine.rows import Decoder
from tickpath.venues.sim.frames import Builder, Recording
from tickpath.venues.sim.generator import generate

NAME = "BTC-USD"
CHANGES = [l2("update", NAME, update("bid", f"{k}.00", "1")) for k in range(1, 5)]
FRAMES = 1000
"""Of a recording: the plain twin takes a thousand in a third of a second."""


def same(left: Ticks, right: Ticks) -> bool:
    return all(np.array_equal(left[name], right[name]) for name in TICK_COLUMNS)


def agree(native: Decoder, plain: PlainDecoder, rows: list[Ticks] | None = None) -> Ticks:
    """Rows, books and feed are equal; returns the rows of the first instrument."""
    found = [native.take(k) for k in range(len(native.config.instruments))]
    if rows is not None:
        found[0] = joined([*rows, found[0]])
    for k, ticks in enumerate(found):
        assert same(ticks, plain.take(k)), k
        assert ticks.whole_rows() == len(ticks)
    assert (native.lost, native.lifted) == (plain.lost, plain.lifted)
    assert [b.hash for b in native.books] == [b.hash for b in plain.books]
    assert native.feed.export_state() == plain.feed.export_state()
    return found[0]


def read(made: Recording, config: Config) -> Ticks:
    """The rows of a recording, native in chunks, beside those of the twin."""
    native, plain = Decoder(config), PlainDecoder(config)
    plain.read(0, made)
    at, rows = 0, []
    while at < len(made):
        at = native.read(0, made, at, 100)
        assert native.rows(0) >= 100 or at == len(made)
        rows.append(native.take(0))
    return agree(native, plain, rows)


def damaged(made: Recording, seed: int) -> Recording:
    """Without some frames, with a clock that goes back, and two connections that begin anew."""
    draw = random.Random(seed)
    cut = without(made, {draw.randrange(len(made)) for _ in range(8)})
    times = cut.t_ns.copy()
    times[len(cut) // 2 :] -= 10**9
    return replace(cut, t_ns=times, starts=(len(cut) // 3, len(cut) // 2))


@pytest.mark.parametrize("venue", ["binance-spot", "binance-usdm"])
def test_generated_frames_and_damaged_ones(venue: str) -> None:
    made = generate(seed=6, frames=FRAMES, venue=venue)
    whole = read(made, config_for(made))
    assert (whole["kind"] == EventKind.DEPTH).sum() > 300
    found = read(damaged(made, 4), config_for(made))
    assert (found["kind"] == OrderRow.CLEAR).any()


@pytest.mark.recordings
@pytest.mark.parametrize("name", ["spot_btcusdt_20240809", "usdm_btcusdt_20240808",
                                  "cm_btcusd_perp_20240808"])  # fmt: skip
def test_recorded_frames_and_damaged_ones(name: str) -> None:
    whole = read_recordings([require(RECORDINGS / f"{name}.gz")])
    made = without(whole, set(range(FRAMES, len(whole))))
    config = config_of_symbol(made.venue, made.symbol)
    assert len(read(made, config)) > FRAMES // 2
    read(damaged(made, 5), config)


@pytest.mark.recordings
@pytest.mark.parametrize("case", ["v2", "v1", "v1 ten pairs"])
def test_bounded_books_of_a_recording(case: str) -> None:
    """Levels that fall out are said; a wrong checksum loses the book."""
    config, frames = {
        "v2": lambda: (kraken_config(), v2_frames()),
        "v1": lambda: (kraken_config(instrument("XBT/USD", "0.00001")), v1_frames()),
        "v1 ten pairs": lambda: (wide_config(), [f for _, f in v1_wide_lines()][:150]),
    }[case]()
    native, plain = Decoder(config), PlainDecoder(config)
    for k, data in enumerate([*frames, *frames[100:110]]):
        t_ns = START_NS + k * 1_000_000
        assert native.frame(0, data, t_ns) == plain.frame(0, data, t_ns)
    assert native.lost > 0 or case == "v1 ten pairs"
    assert agree(native, plain)["kind"].size


LEVELS = st.lists(st.tuples(st.integers(95, 105), st.integers(0, 3)), max_size=4)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["depth", "gap", "snapshot", "restart"]), LEVELS, LEVELS,
              st.sampled_from([0, 2, 3])),
    max_size=20,
)  # fmt: skip


@given(EVENTS)
def test_any_small_stream_gives_the_rows_of_the_twin(events: list[Any]) -> None:
    config = config_of()
    native, plain = Decoder(config, [FrameDecoder()]), PlainDecoder(config, [FrameDecoder()])
    for at, (what, bids, asks, bound) in enumerate(events, 1):
        more = {"bids": bids, "asks": asks, "depth": bound}
        if bound:
            more["chained"] = int(Chain.NONE)
        if what == "restart":
            assert native.restart(0) == plain.restart(0)
            continue
        if what == "snapshot":
            data = frame(EventKind.SNAPSHOT, last_id=at, **more)
        else:
            data = depth(at + (what == "gap"), at + (what == "gap"), **more)
        assert native.frame(0, data, 10 + at) == plain.frame(0, data, 10 + at)
    agree(native, plain)


@pytest.mark.parametrize(("first", "lost"), [(3, 0), (0, 1), (5, 1)])
def test_a_second_file_goes_on_with_a_numbered_session_or_begins_one(first: int, lost: int) -> None:
    config = coinbase_config(products=((NAME, "0.01", "0.00000001"),))
    whole = l2("snapshot", NAME, update("bid", "9.00", "1"), update("offer", "11.00", "2"))
    files = []
    for events, number in (([whole, *CHANGES[:2]], 0), ([whole, *CHANGES[2:]], first)):
        made = Builder()
        for k, event in enumerate(events, number):
            made.add(1000 + k, numbered("l2_data", event, sequence=k))
        files.append(made.build("coinbase", NAME))
    native, plain = Decoder(config), PlainDecoder(config)
    for part, continues in zip(files, (False, True), strict=True):
        plain.read(0, part, continues)
        at = 0
        while at < len(part):
            at = native.read(0, part, at, 1000, continues)
    agree(native, plain)
    assert native.lost == lost


def test_a_source_that_is_none_and_a_frame_too_long_are_told_by_code() -> None:
    config = config_of()
    native, plain = Decoder(config, [FrameDecoder()]), PlainDecoder(config, [FrameDecoder()])
    for source, data in ((3, snapshot(1)), (0, b"x" * (1 << 21))):
        assert native.frame(source, data, 5) == plain.frame(source, data, 5) != 0
    assert native.restart(7) == plain.restart(7) != 0
    with pytest.raises(IndexError, match="instrument 1 of 1"):
        native.take(1)
    agree(native, plain)


def test_what_a_decoder_raises_reaches_the_caller() -> None:
    decoder = Decoder(config_of(), [FrameDecoder()])
    with pytest.raises(ValueError, match="Expecting"):
        decoder.frame(0, b"no frame", 5)
