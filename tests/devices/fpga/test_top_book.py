"""The order table and the levels in RTL against `l3.py`: every top, and every limit of the core."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from devices.fpga import feed
from devices.fpga.feed import (
    DOUBLE,
    FULL,
    LEVEL,
    RANGE,
    SMALL,
    UNKNOWN,
    WINDOW,
    Rig,
    Twin,
    agree,
    in_packets,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from venues.nasdaq.itch_day import Day

from tickpath.venues.nasdaq import itch, mold

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("needs_verilator")]
STOCK, WINDOW_TICKS, ORDERS = 1, 64, 256
SESSION = b"SESSION001"


@pytest.fixture(scope="module")
def rig(needs_verilator: None) -> Iterator[Rig]:
    made = Rig(feed.build(SMALL))
    yield made
    made.close()


def begin(rig: Rig, *, cents: bool = True) -> Twin:
    rig.reset()
    rig.take()
    rig.init(STOCK, cents=cents)
    return Twin(STOCK, units=100 if cents else 1, window=WINDOW_TICKS)


class Orders:
    """Messages of one stock, by hand."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    def put(self, kind: str, **fields: Any) -> None:
        rest = {"match": 1, "printable": "Y", "stock": "X", "mpid": "MAKR", "price": 1}
        self.messages.append(itch.encode(itch.Message(kind, STOCK, 0, 1, rest | fields)))

    def add(self, reference: int, side: str, shares: int, price: int) -> None:
        self.put("A", reference=reference, side=side, shares=shares, price=price)

    def give(self, rig: Rig, twin: Twin) -> int:
        """All of it from message 1 on; the reason of the loss."""
        for packet in in_packets(self.messages, Random(1)):
            rig.packet(packet)
            twin.packet(packet)
        return agree(rig, twin)


@given(st.data())
@settings(max_examples=120)
def test_random_days_with_a_small_window(rig: Rig, data: st.DataObject) -> None:
    """Levels come, go and leave the window; replaces, executions and cancels of any size."""
    seed = data.draw(st.integers(0, 2**32))
    twin = begin(rig)
    made = Day(seed, ("X",), spread=data.draw(st.sampled_from((3, 8, 25, 80))))
    messages = made.start() + [made.next() for _ in range(data.draw(st.integers(5, 250)))]
    for packet in in_packets(messages, Random(seed)):
        rig.packet(packet)
        twin.packet(packet)
    assert agree(rig, twin) in (0, WINDOW, FULL)


def test_a_long_day_never_leaves_the_book(rig: Rig) -> None:
    twin = begin(rig)
    made = Day(77, ("X",), spread=24)
    messages = made.start()
    while len(messages) < 6000:
        rows = made.book.rows
        messages.append(made.next() if len(rows) < 60 else made.delete(rows[len(rows) // 2]))
    for packet in in_packets(messages, Random(7), most=30):
        rig.packet(packet)
        twin.packet(packet)
    assert agree(rig, twin) == 0
    assert len(twin.tops) > 300
    assert rig.read("live_orders") == twin.book.order_count


def test_the_window_follows_the_touch(rig: Rig) -> None:
    """Far orders are kept and do not matter; the walk up is longer than the window."""
    orders, twin = Orders(), begin(rig)
    orders.add(1, "B", 10, 100)
    orders.add(2, "S", 10, 199_999_00)
    for k in range(200):
        price = 100_0000 + 100 * k * (1 + k % 3)
        orders.add(10 + k, "B", 1 + k, price)
        orders.add(1000 + k, "S", 1 + k, 200_0000 - 100 * k)
        if k > 3:
            orders.put("D", reference=10 + k - 4)
            orders.put("D", reference=1000 + k - 4)
    orders.put("X", reference=1, shares=4)
    orders.put("U", reference=2, reference_new=3, shares=5, price=190_000_00)
    assert orders.give(rig, twin) == 0
    assert len(twin.tops) > 250


@pytest.mark.parametrize("side", ["B", "S"])
def test_a_side_that_left_its_window_is_lost(rig: Rig, side: str) -> None:
    orders, twin, sign = Orders(), begin(rig), 1 if side == "B" else -1
    orders.add(1, side, 10, 100_0000)
    orders.add(2, side, 20, 100_0000 + sign * 100 * (WINDOW_TICKS - 1))
    orders.put("D", reference=2)
    orders.add(3, side, 20, 100_0000 + sign * 100 * WINDOW_TICKS)
    assert orders.give(rig, twin) == 0
    orders.put("U", reference=3, reference_new=4, shares=1, price=100_0000 + sign * 6300)
    orders.put("D", reference=4)
    assert orders.give(rig, again := begin(rig)) == WINDOW
    assert again.tops[-1][0 if side == "B" else 2] == 10_000 + sign * 63


def test_an_empty_side_begins_its_window_anew(rig: Rig) -> None:
    orders, twin = Orders(), begin(rig)
    for k, price in enumerate((50_0000, 1_0000, 90_0000, 100, 199_000_00)):
        orders.add(k, "B", 5 + k, price)
        orders.put("E", reference=k, shares=5 + k)
    assert orders.give(rig, twin) == 0
    assert twin.tops[-1] == feed.EMPTY


@pytest.mark.parametrize(
    ("reason", "kind", "fields"),
    [
        (UNKNOWN, "D", {"reference": 9}),
        (UNKNOWN, "E", {"reference": 9, "shares": 1}),
        (UNKNOWN, "X", {"reference": 1 << 40, "shares": 1}),
        (UNKNOWN, "U", {"reference": 9, "reference_new": 10, "shares": 1, "price": 100}),
        (DOUBLE, "A", {"reference": 1, "side": "S", "shares": 1, "price": 100}),
        (DOUBLE, "U", {"reference": 1, "reference_new": 2, "shares": 1, "price": 100}),
        (RANGE, "A", {"reference": 9, "side": "S", "shares": 0, "price": 100}),
        (RANGE, "A", {"reference": 9, "side": "S", "shares": 1 << 24, "price": 100}),
        (RANGE, "F", {"reference": 9, "side": "S", "shares": 1, "price": 0}),
        (RANGE, "F", {"reference": 9, "side": "S", "shares": 1, "price": 101}),
        (RANGE, "A", {"reference": 9, "side": "S", "shares": 1, "price": 100 << 24}),
        (RANGE, "E", {"reference": 1, "shares": 11}),
        (RANGE, "C", {"reference": 1, "shares": (1 << 24) + 1}),
        (RANGE, "X", {"reference": 1, "shares": 0}),
        (RANGE, "U", {"reference": 1, "reference_new": 9, "shares": 0, "price": 100}),
        (RANGE, "U", {"reference": 1, "reference_new": 9, "shares": 1, "price": 150}),
        (LEVEL, "A", {"reference": 9, "side": "B", "shares": (1 << 24) - 1, "price": 500}),
    ],
)
def test_what_cannot_be_used_loses_the_book(
    rig: Rig, reason: int, kind: str, fields: dict[str, Any]
) -> None:
    orders, twin = Orders(), begin(rig)
    orders.add(1, "B", 10, 500)
    orders.add(2, "S", 10, 900)
    orders.put(kind, **fields)
    orders.add(3, "B", 10, 600)
    assert orders.give(rig, twin) == reason
    assert rig.read("n_lost") == 1
    assert [rig.read(n) for n in ("bid_ticks", "bid_lots", "ask_ticks", "ask_lots")] == [0] * 4
    assert orders.give(rig, begin(rig)) == reason, "the same after another init"


def test_a_replace_may_keep_its_reference_and_price(rig: Rig) -> None:
    orders, twin = Orders(), begin(rig)
    orders.add(1, "B", 10, 500)
    orders.put("U", reference=1, reference_new=1, shares=30, price=500)
    orders.put("U", reference=1, reference_new=2, shares=30, price=700)
    assert orders.give(rig, twin) == 0
    assert twin.tops == [(5, 10, 0, 0), (5, 30, 0, 0), (7, 30, 0, 0)]


def test_a_full_table_is_lost_never_wrong(rig: Rig) -> None:
    for seed in range(6):
        twin, orders, random = begin(rig), Orders(), Random(seed)
        bits = random.choice((10, 20, 40, 64))
        references = {random.getrandbits(bits) for _ in range(4 * ORDERS)}
        for k, reference in enumerate(sorted(references)[: ORDERS + 1]):
            orders.add(reference, "B", 1, 100 * (1000 + k % 30))
        assert orders.give(rig, twin) == FULL
        assert ORDERS // 5 < rig.read("n_orders") <= ORDERS + 1


def test_prices_in_units_of_the_wire(rig: Rig) -> None:
    twin = begin(rig, cents=False)
    orders = Orders()
    for k, price in enumerate((1, 2, 99, 123_457, (1 << 24) - 1)):
        orders.add(k, "B", 1 + k, price)
    orders.add(10, "S", 3, (1 << 24) - 1)
    assert orders.give(rig, twin) == 0
    assert [top[0] for top in twin.tops][-2:] == [(1 << 24) - 1] * 2
    orders.add(11, "S", 3, 1 << 24)
    assert orders.give(rig, begin(rig, cents=False)) == RANGE


def test_prices_in_cents_are_exact(rig: Rig) -> None:
    """The division in the fabric: exact at every multiple, refused beside it."""
    random, orders, twin = Random(3), Orders(), begin(rig)
    ticks = [1, 2, 3, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (1 << 24) - 1]
    ticks += [random.randrange(1, 1 << 24) for _ in range(2000)]
    for k, price in enumerate(ticks):
        orders.add(k, "B", 1, 100 * price)
        orders.put("D", reference=k)
    assert orders.give(rig, twin) == 0
    assert [top[0] for top in twin.tops[::2]] == ticks
    for price in random.sample(ticks, 12):
        beside, twin = Orders(), begin(rig)
        beside.add(1, "B", 1, 100 * price + random.choice((-50, -25, -4, -1, 1, 4, 25, 50, 75)))
        assert beside.give(rig, twin) == RANGE


def test_more_messages_than_the_book_takes_wait(rig: Rig) -> None:
    """Replaces alone, as dense as packets allow: beats wait, nothing is lost."""
    twin, orders = begin(rig), Orders()
    for k in range(30):
        orders.add(k, "B", 10, 100_0000 + 100 * k)
    for k in range(30, 900):
        orders.put("U", reference=k - 30, reference_new=k, shares=5, price=100_0000 + k % 7 * 100)
    before = rig.read("waits")
    for first in range(0, len(orders.messages), 38):
        packet = mold.packet(SESSION, 1 + first, orders.messages[first : first + 38])
        rig.packet(packet)
        twin.packet(packet)
    assert agree(rig, twin) == 0
    assert rig.read("waits") > before
