"""The order book: both backends against each other and against the slowest book there is."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from venues.nasdaq.itch_day import SlowBook

from tickpath.core.codes import Code
from tickpath.core.errors import DataError
from tickpath.venues.nasdaq import l3, native_l3

BOOKS = [l3.L3Book, native_l3.L3Book]
REFERENCES = st.integers(0, 12)
SHARES = st.integers(0, 4)
PRICES = st.integers(0, 5)
OPERATIONS = st.one_of(
    st.tuples(
        st.just("add"), REFERENCES, st.integers(0, 1), st.integers(0, 1), SHARES, PRICES
    ),
    st.tuples(st.just("reduce"), REFERENCES, SHARES),
    st.tuples(st.just("delete"), REFERENCES),
    st.tuples(st.just("replace"), REFERENCES, REFERENCES, SHARES, PRICES),
)  # fmt: skip


def expected(slow: SlowBook, name: str, *a: int) -> int:
    """The verdict by the rules of the docstring, and the change made to the slow book."""
    shares, price = {
        "add": (a[-2], a[-1]), "reduce": (a[-1], 1), "delete": (1, 1), "replace": (a[-2], a[-1]),
    }[name] if len(a) > 1 else (1, 1)  # fmt: skip
    if shares == 0 or price == 0:
        return Code.FEED_RANGE
    row = slow.row(a[0])
    if name == "add":
        if row is not None:
            return Code.FEED_DUPLICATE_ORDER
    elif row is None:
        return Code.FEED_UNKNOWN_ORDER
    elif name == "reduce" and shares > row[4]:
        return Code.FEED_RANGE
    elif name == "replace" and a[1] != a[0] and slow.row(a[1]) is not None:
        return Code.FEED_DUPLICATE_ORDER
    getattr(slow, name)(*a)
    return Code.OK


@pytest.mark.parametrize("make", BOOKS)
@given(st.lists(OPERATIONS, max_size=60))
@settings(max_examples=60)
def test_the_book_is_that_of_the_slow_model(make: type, operations: list[tuple]) -> None:
    book, slow = make(2), SlowBook()
    for name, *a in operations:
        before = slow.row(a[0])
        moved = None if before is None else list(before)
        code, changes = getattr(book, name)(*a)
        assert code == expected(slow, name, *a)
        for side, price, shares in changes:
            stock = a[1] if name == "add" else moved[1]  # type: ignore[index]
            assert shares == slow.level(stock, side, price)
        assert bool(changes) == (code == Code.OK)
        for stock in range(2):
            for side in range(2):
                assert book.depth(stock, side) == slow.depth(stock, side)
        for row in slow.rows:
            assert book.ahead(row[0]) == slow.ahead(row[0])
        assert book.order_count == len(slow.rows)


def test_backends_agree_on_a_seeded_stream() -> None:
    random = Random(20)
    a, b = l3.L3Book(3), native_l3.L3Book(3)
    for step in range(20_000):
        name = random.choice(("add", "add", "reduce", "delete", "replace"))
        reference = random.randrange(400)
        arguments = {
            "add": (random.randrange(3), random.randrange(2), random.randrange(50),
                    random.randrange(40)),
            "reduce": (random.randrange(30),),
            "delete": (),
            "replace": (random.randrange(400), random.randrange(50), random.randrange(40)),
        }[name]  # fmt: skip
        answers = [getattr(book, name)(reference, *arguments) for book in (a, b)]
        assert answers[0] == answers[1], (step, name, reference, arguments)
        if step % 500 == 0:
            assert a.hash == b.hash
            assert a.export_state() == b.export_state()
        if step % 7000 == 6999:
            a.drop(1)
            b.drop(1)
    assert a.export_state() == b.export_state()
    copy = native_l3.L3Book(3)
    copy.import_state(a.export_state())
    assert copy.export_state() == a.export_state()
    assert copy.hash == a.hash != 0


@pytest.mark.parametrize("make", BOOKS)
def test_priority(make: type) -> None:
    """Executions and cancels keep an order's place, a replace loses it, even at its price."""
    book = make(1)
    for reference in (1, 2, 3):
        assert book.add(reference, 0, 0, 100, 500)[0] == Code.OK
    book.reduce(2, 40)
    assert [book.ahead(k) for k in (1, 2, 3)] == [0, 100, 160]
    assert book.replace(1, 4, 100, 500) == (Code.OK, [(0, 500, 260)])
    assert [book.ahead(k) for k in (2, 3, 4)] == [0, 60, 160]
    assert book.replace(2, 5, 10, 501) == (Code.OK, [(0, 500, 200), (0, 501, 10)])
    assert book.ahead(1) == -1
    assert book.find(5).shares == 10


@pytest.mark.parametrize("make", BOOKS)
def test_a_full_book_refuses_and_goes_on(make: type) -> None:
    book = make(1)
    for reference in range(book.capacity):
        assert book.add(reference, 0, 0, 1, 1 + reference // 4)[0] == Code.OK
    assert book.add(10**9, 0, 0, 1, 1) == (Code.FEED_ORDERS_FULL, [])
    assert book.replace(0, 10**9, 1, 9)[0] == Code.OK
    assert book.delete(1)[0] == Code.OK
    assert book.add(10**9 + 1, 0, 1, 1, 1)[0] == Code.OK
    book.clear()
    assert (book.order_count, book.hash) == (0, 0)
    assert book.add(1, 0, 0, 5, 5) == (Code.OK, [(0, 5, 5)])


@pytest.mark.parametrize("make", BOOKS)
def test_foreign_states_are_refused(make: type) -> None:
    book = make(1)
    book.add(7, 0, 1, 5, 5)
    good = book.export_state()
    for bad in (b"", good[:-1], b"\x02" + good[1:], good[:16] + b"\x01" + good[17:]):
        with pytest.raises(DataError):
            book.import_state(bad)
    twice = good[:4] + b"\x02" + good[5:] + good[8:]
    with pytest.raises(DataError):
        book.import_state(twice)
