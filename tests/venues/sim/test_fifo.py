"""Our place in a queue of single orders: against a book that holds ours among them, both twins."""

from collections import defaultdict
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from venues.sim.l3_desk import (
    ADD,
    CLEAR,
    DELETE,
    EMPTY,
    EXECUTE,
    REDUCE,
    REPLACE,
    STEP_NS,
    TRADE,
    L3Desk,
    Row,
    fifo_config,
    frames_of,
    order_storm,
    place_text,
    priced,
)

from tickpath.core.records import Chain, EventKind, Level, MarketEvent
from tickpath.core.records import Trade as TradeRecord
from tickpath.storage.levels import Levels
from tickpath.venues.flat.wire import OrderChange, clear_frame, flat_frame
from tickpath.venues.sim import reference
from tickpath.venues.sim.native import SimVenue

BOTH = pytest.mark.parametrize("make", [SimVenue, reference.SimVenue], ids=["native", "plain"])
QUEUE, THROUGH, CROSS = 1, 2, 3


def desk_of(make: Any, **sim: Any) -> L3Desk:
    """Bids of 3 and 4 lots (orders 1, 2) at 100.00, ours of 5 behind them, 6 (order 3) behind it;
    an ask (order 9) at 100.05."""
    desk = L3Desk(make, **sim)
    desk.row(ADD, 9, 1, 10_005, 9)
    desk.row(ADD, 1, 0, 10_000, 3)
    desk.row(ADD, 2, 0, 10_000, 4)
    desk.place(0, "BUY", 10_000, 5)
    desk.row(ADD, 3, 0, 10_000, 6)
    return desk


@BOTH
def test_what_is_ahead_shrinks_and_what_is_behind_changes_nothing(make: Any) -> None:
    desk = desk_of(make)
    desk.row(DELETE, 3, 0, 10_000, 6)
    desk.row(ADD, 4, 0, 10_000, 2)
    desk.row(REDUCE, 1, 0, 10_000, 2)  # keeps its place
    desk.row(EXECUTE, 1, 0, 10_000, 1, last=1)
    desk.row(EXECUTE, 2, 0, 10_000, 3, last=2)
    assert desk.fills() == []
    desk.row(DELETE, 2, 0, 10_000, 1)
    desk.row(EXECUTE, 4, 0, 10_000, 1, last=3)
    assert desk.fills() == [(0, 1, QUEUE)]
    desk.row(EXECUTE, 4, 0, 10_000, 1, last=0)  # not printed: it is executed all the same
    assert desk.fills() == [(0, 1, QUEUE)]


@BOTH
def test_an_order_that_is_replaced_stands_behind_us(make: Any) -> None:
    desk = desk_of(make)
    desk.row(REPLACE, 1, 0, 10_000, 3, prev=1)  # under the id it had
    desk.row(REPLACE, 12, 0, 9_999, 4, prev=2)
    desk.row(EXECUTE, 1, 0, 10_000, 2, last=1)
    assert desk.fills() == [(0, 2, QUEUE)]
    desk.row(EXECUTE, 12, 0, 9_999, 1, last=2)
    assert desk.fills() == [(0, 3, THROUGH)]
    assert desk.venue.live_orders() == 0


@BOTH
def test_an_execution_behind_us_reaches_our_orders_in_turn(make: Any) -> None:
    desk = desk_of(make)
    desk.place(1, "BUY", 10_000, 4)  # behind order 3
    desk.row(ADD, 4, 0, 10_000, 8)
    desk.row(EXECUTE, 4, 0, 10_000, 7, last=1)
    assert desk.fills() == [(0, 5, QUEUE), (1, 2, QUEUE)]
    desk.row(EXECUTE, 3, 0, 10_000, 6, last=2)
    assert desk.fills() == []  # it stood before the second


@BOTH
def test_an_execution_elsewhere_and_the_other_side_crossing(make: Any) -> None:
    desk = desk_of(make)
    desk.row(ADD, 5, 0, 10_001, 1)
    desk.row(EXECUTE, 5, 0, 10_001, 1, last=1)
    desk.row(EXECUTE, 9, 1, 10_005, 1, last=2)
    assert desk.fills() == []
    for order in (1, 2, 3):
        desk.row(DELETE, order, 0, 10_000, 1)
    desk.row(ADD, 6, 1, 10_000, 1)
    assert desk.fills() == [(0, 5, CROSS)]


@BOTH
def test_a_trade_of_no_displayed_order(make: Any) -> None:
    desk = desk_of(make)
    desk.row(TRADE, 0, 1, 10_000, 9, last=1)
    assert desk.fills() == []
    for order in (1, 2):
        desk.row(DELETE, order, 0, 10_000, 1)
    desk.row(TRADE, 0, 0, 10_000, 9, last=2)
    assert desk.fills() == []
    desk.row(TRADE, 0, 1, 10_000, 2, last=3)
    assert desk.fills() == [(0, 2, QUEUE)]
    desk.row(TRADE, 0, 1, 9_998, 1, last=4)
    assert desk.fills() == [(0, 3, THROUGH)]


@BOTH
def test_whole_fills_and_the_next_clip_of_an_iceberg(make: Any) -> None:
    desk = desk_of(make, partial_fills=False)
    desk.row(EXECUTE, 3, 0, 10_000, 1, last=1)
    assert desk.fills() == [(0, 5, QUEUE)]
    desk = desk_of(make)
    desk.row(DELETE, 3, 0, 10_000, 6)
    desk.place(1, "BUY", 10_000, 6, icebergQty="0.00002")
    desk.cancel(0)
    desk.row(ADD, 4, 0, 10_000, 9)
    desk.row(EXECUTE, 4, 0, 10_000, 3, last=1)
    assert desk.fills() == [(1, 2, QUEUE)]  # one clip; the next stands behind order 4
    desk.row(EXECUTE, 4, 0, 10_000, 5, last=2)
    assert desk.fills() == []
    desk.row(ADD, 5, 0, 10_000, 9)
    desk.row(EXECUTE, 5, 0, 10_000, 1, last=3)
    assert desk.fills() == [(1, 1, QUEUE)]


@BOTH
def test_a_clear_leaves_nothing_ahead(make: Any) -> None:
    desk = desk_of(make)
    desk.row(CLEAR, 0, 2, 0, 0)
    desk.row(ADD, 9, 1, 10_005, 9)
    desk.row(ADD, 1, 0, 10_000, 3)
    desk.row(EXECUTE, 1, 0, 10_000, 2, last=1)
    assert desk.fills() == [(0, 2, QUEUE)]


@BOTH
def test_orders_beyond_the_table_are_counted_and_still_trade_through_us(make: Any) -> None:
    desk = L3Desk(make, fifo_orders=2)
    for order, ticks in ((1, 10_000), (2, 9_999), (3, 9_998)):
        desk.row(ADD, order, 0, ticks, 4)
    desk.row(ADD, 9, 1, 10_005, 9)
    desk.place(0, "BUY", 9_999, 5)
    desk.row(EXECUTE, 3, 0, 9_998, 1, last=1)
    assert desk.fills() == [(0, 5, THROUGH)]
    counters = desk.venue.book_counters()
    assert (counters["orders_full"], counters["orders_unknown"]) == (2, 1)


@BOTH
def test_frames_of_no_source_change_nothing(make: Any) -> None:
    desk = desk_of(make)
    event = MarketEvent(kind=EventKind.DEPTH, source=0, instrument=0, t_recv_ns=0)
    frame = flat_frame(event, 0, OrderChange(99, 0, 0, 0, DELETE, 0))
    for source in (-1, 1, 99):
        desk.venue.on_market(source, frame, desk.t_ns)
    assert desk.venue.book_counters()["orders_unknown"] == 0
    desk.venue.on_market(0, frame, desk.t_ns)
    assert desk.venue.book_counters()["orders_unknown"] == 1


# -- against a book that holds ours ----------------------------------------------------------------


class PriceTime:
    """Every level a list of orders in order of priority, ours among them; nothing is numbered."""

    def __init__(self) -> None:
        self.levels: dict[tuple[int, int], list[list[Any]]] = defaultdict(list)
        self.fills: list[tuple[int, int, int]] = []

    def find(self, order: int) -> tuple[tuple[int, int], list[Any]] | None:
        for key, level in self.levels.items():
            for entry in level:
                if entry[0] == order and not entry[2]:
                    return key, entry
        return None

    def join(self, k: int, side: int, ticks: int, lots: int) -> None:
        self.levels[side, ticks].append([k, lots, True])

    def leave(self, k: int) -> None:
        for level in self.levels.values():
            level[:] = [e for e in level if (e[0], e[2]) != (k, True)]

    def row(self, row: Row) -> None:
        _, kind, order, prev, side, ticks, lots, _ = row
        if kind == ADD:
            self.levels[side, ticks].append([order, lots, False])
        elif kind == TRADE:
            self.hidden(side, ticks, lots)
        elif kind == REPLACE:
            found = self.find(prev)
            assert found is not None
            self.levels[found[0]].remove(found[1])
            self.levels[found[0][0], ticks].append([order, lots, False])
        elif kind in (REDUCE, DELETE, EXECUTE):
            found = self.find(order)
            assert found is not None
            key, entry = found
            if kind == EXECUTE:
                before = self.levels[key][: self.levels[key].index(entry)]
                self.reach([e for e in before if e[2]], lots)
                self.pass_through(*key)
            entry[1] -= lots
            if entry[1] == 0:
                self.levels[key].remove(entry)

    def ahead(self) -> dict[int, int]:
        """Lots of the market before each of ours."""
        return {
            entry[0]: sum(e[1] for e in level[:at] if not e[2])
            for level in self.levels.values()
            for at, entry in enumerate(level)
            if entry[2]
        }

    def reach(self, ours: list[list[Any]], lots: int) -> None:
        for entry in ours:
            part = min(lots, entry[1])
            if part:
                self.give(entry, part, QUEUE)
            lots -= part

    def hidden(self, aggressor: int, ticks: int, lots: int) -> None:
        side, first = 1 - aggressor, []
        for entry in self.levels[side, ticks]:
            if not entry[2]:
                break
            first.append(entry)
        self.reach(first, lots)
        self.pass_through(side, ticks)

    def pass_through(self, side: int, ticks: int) -> None:
        for (s, t), level in list(self.levels.items()):
            if s == side and (t > ticks if side == 0 else t < ticks):
                for entry in [e for e in level if e[2]]:
                    self.give(entry, entry[1], THROUGH)

    def give(self, entry: list[Any], lots: int, why: int) -> None:
        self.fills.append((entry[0], lots, why))
        entry[1] -= lots
        if entry[1] == 0:
            for level in self.levels.values():
                level[:] = [e for e in level if e is not entry]


def compare(make: Any, seed: int, count: int) -> set[int]:
    """A venue beside the book; returns why fills were."""
    desk, whys = L3Desk(make), set[int]()
    model, random, k = PriceTime(), Random(seed), 0
    desk.feed(frames_of([EMPTY], desk.levels))
    for row in order_storm(seed, count):
        desk.feed(frames_of([row], desk.levels))
        model.row(row)
        assert sorted(desk.fills()) == sorted(model.fills)
        whys |= {why for _, _, why in model.fills}
        model.fills.clear()
        if make is reference.SimVenue:
            assert {o.client_order_id & 0xFFFF: o.ahead_lots for o in desk.venue.orders} == {
                own + 1: lots for own, lots in model.ahead().items()
            }
        desk.t_ns = row[0]
        roll = random.random()
        if roll < 0.25 and k < 30:
            side, lots = random.randint(0, 1), random.randint(1, 9)
            ticks = priced(random, side)
            desk.place(k, ("BUY", "SELL")[side], ticks, lots)
            model.join(k, side, ticks, lots)
            k += 1
        elif roll < 0.3 and k:
            gone = random.randrange(k)
            desk.cancel(gone)
            model.leave(gone)
        desk.venue.take_reports()
    return whys


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 150), st.booleans())
def test_fills_are_those_of_a_book_that_holds_our_orders(
    seed: int, count: int, plain: bool
) -> None:
    compare(reference.SimVenue if plain else SimVenue, seed, count)


@BOTH
def test_that_book_fills_for_every_reason(make: Any) -> None:
    assert compare(make, 1, 200) == {QUEUE, THROUGH}


# -- both twins ------------------------------------------------------------------------------------


def junk(random: Random, last: int) -> bytes:
    """A frame that no book of orders would make: row and levels have nothing to do with each
    other, ids come twice, some numbers are none."""
    side = random.randint(0, 1)
    row = OrderChange(
        random.randint(1, 60), random.randint(0, 60), random.choice((0, priced(random, side))),
        random.choice((0, 1, 3, 9, 2**40)), random.choice((15, *range(16, 21), *range(16, 21), 21)),
        random.choice((0, 1, 0, 1, 2, 3)),
    )  # fmt: skip
    kind = random.choice((EventKind.DEPTH, EventKind.DEPTH, EventKind.TRADE, EventKind.SNAPSHOT))
    event = MarketEvent(
        kind=kind, source=0, instrument=0, t_recv_ns=0, last_id=last, first_id=last,
        chained=Chain.NONE,
    )  # fmt: skip
    if kind == EventKind.TRADE:
        event.trades = [TradeRecord(last, priced(random, side), random.randint(1, 9), 1 - side)]
    else:
        levels = [Level(priced(random, side), random.randint(0, 20))]
        event.bids, event.asks = (levels, []) if side == 0 else ([], levels)
    frame = bytearray(flat_frame(event, 0, row if random.random() < 0.9 else None))
    if random.random() < 0.05:
        frame[random.randrange(len(frame))] ^= 1 << random.randrange(8)
    return bytes(frame) if random.random() < 0.995 else clear_frame()


@pytest.mark.parametrize("sim", [{}, {"partial_fills": False}, {"self_impact": True}], ids=str)
def test_storms_of_orders_are_answered_alike(sim: dict[str, Any]) -> None:
    config = fifo_config(fifo_orders=14, **sim)
    native, plain = SimVenue(config), reference.SimVenue(config)
    random, levels = Random(7), Levels(orders=True)
    recording = frames_of([EMPTY, *order_storm(5, 1500)], levels)
    frames = [
        bytes(recording.blob[o : o + n])
        for o, n in zip(recording.offsets.tolist(), recording.sizes.tolist(), strict=True)
    ]
    whys: set[int] = set()
    for k, frame in enumerate(frames):
        t_ns = k * STEP_NS
        asked = []
        if random.random() < 0.4:
            side = random.randint(0, 1)
            more = {"icebergQty": "0.00002"} if random.random() < 0.2 else {}
            ticks = priced(random, side) + random.choice((0, 0, 0, 3, -3))
            asked = [place_text(k % 30, ("BUY", "SELL")[side], ticks, random.randint(2, 9), **more)]
        for venue in (native, plain):
            venue.on_market(0, frame, t_ns)
        if random.random() < 0.3:
            data = junk(random, k)
            for venue in (native, plain):
                venue.on_market(0, data, t_ns)
        for data in asked:
            for venue in (native, plain):
                venue.on_request(0, data, t_ns)
        assert native.take_reports() == plain.take_reports(), k
        fills = native.take_fills()
        assert fills.tolist() == plain.take_fills().tolist(), k
        whys |= set(fills["why"].tolist())
        assert native.book_counters() == plain.book_counters(), k
    assert whys == {0, 1, 2, 3}
    assert native.book_counters()["orders_full"] > 10
    assert native.book_counters()["orders_unknown"] > 100
