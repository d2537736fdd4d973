"""What every backend of the book does."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from book_events import FAR_MAX, WINDOW, event
from support import btcusdt, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import BookStatus, BookTop, Checksum, Level

MID = 6_000_000
Make = Callable[[], Any]


@pytest.fixture(params=["reference", "native"])
def make(request: pytest.FixtureRequest) -> Make:
    module = load("book", Backend(request.param))
    return lambda: module.Book(config_of(), 0)


def loaded(make: Make) -> Any:
    book = make()
    bids = [(MID - 1, 10), (MID - 2, 20), (MID - 5, 50)]
    asks = [(MID + 1, 11), (MID + 3, 33)]
    assert book.snapshot(event(bids, asks, last_id=7, t_ns=70)) == Code.OK
    return book


def test_an_empty_book_shows_zeros(make: Make) -> None:
    book = make()
    assert book.top(5) == BookTop()
    assert book.depth(0, 5) == []
    assert book.hash == 0
    assert book.level_count(0) == book.level_count(1) == 0


def test_a_message_before_a_snapshot_changes_nothing(make: Make) -> None:
    book = make()
    assert book.apply(event([(5, 5)])) == Code.FEED_GAP
    assert book.top(1) == BookTop()


def test_snapshot_and_changes(make: Make) -> None:
    book = loaded(make)
    code = book.apply(event([(MID - 1, 0), (MID - 3, 30)], [(MID + 2, 22)], last_id=9, t_ns=90))
    assert code == Code.OK
    assert book.top(2) == BookTop(
        bid_ticks=MID - 2,
        bid_lots=20,
        ask_ticks=MID + 1,
        ask_lots=11,
        last_id=9,
        t_recv_ns=90,
        status=BookStatus.OK,
        bids=[Level(MID - 2, 20), Level(MID - 3, 30)],
        asks=[Level(MID + 1, 11), Level(MID + 2, 22)],
    )
    assert book.depth(0, 99) == [Level(MID - 2, 20), Level(MID - 3, 30), Level(MID - 5, 50)]
    assert book.level_count(0) == 3
    assert book.top(0).bids == []
    assert len(book.top(99).bids) == 3


def test_a_snapshot_replaces_everything(make: Make) -> None:
    book = loaded(make)
    other = make()
    for target in (book, other):
        assert target.snapshot(event([(50, 1)], [(60, 1)], last_id=8)) == Code.OK
    assert book.export_state() == other.export_state()
    assert book.depth(0, 9) == [Level(50, 1)]


def test_deleting_what_is_not_there_is_fine(make: Make) -> None:
    book = loaded(make)
    before = book.hash
    absent = [(MID - 1000, 0), (1, 0), (MID - 2 * WINDOW, 0)]
    assert book.apply(event(absent, [(MID + 3 * WINDOW, 0)])) == Code.OK
    assert book.hash == before
    assert book.level_count(0) == 3


def test_a_side_can_run_empty_and_come_back(make: Make) -> None:
    book = loaded(make)
    assert book.apply(event([(MID - k, 0) for k in (1, 2, 5)])) == Code.OK
    top = book.top(3)
    assert (top.bid_ticks, top.bid_lots, top.bids) == (0, 0, [])
    assert top.ask_ticks == MID + 1
    assert top.status == BookStatus.OK
    assert book.apply(event([(MID - 7, 7)])) == Code.OK
    assert book.top(3).bids == [Level(MID - 7, 7)]


def test_a_snapshot_may_be_empty(make: Make) -> None:
    book = loaded(make)
    assert book.snapshot(event(last_id=8)) == Code.OK
    assert book.top(3) == BookTop(last_id=8, status=BookStatus.OK)
    assert book.apply(event([(MID, 1)], last_id=9)) == Code.OK
    assert book.top(1).bid_ticks == MID


def test_the_hash_does_not_depend_on_the_way(make: Make) -> None:
    straight, around = make(), make()
    straight.snapshot(event([(100, 3)], [(110, 4)]))
    around.snapshot(event([(100, 1), (90, 9)], [(120, 1)]))
    around.apply(event([(90, 0)], [(110, 4), (120, 0)]))
    assert straight.hash != around.hash
    around.apply(event([(100, 3)]))
    assert straight.hash == around.hash != 0


def test_the_hash_tells_sides_prices_and_quantities_apart(make: Make) -> None:
    seen = set()
    for bids, asks in (
        ([(100, 1)], []), ([], [(100, 1)]), ([(101, 1)], []), ([(100, 2)], []),
        ([(100, 2**61)], []), ([(100, 1), (101, 1)], []),
    ):  # fmt: skip
        book = make()
        book.snapshot(event(bids, asks))
        seen.add(book.hash)
    assert len(seen) == 6


@pytest.mark.parametrize(
    "levels", [[(0, 1)], [(-5, 1)], [(2**62 + 1, 1)], [(MID - 9, -1)]], ids=str
)
def test_impossible_numbers_break_the_book(make: Make, levels: list[tuple[int, int]]) -> None:
    for snapshot in (False, True):
        book = loaded(make)
        code = book.snapshot(event(levels)) if snapshot else book.apply(event(levels))
        assert code == Code.BOOK_PRICE
        assert book.top(3) == BookTop(status=BookStatus.STALE)
        assert book.hash == 0
        assert book.apply(event([(MID, 1)])) == Code.FEED_GAP


@pytest.mark.parametrize("price", [1, 2**62])
def test_the_ends_of_the_price_range(make: Make, price: int) -> None:
    book = make()
    assert book.snapshot(event([(price, 1)])) == Code.OK
    assert book.top(1).bids == [Level(price, 1)]
    book = loaded(make)
    assert book.apply(event([(1, 1)], [(2**62, 2)])) == Code.OK
    assert book.depth(0, 9)[-1] == Level(1, 1)
    assert book.depth(1, 9)[-1] == Level(2**62, 2)


def test_locked_and_crossed_are_marked_and_clear_again(make: Make) -> None:
    book = loaded(make)
    for bid in (MID + 1, MID + 2):
        assert book.apply(event([(bid, 1)])) == Code.OK
        assert book.top(1).status == BookStatus.CROSSED
    assert book.apply(event([(MID + 1, 0), (MID + 2, 0)])) == Code.OK
    assert book.top(1).status == BookStatus.OK
    assert book.crossed_count == 2


def test_crossed_for_too_many_messages(make: Make) -> None:
    book = loaded(make)
    for _ in range(LIMITS["crossed_messages_max"]):
        assert book.apply(event([(MID + 1, 1)])) == Code.OK
    assert book.apply(event([(MID + 1, 1)])) == Code.BOOK_CROSSED
    assert book.top(1) == BookTop(status=BookStatus.STALE)


def test_crossed_for_too_long(make: Make) -> None:
    book = loaded(make)
    assert book.apply(event([(MID + 1, 1)], t_ns=100)) == Code.OK
    assert book.apply(event(t_ns=100 + LIMITS["crossed_ns_max"])) == Code.OK
    assert book.apply(event(t_ns=101 + LIMITS["crossed_ns_max"])) == Code.BOOK_CROSSED


def test_crossing_again_starts_the_clock_again(make: Make) -> None:
    book = loaded(make)
    late = LIMITS["crossed_ns_max"] + 200
    assert book.apply(event([(MID + 1, 1)], t_ns=100)) == Code.OK
    assert book.apply(event([(MID + 1, 0)], t_ns=150)) == Code.OK
    assert book.apply(event([(MID + 1, 1)], t_ns=late)) == Code.OK


def test_levels_far_away_keep_their_order(make: Make) -> None:
    book = loaded(make)
    far = [(MID - 3 * WINDOW - k * 17, k + 1) for k in range(50)]
    above = [(MID + WINDOW + k * 31, k + 1) for k in range(50)]
    assert book.apply(event(far, above)) == Code.OK
    bids, asks = book.depth(0, 99), book.depth(1, 99)
    assert [level.price_ticks for level in bids[3:]] == [price for price, _ in far]
    assert [level.price_ticks for level in asks[2:]] == [price for price, _ in above]
    assert book.top(10).asks == asks[:10]


def test_the_window_follows_the_market(make: Make) -> None:
    book = loaded(make)
    moved = MID + 5 * WINDOW
    assert book.apply(event([(moved - 1, 4)], [(MID + 1, 0), (MID + 3, 0), (moved, 5)])) == Code.OK
    assert book.recentre_count == 1
    assert book.top(4).bids == [
        Level(moved - 1, 4), Level(MID - 1, 10), Level(MID - 2, 20), Level(MID - 5, 50)
    ]  # fmt: skip
    assert book.apply(event([(moved - 1, 0)], [(moved, 0), (MID + 1, 1)])) == Code.OK
    assert book.recentre_count == 2
    assert book.top(1).bid_ticks == MID - 1


def test_a_spread_wider_than_the_window(make: Make) -> None:
    book = make()
    assert book.snapshot(event([(1000, 1), (900, 2)], [(10 * WINDOW, 3)])) == Code.OK
    assert book.apply(event([(1000, 0)], [(9 * WINDOW, 4)])) == Code.OK
    top = book.top(3)
    assert top.bids == [Level(900, 2)]
    assert top.asks == [Level(9 * WINDOW, 4), Level(10 * WINDOW, 3)]


def test_too_many_levels_outside_the_window(make: Make) -> None:
    book = loaded(make)
    step = 5000
    for start in range(0, FAR_MAX, step):
        prices = range(start, min(start + step, FAR_MAX))
        assert book.apply(event([], [(MID + WINDOW + p, 1) for p in prices])) == Code.OK
    assert book.apply(event([], [(MID + WINDOW, 2), (MID + 4, 1)])) == Code.OK
    assert book.level_count(1) == FAR_MAX + 3
    assert book.apply(event([], [(MID + WINDOW - 1, 1)])) == Code.BOOK_FAR_FULL
    assert book.top(1) == BookTop(status=BookStatus.STALE)


def test_too_many_levels_after_the_window_moved(make: Make) -> None:
    book = make()
    assert book.snapshot(event([(MID, 1)], [(MID + 1, 1)])) == Code.OK
    for start in range(0, FAR_MAX + 1, 5000):
        count = min(5000, FAR_MAX + 1 - start)
        assert book.apply(event([(MID - 1 - start - k, 1) for k in range(count)])) == Code.OK
    jump = MID + 10 * WINDOW
    assert book.apply(event([(jump, 1)], [(MID + 1, 0)])) == Code.BOOK_FAR_FULL
    assert book.level_count(0) == 0


def test_state_goes_round(make: Make) -> None:
    book = loaded(make)
    book.apply(event([(MID - 4 * WINDOW, 1), (MID + 1, 1)], last_id=8, t_ns=80))
    other = make()
    other.import_state(book.export_state())
    assert other.export_state() == book.export_state()
    assert other.hash == book.hash
    assert other.top(5) == book.top(5)
    change = event([(MID + 1, 0), (MID - 4 * WINDOW, 0)], last_id=9, t_ns=90)
    assert other.apply(change) == book.apply(change) == Code.OK
    assert other.export_state() == book.export_state()
    fresh = make()
    fresh.import_state(make().export_state())
    assert fresh.export_state() == make().export_state()


@pytest.mark.parametrize("damage", [lambda d: d[:-1], lambda d: b"\1" + d[1:], lambda d: b""])
def test_damaged_state_is_refused(make: Make, damage: Callable[[bytes], bytes]) -> None:
    data = loaded(make).export_state()
    with pytest.raises(DataError, match="export"):
        make().import_state(damage(data))


def test_an_unknown_instrument_is_refused(make: Make) -> None:
    with pytest.raises(ConfigError):
        type(make())(config_of(), 1)


# -- bounded books ---------------------------------------------------------------------------------

DEEP = {"depth": 3, "checksum_kind": Checksum.CRC32_TEN}


def digits(levels: list[tuple[int, int]]) -> str:
    """BTCUSDT's ticks are 0.01 and its lots 0.00001: one unit of the last digit each."""
    return "".join(f"{price}{quantity}" for price, quantity in levels)


def crc(asks: list[tuple[int, int]], bids: list[tuple[int, int]]) -> int:
    return zlib.crc32((digits(asks) + digits(bids)).encode())


def bounded(make: Make) -> Any:
    book = make()
    bids, asks = [(MID - k, k) for k in (1, 2, 5)], [(MID + k, k) for k in (1, 3, 8)]
    whole = replace(event(bids, asks), **DEEP, checksum=crc(asks, bids))
    assert book.snapshot(whole) == Code.OK
    return book


def test_levels_beyond_the_venue_s_depth_are_dropped(make: Make) -> None:
    book = bounded(make)
    asks, bids = [(MID + 1, 1), (MID + 2, 9), (MID + 3, 3)], [(MID - k, k) for k in (1, 2, 5)]
    change = replace(
        event([(MID - 7, 7)], [(MID + 2, 9)]), **DEEP, checksum=crc(asks, bids)
    )  # fmt: skip
    assert book.apply(change) == Code.OK
    assert book.depth(1, 9) == asks
    assert book.depth(0, 9) == bids
    assert (book.checksum_ok, book.checksum_bad) == (2, 0)
    other = make()
    assert other.snapshot(event(bids, asks)) == Code.OK
    assert book.hash == other.hash


def test_another_checksum_empties_the_book(make: Make) -> None:
    book = bounded(make)
    change = replace(event([(MID - 1, 4)]), **DEEP, checksum=1)
    assert book.apply(change) == Code.BOOK_CHECKSUM
    assert book.top(1) == BookTop(status=BookStatus.STALE)
    assert book.hash == 0
    assert book.apply(change) == Code.FEED_GAP
    assert (book.checksum_ok, book.checksum_bad) == (1, 1)
    again = make()
    again.import_state(book.export_state())
    assert (again.checksum_ok, again.checksum_bad) == (1, 1)


def test_ten_levels_are_checked_whatever_the_depth(make: Make) -> None:
    book = make()
    bids, asks = [(MID - k, k) for k in range(1, 30)], [(MID + k, k) for k in range(1, 5)]
    change = replace(
        event(bids, asks), depth=25, checksum_kind=1, checksum=crc(asks, bids[:10])
    )  # fmt: skip
    assert book.snapshot(change) == Code.OK
    assert book.level_count(0) == 25
    change = replace(event([(MID - 20, 1)]), depth=25, checksum_kind=1, checksum=change.checksum)
    assert book.apply(change) == Code.OK


def test_an_event_without_a_checksum_is_not_checked(make: Make) -> None:
    book = bounded(make)
    assert book.apply(replace(event([(MID - 1, 4)]), depth=3)) == Code.OK
    assert (book.checksum_ok, book.checksum_bad) == (1, 0)


def test_text_of_the_venue_has_the_instrument_s_decimals() -> None:
    """45285.2 and 0.00100000 are 452852 and 100000: the example of Kraken's book-checksum page."""
    steps = {"tick_size": Decimal("0.1"), "lot_size": Decimal("0.00000050")}
    config = config_of(btcusdt(**steps))
    for backend in (Backend.REFERENCE, Backend.NATIVE):
        book = load("book", backend).Book(config, 0)
        whole = event([], [(452852, 2000)])
        whole = replace(whole, depth=10, checksum_kind=1, checksum=zlib.crc32(b"45285210000"))
        assert book.snapshot(whole) == Code.OK
