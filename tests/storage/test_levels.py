"""Orders to levels: against a slow book of orders, and what cannot be is named."""

from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.errors import ConfigError, DataError
from tickpath.core.records import EventKind
from tickpath.core.ticks import LAST, NO_SIDE, OrderRow, Ticks, chunks, joined, ticks_of
from tickpath.storage.levels import Levels, has_orders, levels_of, orders_of
from tickpath.venues.flat.frames import flat_recording

Row = tuple[int, int, int, int, int, int, int]
NAMES = ("kind", "order_id", "prev_id", "side", "price_ticks", "quantity_lots", "last_id")


def storm(seed: int, count: int) -> list[Row]:
    """Rows of orders that could be, with some of orders from before."""
    random, resting, rows, ids = Random(seed), {}, [], 0
    for k in range(count):
        kind = random.choice(tuple(OrderRow)[:5] * 6 + (OrderRow.CLEAR,))
        own = random.choice([*resting, 10**6]) if resting else 10**6
        side, price, lots = resting.get(own, (0, 1, 1))
        if kind == OrderRow.ADD or own == 10**6:
            ids += 1
            side, price, lots = random.randint(0, 1), random.randint(90, 110), random.randint(1, 9)
            resting[ids] = (side, price, lots)
            rows.append((int(OrderRow.ADD), ids, 0, side, price, lots, 0))
        elif kind == OrderRow.CLEAR:
            resting.clear()
            rows.append((int(kind), 0, 0, NO_SIDE, 0, 0, 0))
        elif kind == OrderRow.REPLACE:
            ids += 1
            new = (side, random.randint(90, 110), random.randint(1, 9))
            del resting[own]
            resting[ids] = new
            rows.append((int(kind), ids, own, side, new[1], new[2], 0))
        else:
            gone = lots if kind == OrderRow.DELETE else random.randint(1, lots)
            resting[own] = (side, price, lots - gone)
            if gone == lots:
                del resting[own]
            rows.append((int(kind), own, 0, side, price, gone, k + 1))
    return rows


def columns(rows: list[Row]) -> Ticks:
    table = np.array(rows, np.int64)
    times = np.arange(len(rows)) * 1000 + 5
    return ticks_of(t_recv_ns=times, **{name: table[:, k] for k, name in enumerate(NAMES)})


def slow_book(rows: list[Row]) -> list[tuple[dict[int, int], dict[int, int]]]:
    """Levels after every row, summed anew from the orders."""
    resting: dict[int, tuple[int, int, int]] = {}
    found = []
    for kind, own, prev, side, price, lots, _ in rows:
        if kind == OrderRow.CLEAR:
            resting.clear()
        elif kind in (OrderRow.ADD, OrderRow.REPLACE):
            resting.pop(prev, None)
            resting[own] = (side, price, lots)
        elif own in resting:
            s, p, left = resting[own]
            resting[own] = (s, p, left - lots)
            if resting[own][2] == 0 or kind == OrderRow.DELETE:
                del resting[own]
        sums: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
        for s, p, q in resting.values():
            sums[s][p] += q
        found.append((dict(sums[0]), dict(sums[1])))
    return found


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 120), st.integers(1, 40))
def test_levels_are_those_of_the_orders(seed: int, count: int, size: int) -> None:
    rows = storm(seed, count)
    wanted = slow_book(rows)
    found = joined(list(levels_of(chunks(columns(rows), size))))
    sides: tuple[dict[int, int], dict[int, int]] = ({}, {})
    after: dict[int, tuple[dict[int, int], dict[int, int]]] = {}
    for kind, side, price, lots, t_ns in zip(
        *(found[n].tolist() for n in ("kind", "side", "price_ticks", "quantity_lots", "t_recv_ns")),
        strict=True,
    ):
        if kind == EventKind.SNAPSHOT:
            sides = ({}, {})
        elif kind == EventKind.DEPTH:
            sides[side][price] = lots
            if lots == 0:
                del sides[side][price]
        after[(t_ns - 5) // 1000] = (dict(sides[0]), dict(sides[1]))
    assert all(after[k] == wanted[k] for k in after)
    assert len(after) == len(rows)
    assert len(flat_recording("nasdaq", "AAPL", found)) == found.events()
    traded = sum(row[5] for row in rows if row[0] == OrderRow.EXECUTE)
    assert int(found["quantity_lots"][found["kind"] == EventKind.TRADE].sum()) == traded


def test_an_execution_prints_its_trade_before_the_level() -> None:
    rows = [(16, 1, 0, 1, 101, 5, 0), (19, 1, 0, 1, 100, 2, 77), (19, 1, 0, 1, 101, 1, 0)]
    found = Levels().take(columns(rows))
    assert found["kind"].tolist() == [2, 1, 4, 1, 1]
    trade = found.rows(2, 3)
    assert (trade["price_ticks"][0], trade["side"][0], trade["last_id"][0]) == (100, 0, 77)
    assert found["quantity_lots"].tolist()[-2:] == [3, 2]
    assert (found["flags"] & LAST).all()


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(1, 80), st.integers(1, 40))
def test_every_change_of_the_book_carries_its_order_row(seed: int, count: int, size: int) -> None:
    rows = storm(seed, count)
    parts = list(orders_of(chunks(columns(rows), size), "x"))
    plain = joined(list(levels_of(chunks(columns(rows), size))))
    found = joined([ticks for ticks, _ in parts])
    assert all((found[name] == plain[name]).all() for name in ("kind", "price_ticks", "side"))
    orders = np.concatenate([order for _, order in parts])
    assert len(orders) == found.events()
    carried = [
        (o["kind"], o["order_id"], o["prev_id"], o["side"], o["price_ticks"], o["quantity_lots"])
        for o in orders[orders["kind"] > 0]
    ]
    assert carried == [(int(OrderRow.CLEAR), 0, 0, NO_SIDE, 0, 0)] * (
        rows[0][0] != OrderRow.CLEAR
    ) + [row[:6] for row in rows]
    starts = found["kind"][np.flatnonzero(found["flags"] & LAST)][orders["kind"] == 19]
    printed = [row[6] != 0 for row in rows if row[0] == OrderRow.EXECUTE]
    assert (starts == EventKind.TRADE).tolist() == printed


def test_data_without_orders_are_refused() -> None:
    for ticks in (
        ticks_of(kind=[2, 1], side=[2, 0], price_ticks=[0, 5], quantity_lots=[0, 1]),
        ticks_of(kind=[4], price_ticks=5, quantity_lots=1),
    ):
        with pytest.raises(ConfigError, match="nasdaq:AAPL: the store carries no single orders"):
            list(orders_of([ticks], "nasdaq:AAPL"))


def test_orders_from_before_are_counted() -> None:
    levels = Levels()
    rows = [(18, 9, 0, 0, 1, 1, 0), (17, 9, 0, 0, 1, 1, 0), (20, 3, 9, 0, 1, 1, 0)]
    assert levels.take(columns(rows)).events() == 1  # the empty book
    assert levels.unknown == 3


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(16, 1, 0, 0, 100, 5, 0)] * 2, "row 1: order 1: FEED_DUPLICATE"),
        ([(16, 1, 0, 0, 100, 5, 0), (17, 1, 0, 0, 100, 6, 0)], "row 1: order 1: FEED_RANGE"),
        (
            [(16, 1, 0, 0, 9, 5, 0), (16, 2, 0, 0, 9, 5, 0), (20, 2, 1, 0, 9, 5, 0)],
            "row 2: order 1: FEED_DUPLICATE",
        ),
        ([(16, 1, 0, 0, 9, 5, 0), (1, 0, 0, 0, 9, 5, 0)], "row 1 of kind 1"),
    ],
)
def test_what_cannot_be_is_named(rows: list[Row], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Levels().take(columns(rows))


def test_levels_pass_as_they_are() -> None:
    ticks = ticks_of(kind=[1, 4], price_ticks=5, quantity_lots=1)
    assert not has_orders(ticks)
    assert list(levels_of([ticks])) == [ticks]
