"""What every backend of the feed does."""

from collections.abc import Callable
from typing import Any

import pytest
from feed_frames import (
    FrameDecoder,
    bad,
    bbo,
    chained,
    depth,
    frame,
    joined,
    plain,
    snapshot,
    trade,
)
from support import btcusdt, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import Chain, EventKind

Make = Callable[[], Any]


@pytest.fixture(params=["reference", "native"])
def make(request: pytest.FixtureRequest) -> Make:
    module = load("feed", Backend(request.param))
    config = config_of(btcusdt(), btcusdt(symbol="ETHUSDT"))
    return lambda: module.Feed(config, [FrameDecoder(), FrameDecoder()])


def send(feed: Any, *frames: bytes) -> list[int]:
    """Codes of these frames on source 0."""
    return [feed.on_frame(0, data, 10 + k)[0] for k, data in enumerate(frames)]


def synced(make: Make, last_id: int = 100) -> Any:
    feed = make()
    assert send(feed, snapshot(last_id)) == [Code.OK]
    return feed


def test_spot_of_three_buffered_only_one_is_still_needed(make: Make) -> None:
    feed = make()
    waits = [depth(189, 202), depth(203, 207), depth(208, 224)]
    assert send(feed, *waits) == [Code.FEED_BUFFERED] * 3
    assert feed.waiting(0)
    code, events = feed.on_frame(0, snapshot(218), 99)
    assert code == Code.OK
    assert [(e.kind, e.last_id) for e in events] == [
        (EventKind.SNAPSHOT, 218),
        (EventKind.DEPTH, 224),
    ]
    assert [e.t_recv_ns for e in events] == [99, 99]
    assert events[1].bids == [(100, 224)]
    assert not feed.waiting(0)
    assert send(feed, depth(225, 237)) == [Code.OK]


@pytest.mark.parametrize(("last_id", "kept"), [(200, 0), (199, 1), (189, 1), (188, 2), (179, 2)])
def test_spot_border_of_what_the_snapshot_holds(make: Make, last_id: int, kept: int) -> None:
    feed = make()
    send(feed, depth(180, 189), depth(190, 200))
    code, events = feed.on_frame(0, snapshot(last_id), 0)
    assert code == Code.OK
    assert len(events) == 1 + kept
    assert send(feed, depth(201, 203)) == [Code.OK]


def test_a_snapshot_older_than_the_first_buffered_event(make: Make) -> None:
    feed = make()
    send(feed, depth(180, 189))
    assert send(feed, snapshot(178)) == [Code.FEED_SNAPSHOT_OLD]
    assert feed.waiting(0)
    assert send(feed, depth(190, 195), snapshot(192)) == [Code.FEED_BUFFERED, Code.OK]
    assert send(feed, depth(196, 197)) == [Code.OK]


@pytest.mark.parametrize(("last_id", "kept"), [(220, 1), (219, 1), (210, 2), (209, 2), (201, 2)])
def test_chained_border_of_what_the_snapshot_holds(make: Make, last_id: int, kept: int) -> None:
    """pu 200 u 210, pu 210 u 220: an event that ends at the snapshot's id is kept."""
    feed = make()
    send(feed, chained(190, 200), chained(200, 210), chained(210, 220))
    code, events = feed.on_frame(0, snapshot(last_id), 0)
    assert code == Code.OK
    assert [e.prev_id for e in events[1:]] == [210, 200][:kept][::-1]
    assert send(feed, chained(220, 230)) == [Code.OK]


def test_chained_first_event_must_reach_back(make: Make) -> None:
    feed = make()
    send(feed, chained(200, 210))
    assert send(feed, snapshot(199)) == [Code.FEED_SNAPSHOT_OLD]
    assert send(feed, snapshot(200)) == [Code.OK]


def test_chained_straddles_the_snapshot_once(make: Make) -> None:
    feed = synced(make)
    stale, straddles = chained(80, 90), chained(90, 110)
    assert send(feed, stale, straddles) == [Code.FEED_STALE_ID, Code.OK]
    assert send(feed, chained(109, 120)) == [Code.FEED_GAP]


def test_chained_gap_right_after_the_snapshot(make: Make) -> None:
    feed = synced(make)
    assert send(feed, chained(101, 110)) == [Code.FEED_GAP]
    assert feed.waiting(0)


def test_chained_repeats_are_stale(make: Make) -> None:
    feed = synced(make)
    assert send(feed, chained(100, 110), chained(100, 110)) == [Code.OK, Code.FEED_STALE_ID]
    assert send(feed, chained(110, 111)) == [Code.OK]


def test_spot_overlap_passes_and_repeats_are_stale(make: Make) -> None:
    feed = synced(make)
    assert send(feed, depth(90, 100), depth(95, 101)) == [Code.FEED_STALE_ID, Code.OK]
    assert send(feed, depth(102, 103), depth(103, 104)) == [Code.OK, Code.OK]


def test_a_gap_waits_and_keeps_its_own_event(make: Make) -> None:
    feed = synced(make)
    assert send(feed, depth(102, 105)) == [Code.FEED_GAP]
    assert feed.last_instrument == 0
    assert feed.waiting(0)
    assert send(feed, depth(106, 107)) == [Code.FEED_BUFFERED]
    code, events = feed.on_frame(0, snapshot(103), 0)
    assert code == Code.OK
    assert [e.last_id for e in events] == [103, 105, 107]


def test_a_gap_among_the_buffered_starts_the_buffer_anew(make: Make) -> None:
    feed = make()
    codes = send(feed, depth(1, 5), depth(7, 9), depth(7, 9), depth(10, 12))
    assert codes == [
        Code.FEED_BUFFERED, Code.FEED_GAP, Code.FEED_STALE_ID, Code.FEED_BUFFERED
    ]  # fmt: skip
    assert send(feed, snapshot(4)) == [Code.FEED_SNAPSHOT_OLD]
    _, events = feed.on_frame(0, snapshot(6), 0)
    assert [e.last_id for e in events] == [6, 9, 12]


def test_a_snapshot_while_synced(make: Make) -> None:
    feed = synced(make)
    send(feed, depth(101, 110))
    before = feed.export_state()
    assert send(feed, snapshot(109), snapshot(110)) == [Code.FEED_SNAPSHOT_OLD] * 2
    assert before != feed.export_state()
    assert send(feed, depth(111, 112)) == [Code.OK]
    code, events = feed.on_frame(0, snapshot(115), 0)
    assert (code, len(events)) == (Code.OK, 1)
    assert send(feed, depth(113, 115), depth(114, 116)) == [Code.FEED_STALE_ID, Code.OK]


def test_invalidate_waits_for_a_snapshot(make: Make) -> None:
    feed = synced(make)
    feed.invalidate(0)
    assert feed.waiting(0)
    assert send(feed, depth(101, 102), snapshot(101)) == [Code.FEED_BUFFERED, Code.OK]


def test_too_many_events_before_a_snapshot(make: Make) -> None:
    feed = make()
    most = LIMITS["presnapshot_events_max"]
    codes = send(feed, *(depth(k, k) for k in range(1, most + 2)))
    assert codes == [Code.FEED_BUFFERED] * most + [Code.FEED_BUFFER_FULL]
    assert send(feed, snapshot(most - 1)) == [Code.FEED_SNAPSHOT_OLD]
    _, events = feed.on_frame(0, snapshot(most), 0)
    assert [e.last_id for e in events] == [most, most + 1]


def test_too_many_levels_before_a_snapshot(make: Make) -> None:
    feed = make()
    side = LIMITS["levels_per_frame_max"]
    levels = [(1, 1)] * side
    fits = LIMITS["presnapshot_levels_max"] // (2 * side)
    frames = [depth(k, k, bids=levels, asks=levels) for k in range(1, fits + 2)]
    assert send(feed, *frames) == [Code.FEED_BUFFERED] * fits + [Code.FEED_BUFFER_FULL]


def test_bbo_passes_unless_older(make: Make) -> None:
    feed = make()
    assert send(feed, bbo(5), bbo(5), bbo(4), bbo(6)) == [
        Code.OK, Code.OK, Code.FEED_STALE_ID, Code.OK
    ]  # fmt: skip
    _, events = feed.on_frame(0, bbo(7), 42)
    assert events[0].bids == [(99, 5)]
    assert events[0].t_recv_ns == 42


def test_trades_pass_always(make: Make) -> None:
    feed = make()
    code, events = feed.on_frame(1, trade(3), 7)
    assert code == Code.OK
    assert events[0].trades == [(3, 100, 3, 1)]
    assert events[0].source == 1
    assert send(feed, trade(3), trade(2)) == [Code.OK, Code.OK]


def test_instruments_do_not_mix(make: Make) -> None:
    feed = synced(make)
    assert send(feed, depth(500, 501, instrument=1)) == [Code.FEED_BUFFERED]
    assert feed.last_instrument == 1
    assert send(feed, depth(101, 102)) == [Code.OK]
    assert send(feed, snapshot(500, instrument=1), depth(103, 104)) == [Code.OK, Code.OK]


def test_what_the_decoder_refuses_is_counted(make: Make) -> None:
    feed = synced(make)
    frames = [bad(Code.FEED_OFF_GRID), bad(Code.FEED_SYNTAX, None), bad(Code.FEED_OFF_GRID, 1)]
    assert send(feed, *frames) == [Code.FEED_OFF_GRID, Code.FEED_SYNTAX, Code.FEED_OFF_GRID]
    assert feed.counters(0) == {Code.OK: 1, Code.FEED_OFF_GRID: 1}
    assert feed.counters(1) == {Code.FEED_OFF_GRID: 1}
    assert feed.counters(-1) == {Code.FEED_SYNTAX: 1}
    assert not feed.waiting(0)


def test_frames_of_nobody(make: Make) -> None:
    feed = make()
    assert feed.on_frame(2, trade(1), 0) == (Code.FEED_UNKNOWN_SOURCE, [])
    assert feed.on_frame(-1, trade(1), 0) == (Code.FEED_UNKNOWN_SOURCE, [])
    assert feed.last_instrument == -1
    assert send(feed, trade(1, instrument=2)) == [Code.FEED_UNKNOWN_SYMBOL]
    assert send(feed, b" " * (LIMITS["frame_bytes_max"] + 1)) == [Code.FEED_OVERSIZED]
    assert send(feed, frame(EventKind.STATUS)) == [Code.FEED_UNKNOWN_KIND]
    assert feed.last_instrument == 0
    assert feed.counters(-1)[Code.FEED_UNKNOWN_SOURCE] == 2


def test_state_goes_round(make: Make) -> None:
    feed, other = make(), make()
    send(feed, snapshot(5, instrument=1), depth(1, 5), depth(6, 9, asks=[(7, 8)]), bbo(3))
    send(feed, bad(Code.FEED_SYNTAX, None), chained(5, 9, instrument=1))
    other.import_state(feed.export_state())
    assert other.export_state() == feed.export_state()
    assert other.counters(0) == feed.counters(0)
    assert other.last_instrument == feed.last_instrument == 1
    answers = [f.on_frame(0, snapshot(5), 44) for f in (feed, other)]
    assert answers[0] == answers[1]
    assert len(answers[0][1]) == 2


def test_trades_and_bests_without_ids(make: Make) -> None:
    feed = make()
    ids = (5, 5, 4, 6)
    trades = [plain(EventKind.TRADE, bids=[], trades=[(k, 100, 3, 1)], last_id=k) for k in ids]
    assert send(feed, *trades) == [Code.OK, Code.FEED_STALE_ID, Code.FEED_STALE_ID, Code.OK]
    sides = {"bids": [(99, 5)], "asks": [(101, 6)]}
    assert send(feed, *(plain(EventKind.BBO, last_id=k, **sides) for k in ids)) == [Code.OK] * 4


def rest(feed: Any) -> list[tuple[int, list[int]]]:
    """Code and kinds of every further event of the frame in hand."""
    found = []
    while (item := feed.on_next()) is not None:
        found.append((item[0], [e.kind for e in item[1]]))
    return found


def test_events_without_ids_follow_their_snapshot(make: Make) -> None:
    feed = make()
    assert send(feed, plain(EventKind.DEPTH)) == [Code.FEED_UNSYNCED]
    assert feed.waiting(0)
    again = [plain(EventKind.SNAPSHOT), plain(EventKind.DEPTH)] * 2
    assert send(feed, *again) == [Code.OK] * 4
    feed.invalidate(0)
    assert send(feed, *again[1:]) == [Code.FEED_UNSYNCED, Code.OK, Code.OK]


def test_a_frame_of_several_events_gives_them_one_by_one(make: Make) -> None:
    feed = make()
    parts = [trade(1), bad(Code.FEED_OFF_GRID), snapshot(9, 1), depth(10, 11, 1)]
    code, events = feed.on_frame(0, joined(*parts), 77)
    assert (code, events[0].kind) == (Code.OK, EventKind.TRADE)
    assert rest(feed) == [
        (Code.FEED_OFF_GRID, []), (Code.OK, [EventKind.SNAPSHOT]), (Code.OK, [EventKind.DEPTH])
    ]  # fmt: skip
    assert feed.counters(0) == {Code.OK: 1, Code.FEED_OFF_GRID: 1}
    assert feed.counters(1) == {Code.OK: 2}
    assert feed.on_next() is None
    feed.on_frame(0, joined(trade(1), trade(2)), 78)
    assert send(feed, trade(3)) == [Code.OK]
    assert rest(feed) == []


def test_events_of_a_frame_have_its_stamp_and_source(make: Make) -> None:
    feed = make()
    feed.on_frame(1, joined(trade(1), trade(2)), 77)
    (event,) = feed.on_next()[1]
    assert (event.source, event.t_recv_ns, event.trades[0].trade_id) == (1, 77, 2)


def test_a_snapshot_within_a_frame_lets_the_buffer_out(make: Make) -> None:
    feed = make()
    assert send(feed, depth(101, 102)) == [Code.FEED_BUFFERED]
    feed.on_frame(0, joined(trade(1), snapshot(100), trade(2)), 5)
    assert rest(feed) == [
        (Code.OK, [EventKind.SNAPSHOT, EventKind.DEPTH]), (Code.OK, [EventKind.TRADE])
    ]  # fmt: skip


def numbered(number: int, *frames: bytes) -> bytes:
    return joined(*frames, sequence=number)


def test_a_hole_in_the_numbers_of_a_connection_loses_its_books(make: Make) -> None:
    feed = make()
    for k in (0, 1):
        assert send(feed, numbered(k, plain(EventKind.SNAPSHOT, k))) == [Code.OK]
    assert send(feed, numbered(1, trade(1)), numbered(0, trade(1))) == [Code.FEED_STALE_ID] * 2
    assert (feed.lost, rest(feed)) == ([], [])
    assert send(feed, numbered(3, trade(1), trade(2))) == [Code.FEED_GAP]
    assert (feed.lost, rest(feed)) == ([0, 1], [])
    assert feed.waiting(0)
    assert feed.waiting(1)
    assert send(feed, numbered(4, plain(EventKind.SNAPSHOT, 1))) == [Code.OK]
    assert (feed.lost, feed.waiting(0), feed.waiting(1)) == ([], True, False)
    assert send(feed, trade(9), numbered(5, trade(9))) == [Code.OK, Code.OK]


def test_a_hole_loses_only_books_that_the_connection_feeds(make: Make) -> None:
    feed = make()
    feed.on_frame(1, numbered(0, plain(EventKind.SNAPSHOT, 1)), 0)
    feed.on_frame(0, numbered(7, plain(EventKind.SNAPSHOT, 0)), 0)
    assert feed.on_frame(1, numbered(2, trade(1, 1)), 0)[0] == Code.FEED_GAP
    assert feed.lost == [1]
    assert not feed.waiting(0)


def test_a_refused_change_without_ids_loses_its_book(make: Make) -> None:
    feed = make()
    for k in (0, 1):
        send(feed, plain(EventKind.SNAPSHOT, k))
    assert send(feed, bad(Code.FEED_OFF_GRID, 1)) == [Code.FEED_OFF_GRID]
    assert feed.lost == []
    assert send(feed, bad(Code.FEED_OFF_GRID, 1, lost=1)) == [Code.FEED_OFF_GRID]
    assert (feed.lost, feed.waiting(0), feed.waiting(1)) == ([1], False, True)
    assert send(feed, bad(Code.FEED_SYNTAX, None, lost=1)) == [Code.FEED_SYNTAX]
    assert (feed.lost, feed.waiting(0)) == ([0], True)
    assert feed.counters(-1) == {Code.FEED_SYNTAX: 1}


def test_changes_of_another_source_than_the_snapshots_do_not_pass(make: Make) -> None:
    feed = make()
    feed.on_frame(0, plain(EventKind.SNAPSHOT), 0)
    change = plain(EventKind.DEPTH)
    assert [feed.on_frame(k, change, 0)[0] for k in (0, 1, 0)] == [
        Code.OK, Code.FEED_UNSYNCED, Code.OK
    ]  # fmt: skip
    feed.on_frame(1, plain(EventKind.SNAPSHOT), 0)
    assert [feed.on_frame(k, change, 0)[0] for k in (0, 1)] == [Code.FEED_UNSYNCED, Code.OK]
    assert not feed.waiting(0)


def test_a_gap_names_what_it_lost(make: Make) -> None:
    feed = synced(make)
    assert send(feed, depth(102, 105)) == [Code.FEED_GAP]
    assert feed.lost == [0]


def test_a_connection_begins_anew(make: Make) -> None:
    feed = make()
    send(feed, numbered(5, plain(EventKind.SNAPSHOT)))
    assert feed.restart(0) == Code.OK
    assert (feed.lost, feed.waiting(0)) == ([0], True)
    assert send(feed, numbered(0, plain(EventKind.SNAPSHOT))) == [Code.OK]
    assert feed.restart(1) == Code.OK
    assert feed.lost == []
    assert [feed.restart(k) for k in (-1, 2)] == [Code.FEED_UNKNOWN_SOURCE] * 2


def test_state_holds_the_numbers_of_connections(make: Make) -> None:
    feed, other = make(), make()
    send(feed, numbered(5, plain(EventKind.SNAPSHOT)))
    other.import_state(feed.export_state())
    assert other.export_state() == feed.export_state()
    for f in (feed, other):
        assert send(f, numbered(7, trade(1))) == [Code.FEED_GAP]
        assert f.lost == [0]


@pytest.mark.parametrize(
    "damage", [lambda d: d[:-1], lambda d: b"\1" + d[1:], lambda d: b"", lambda d: d + b"x"]
)
def test_damaged_state_is_refused(make: Make, damage: Callable[[bytes], bytes]) -> None:
    feed = make()
    send(feed, depth(1, 5))
    with pytest.raises(DataError, match="export"):
        make().import_state(damage(feed.export_state()))


def test_one_decoder_a_source(make: Make) -> None:
    with pytest.raises(ConfigError, match="one each"):
        type(make())(config_of(), [])


def test_what_a_decoder_raises_reaches_the_caller(make: Make) -> None:
    with pytest.raises(ValueError, match="Expecting"):
        make().on_frame(0, b"not json", 0)


def test_changes_without_ids_pass_after_a_snapshot(make: Make) -> None:
    feed = make()
    change, whole = depth(0, 0, chained=Chain.NONE), snapshot(0, chained=Chain.NONE)
    assert send(feed, change, whole, change, change) == [
        Code.FEED_UNSYNCED, Code.OK, Code.OK, Code.OK
    ]  # fmt: skip
    assert send(feed, whole) == [Code.OK]
    feed.invalidate(0)
    assert feed.waiting(0)
    assert send(feed, change) == [Code.FEED_UNSYNCED]
    code, events = feed.on_frame(0, whole, 9)
    assert (code, len(events)) == (Code.OK, 1)
    assert not feed.waiting(0)


def test_a_snapshot_without_an_id_drops_what_was_buffered(make: Make) -> None:
    feed = make()
    send(feed, depth(1, 5))
    code, events = feed.on_frame(0, snapshot(0, chained=Chain.NONE), 0)
    assert (code, len(events)) == (Code.OK, 1)
    again = make()
    again.import_state(feed.export_state())
    assert again.export_state() == feed.export_state()


def test_depth_and_checksum_reach_the_book(make: Make) -> None:
    feed = make()
    said = {"depth": 25, "checksum": 2**32 - 1, "checksum_kind": 1}
    for data in (snapshot(0, chained=2, **said), depth(0, 0, chained=2, **said)):
        _, (event,) = feed.on_frame(0, data, 0)
        assert {k: getattr(event, k) for k in said} == said
    send(feed, depth(6, 9, instrument=1, **said))
    _, events = feed.on_frame(0, snapshot(7, instrument=1), 0)
    assert [(e.depth, e.checksum, e.checksum_kind) for e in events] == [(0, 0, 0)] * 2
