"""Recordings and journals as rows: what the walk took, in its order, nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from feed_frames import FrameDecoder, depth, frame, snapshot, trade
from support import RECORDINGS, config_of, require

pytest.importorskip("pyarrow", reason="extra `store` is not installed")

from store_frames import rows_of, walk, without
from store_rows import same, store_at

from tickpath.backtest.recording import read_recordings, write_recording
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for, config_of_symbol
from tickpath.core.codes import Code
from tickpath.core.errors import ConfigError, JournalError
from tickpath.core.records import Chain, EventKind
from tickpath.core.ticks import OrderRow, Ticks, joined
from tickpath.lanes.journal_reader import JournalReader
from tickpath.storage.decode import Decoder, ticks_of_journal, ticks_of_recording
from tickpath.storage.rebuild import Rebuilder, market_events
from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.generator import generate


def book_of(recording: Recording, rows: Ticks) -> int:
    """The hash of the book that the rows build."""
    rebuilt = Rebuilder(config_for(recording), [])
    rebuilt.take(rows)
    return int(rebuilt.book.hash)


@pytest.mark.parametrize("venue", ["binance-spot", "binance-usdm"])
def test_the_rows_build_the_book_of_the_walk(venue: str) -> None:
    made = generate(seed=3, frames=3000, venue=venue)
    rows = rows_of(made)
    engine = walk(made)
    assert book_of(made, rows) == engine.stages.books[0].hash != 0
    assert rows.whole_rows() == len(rows)
    events = list(market_events(rows))
    at = {e.t_recv_ns for e in events if e.kind == EventKind.SNAPSHOT}
    released = sum(e.kind == EventKind.DEPTH and e.t_recv_ns in at for e in events)
    assert len(events) == rows.events() == engine.codes[0] + released
    assert (np.diff(rows["t_recv_ns"]) >= 0).all()


def test_a_gap_clears_the_book_until_a_snapshot() -> None:
    made = generate(seed=3, frames=4000)
    whole = rows_of(made)
    cut = without(made, set(range(2000, 2100)))
    rows = rows_of(cut)
    lost = rows["kind"] == OrderRow.CLEAR
    assert lost.sum() >= 1
    assert len(rows) < len(whole)
    after = np.flatnonzero(lost)[0]
    kinds = rows["kind"][after + 1 :]
    snapshots = np.flatnonzero(kinds == EventKind.SNAPSHOT)
    until = snapshots[0] if len(snapshots) else len(kinds)
    assert not (kinds[:until] == EventKind.DEPTH).any()
    assert book_of(cut, rows) == walk(cut).stages.books[0].hash


def test_chunks_do_not_change_the_rows_and_files_go_on(tmp_path: Path) -> None:
    made = generate(seed=4, frames=2000)
    whole = rows_of(made)
    assert same(rows_of(made, rows=7), whole)
    first, second = without(made, set(range(1000, 2100))), without(made, set(range(1000)))
    decoder = Decoder(config_for(made))
    parts = [*ticks_of_recording(first, decoder.config, decoder)]
    parts += ticks_of_recording(second, decoder.config, decoder, continues=True)
    assert same(joined(parts), whole)


def made_decoder() -> Decoder:
    """A decoder whose venue speaks the small JSON of the feed's tests."""
    return Decoder(config_of(), [FrameDecoder()])


def levels_of(ticks: Ticks) -> list[tuple[int, int, int]]:
    """(side, price, quantity) of every row."""
    return [tuple(map(int, row)) for row in zip(ticks["side"], ticks["price_ticks"],
                                                ticks["quantity_lots"], strict=True)]  # fmt: skip


def test_levels_that_fall_out_of_a_bounded_book_are_said_in_the_rows() -> None:
    decoder = made_decoder()
    none = {"chained": int(Chain.NONE), "depth": 2}
    sides = {"bids": [(99, 5), (98, 4)], "asks": [(101, 6), (102, 7)]}
    decoder.frame(0, frame(EventKind.SNAPSHOT, last_id=1, **sides, **none), 10)
    decoder.take(0)
    decoder.frame(0, depth(0, 2, bids=[(100, 1)], asks=[(103, 9), (101, 0)], **none), 11)
    found = decoder.take(0)
    assert levels_of(found) == [(0, 100, 1), (0, 98, 0), (1, 103, 9), (1, 101, 0)]
    decoder.frame(0, depth(0, 3, bids=[(97, 3)], asks=[], **none), 12)
    assert levels_of(decoder.take(0)) == [(2, 0, 0)]
    assert decoder.books[0].depth(0, 9) == [(100, 1), (99, 5)]


def test_a_lost_book_is_an_event_of_its_own() -> None:
    decoder = made_decoder()
    decoder.frame(0, snapshot(1), 10)
    decoder.frame(0, depth(2, 2), 11)
    assert decoder.frame(0, depth(9, 9), 12) == Code.FEED_GAP
    decoder.frame(0, trade(1), 13)
    kinds = decoder.take(0)["kind"].tolist()
    assert kinds[-2:] == [OrderRow.CLEAR, EventKind.TRADE]
    decoder.frame(0, snapshot(8), 14)
    rows = decoder.take(0)
    assert rows["t_recv_ns"].tolist() == [14] * len(rows)
    assert rows["kind"].tolist()[-1] == EventKind.DEPTH
    decoder.restart(0)
    assert decoder.take(0)["kind"].tolist() == [OrderRow.CLEAR]
    assert decoder.lost == 2


def test_a_journal_gives_the_rows_of_its_recording(tmp_path: Path) -> None:
    made = generate(seed=5, frames=1500)
    config = config_for(made, strategy="imbalance_maker")
    Backtest(config, made, Options(journal=tmp_path)).run()
    found = [c.ticks for c in ticks_of_journal(JournalReader(tmp_path), "j", rows=100)]
    assert same(joined(found), rows_of(made))


def test_a_journal_without_its_configuration_is_refused() -> None:
    record = type("R", (), {"kind": 1, "payload": bytes(16), "t_recv_ns": 1})
    with pytest.raises(JournalError, match="old/journal: does not begin with its configuration"):
        list(ticks_of_journal([record], "old/journal"))


def test_a_recording_of_another_symbol_is_refused() -> None:
    made = generate(seed=5, frames=50)
    config = config_of_symbol("binance-usdm", "BTCUSDT")
    with pytest.raises(ConfigError, match="no source of binance-spot:BTCUSDT"):
        list(ticks_of_recording(made, config))


def test_times_that_go_back_are_lifted(tmp_path: Path) -> None:
    made = generate(seed=5, frames=300)
    times = made.t_ns.copy()
    times[100:] -= 10**9
    rows = rows_of(replace(made, t_ns=times))
    assert (np.diff(rows["t_recv_ns"]) >= 0).all()
    assert rows["t_recv_ns"].max() <= times.max()


@pytest.mark.recordings
def test_two_recorded_days_are_one_session(tmp_path: Path) -> None:
    paths = [require(RECORDINGS / f"spot_btcusdt_2024080{k}.gz") for k in (8, 9)]
    made = without(read_recordings(paths[:1]), set(range(3000, 10**6)))
    write_recording(made, tmp_path / "a.gz")
    store = store_at(tmp_path)
    read = read_recordings([tmp_path / "a.gz"])
    config = config_for(read)
    stream = ticks_of_recording(read, config)
    done = store.write(read.venue, read.symbol, stream, instrument=config.instruments[0])
    assert done.rows > 3000
    table = store.read(read.venue, read.symbol)
    assert table.num_rows == done.rows
    assert book_of(read, joined(list(store.events(read.venue, read.symbol)))) == (
        walk(read).stages.books[0].hash
    )
