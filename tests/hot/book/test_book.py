"""The native book against the plain one on random streams: every step equal."""

from random import Random

import pytest
from book_events import WINDOW, event, random_side
from hypothesis import given, settings
from hypothesis import strategies as st
from support import config_of

from tickpath.core.codes import Code
from tickpath.core.records import BookStatus, Level
from tickpath.hot.book import native, reference

LIVE = (BookStatus.OK, BookStatus.CROSSED)


def pair() -> tuple[reference.Book, native.Book]:
    return reference.Book(config_of(), 0), native.Book(config_of(), 0)


def both(books: tuple[reference.Book, native.Book], message, snapshot: bool) -> int:
    """Apply to both; their codes must agree."""
    codes = [b.snapshot(message) if snapshot else b.apply(message) for b in books]
    assert codes[0] == codes[1]
    return codes[0]


def assert_equal(books: tuple[reference.Book, native.Book]) -> None:
    plain, fast = books
    assert fast.top(10) == plain.top(10)
    assert fast.hash == plain.hash
    assert fast.export_state() == plain.export_state()


prices = st.integers(1, 40) | st.integers(5_000, 5_200) | st.integers(1, 4 * WINDOW)
changes = st.lists(st.tuples(prices, st.integers(0, 3)), max_size=6)
messages = st.lists(st.tuples(st.booleans(), changes, changes), min_size=1, max_size=12)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(messages)
def test_any_short_stream_is_equal_after_every_message(stream) -> None:
    books = pair()
    for k, (snapshot, bids, asks) in enumerate(stream):
        both(books, event(bids, asks, last_id=k, t_ns=k), snapshot or k == 0)
        assert_equal(books)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("spread", [5, 1000, 40_000, 200_000])
def test_a_long_stream_is_equal(seed: int, spread: int) -> None:
    rng, books, mid = Random(f"{seed} {spread}"), pair(), 6_000_000
    for k in range(400):
        mid = max(1, mid + rng.choice((0, 0, 1, -1, spread // 3, -spread // 3)))
        sides = [random_side(rng, side, mid, spread) for side in (0, 1)]
        snapshot = books[0].status not in LIVE or rng.random() < 0.005
        both(books, event(*sides, last_id=k, t_ns=k * 1000), snapshot)
        assert books[0].top(10) == books[1].top(10)
        assert books[0].hash == books[1].hash
        if k % 40 == 0:
            assert_equal(books)
        if k % 97 == 96:
            plain, fast = (book.export_state() for book in books)
            books[0].import_state(fast)
            books[1].import_state(plain)
    assert_equal(books)
    if spread >= 40_000:
        assert books[1].recentre_count > 0


@pytest.mark.parametrize("stride", [WINDOW // 3, WINDOW - 64, WINDOW, 7 * WINDOW + 13])
def test_a_storm_of_moves_keeps_every_level(stride: int) -> None:
    """The market jumps with every message, out and back; what lies behind must stay."""
    books = pair()
    mid, direction = 40 * WINDOW, 1
    both(books, event([(mid - 1, 1)], [(mid + 1, 1)]), True)
    for k in range(40):
        old, mid = mid, mid + direction * stride
        direction = -direction if k % 5 == 4 else direction
        bids, asks = [(mid - 1, k + 2), (mid - 70, 3)], [(mid + 1, k + 2), (mid + 70, 3)]
        if mid < old:
            bids = [(p, 0) for p in range(mid, old + 71) if p in books[0].sides[0].quantities]
            bids += [(mid - 1, k + 2)]
        else:
            asks = [(p, 0) for p in range(old, mid + 1) if p in books[0].sides[1].quantities]
            asks += [(mid + 1, k + 2)]
        assert both(books, event(bids, asks, last_id=k), False) == Code.OK
        assert_equal(books)
    assert books[1].recentre_count >= 20


def test_the_far_table_survives_churn() -> None:
    """Inserts and deletes far outside in random order; probing chains stay whole."""
    rng, books = Random(5), pair()
    both(books, event([(50 * WINDOW, 1)], [(50 * WINDOW + 1, 1)]), True)
    alive: list[int] = []
    for k in range(60):
        added = [rng.randrange(1, 40 * WINDOW) for _ in range(rng.randrange(120))]
        rng.shuffle(alive)
        gone = [alive.pop() for _ in range(min(len(alive), rng.randrange(120)))]
        alive += added
        bids = [(p, rng.randrange(1, 9)) for p in added] + [(p, 0) for p in gone]
        both(books, event(bids, last_id=k), False)
        assert books[1].hash == books[0].hash
        assert books[1].level_count(0) == books[0].level_count(0)
    assert_equal(books)


def test_every_edge_of_the_ring() -> None:
    """Levels on both sides of word, summary and window borders are found in order."""
    for mid in (WINDOW // 2, WINDOW, 3 * WINDOW + 5, 10 * WINDOW - 1):
        books = pair()
        steps = [1, 2, 62, 63, 64, 65, 127, 4094, 4095, 4096, 4097, WINDOW // 2 - 64, WINDOW // 2]
        bids = [(mid - s, s) for s in steps if s < mid]
        asks = [(mid + s, s) for s in steps]
        assert both(books, event(bids, asks), True) == Code.OK
        for bid, ask in zip(bids, asks, strict=False):
            assert_equal(books)
            both(books, event([(bid[0], 0)], [(ask[0], 0)]), False)
        assert_equal(books)


def test_a_full_size_book_reads_in_order() -> None:
    """About the size of a real one: 9 600 levels, most of them far."""
    rng, books = Random(8), pair()
    bids = [(rng.randrange(5_600, 600_000), rng.randrange(1, 99)) for _ in range(5000)]
    asks = [(rng.randrange(600_001, 6_170_500), rng.randrange(1, 99)) for _ in range(5000)]
    assert both(books, event(bids, asks), True) == Code.OK
    assert_equal(books)
    best = [level.price_ticks for level in books[1].depth(0, 10_000)]
    assert best == sorted({p for p, _ in bids}, reverse=True)


def test_a_state_beyond_the_far_table_is_refused() -> None:
    plain, fast = pair()
    plain.snapshot(event([(WINDOW * 3, 1)]))
    levels = [Level(p, 1) for p in range(1, 20_000)]
    for price, quantity in levels:
        plain.sides[0].change(price, quantity)
    with pytest.raises(Exception, match="refused with code 200"):
        fast.import_state(plain.export_state())
    assert fast.level_count(0) == 0
