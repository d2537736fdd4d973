"""Duplicates, clocks, crossed books, outliers: each finds what was put in, and nothing else."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.records import EventKind
from tickpath.core.ticks import LAST, NO_SIDE, OrderRow, Ticks, joined, ticks_of
from tickpath.storage.quality.books import Books
from tickpath.storage.quality.clock import Clock
from tickpath.storage.quality.duplicates import Duplicates
from tickpath.storage.quality.outliers import Outliers
from tickpath.storage.quality.sample import LogCounts, Sample
from tickpath.storage.quality.view import Rules, view_of

S = 10**9
T = 1_723_075_200 * S
TRADE, DEPTH, SNAPSHOT, BBO = (
    int(k) for k in (EventKind.TRADE, EventKind.DEPTH, EventKind.SNAPSHOT, EventKind.BBO)
)
Level = tuple[int, int, int]
both = pytest.mark.parametrize("together", [True, False])


def event(kind: int, t: int, *levels: Level, **more: int) -> Ticks:
    """One event of (side, price, quantity) rows."""
    side, price, lots = zip(*levels, strict=True)
    flags = np.zeros(len(levels), int)
    flags[-1] = LAST
    return ticks_of(
        t_recv_ns=T + t, kind=kind, side=side, price_ticks=price, quantity_lots=lots, flags=flags,
        **more,
    )  # fmt: skip


def trade(t: int, price: int, lots: int = 1, **more: int) -> Ticks:
    return event(TRADE, t, (0, price, lots), **more)


def fed(check: Any, parts: list[Ticks], together: bool) -> dict[str, float]:
    for chunk in [joined(parts)] if together else parts:
        check.take(view_of(chunk))
    return dict(check.figures())


@both
def test_equal_events_are_duplicates_where_that_says_something(together: bool) -> None:
    levels = ((0, 10, 1), (1, 11, 2))
    parts = [
        trade(0, 10, last_id=7), trade(0, 10, last_id=7),
        trade(0, 10), trade(0, 10),
        event(DEPTH, 1, *levels), event(DEPTH, 1, *levels), event(DEPTH, 2, *levels),
        event(DEPTH, 2, (0, 10, 1), (1, 11, 3)),
    ]  # fmt: skip
    check = Duplicates()
    assert fed(check, parts, together) == {"duplicates": 2}
    assert [c.t_ns for c in check.cases()] == [T, T + 1]


@both
def test_clocks(together: bool) -> None:
    parts = [
        trade(0, 1, t_venue_ns=T - 5_000_000), trade(S, 1, t_venue_ns=T + S - 7_000_000),
        trade(S // 2, 1, t_venue_ns=0), trade(2 * S, 1, t_venue_ns=T - S),
        trade(3 * S, 1, t_venue_ns=T + 3 * S - 6_000_000),
    ]  # fmt: skip
    found = fed(Clock(Rules(skew_jump_s=1)), parts, together)
    assert (found["clock_falls"], found["clock_fall_s_max"]) == (1, 0.5)
    assert (found["venue_clock_falls"], found["skew_jumps"]) == (1, 2)
    assert (found["skew_ms_min"], found["skew_ms_max"]) == (5, 3000)
    assert found["skew_ms_median"] == 6.5


@both
def test_crossed_and_locked_levels(together: bool) -> None:
    parts = [
        event(DEPTH, 0, (0, 20, 1), (1, 10, 1)),
        event(SNAPSHOT, 1, (0, 10, 1), (0, 9, 1), (1, 12, 1)),
        event(DEPTH, 2, (0, 12, 1)),
        event(DEPTH, 4, (0, 13, 1)),
        event(DEPTH, 9, (0, 13, 0), (0, 12, 0)),
        event(SNAPSHOT, 10, (NO_SIDE, 0, 0)),
        event(BBO, 11, (0, 10, 1), (1, 10, 1)),
        event(BBO, 12, (0, 11, 1), (1, 10, 1)),
        event(BBO, 14, (1, 10, 1)),
    ]
    check = Books()
    found = fed(check, parts, together)
    names = ("crossed", "locked", "crossed_bbo", "locked_bbo")
    assert [found[n] for n in names] == [1, 1, 1, 1]
    assert found["longest_crossed_ms"] == 7e-6


@both
def test_crossed_orders(together: bool) -> None:
    def order(kind: OrderRow, t: int, number: int, side: int, price: int, lots: int) -> Ticks:
        prev = number if kind == OrderRow.REPLACE else 0
        return event(int(kind), t, (side, price, lots), order_id=number, prev_id=prev)

    parts = [
        order(OrderRow.ADD, 0, 1, 0, 10, 5), order(OrderRow.ADD, 1, 2, 1, 11, 5),
        order(OrderRow.ADD, 2, 3, 0, 12, 5), order(OrderRow.EXECUTE, 3, 3, 0, 12, 5),
        order(OrderRow.REDUCE, 4, 1, 0, 10, 2), order(OrderRow.REPLACE, 5, 1, 0, 11, 3),
        order(OrderRow.DELETE, 6, 9, 0, 10, 1), order(OrderRow.EXECUTE, 7, 1, 0, 11, 9),
    ]  # fmt: skip
    found = fed(Books(), parts, together)
    names = ("crossed", "locked", "unknown_orders", "overfilled_orders")
    assert [found[n] for n in names] == [1, 2, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 12), st.integers(0, 2)), max_size=60))
@settings(max_examples=60)
def test_the_best_prices_are_those_of_the_levels(changes: list[Level]) -> None:
    books = Books()
    levels: list[dict[int, int]] = [{}, {}]
    for side, price, lots in changes:
        (books.bids if side == 0 else books.asks).set(price, lots)
        levels[side][price] = lots
        shown = [[p for p, q in one.items() if q] for one in levels]
        assert books.bids.best() == max(shown[0], default=None)
        assert books.asks.best() == min(shown[1], default=None)


@both
def test_outliers(together: bool) -> None:
    prices = [1000 + k % 3 for k in range(200)]
    parts = [trade(k, p, 1 + k % 5) for k, p in enumerate(prices)]
    clean = fed(Outliers(Rules(jump_sigmas=20, quantity_factor=1000)), parts, together)
    assert clean["price_jumps"] == clean["absurd_quantities"] == 0
    parts += [trade(300, 1500), trade(301, 1000, 10**7), trade(302, 1000, 0), trade(303, 0)]
    check = Outliers(Rules(jump_sigmas=20, quantity_factor=1000))
    found = fed(check, parts, together)
    assert (found["price_jumps"], found["trade_step_sigma_ticks"]) == (3, 1.4826)
    assert (found["absurd_quantities"], found["zero_quantities"], found["without_price"]) == (
        1,
        1,
        1,
    )
    assert {c.check for c in check.cases()} == {"price jump", "quantity"}


@both
def test_mids_step_too(together: bool) -> None:
    parts = [event(BBO, k, (0, 100 + k % 2, 1), (1, 102 + k % 2, 1)) for k in range(100)]
    parts.append(event(BBO, 200, (0, 900, 1), (1, 902, 1)))
    assert fed(Outliers(Rules(jump_sigmas=20)), parts, together)["price_jumps"] == 1


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=200), st.integers(1, 50))
@settings(max_examples=50)
def test_a_sample_has_exact_ends_and_close_quantiles(values: list[int], size: int) -> None:
    sample = Sample()
    for start in range(0, len(values), size):
        sample.take(np.array(values[start : start + size], np.int64))
    assert (sample.count, sample.least, sample.most) == (len(values), min(values), max(values))
    assert sample.quantile(0.5) == pytest.approx(np.median(values))


def test_a_full_sample_thins_out_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickpath.storage.quality.sample.SAMPLE_MAX", 100)
    sample = Sample()
    for start in range(0, 10_000, 70):
        sample.take(np.arange(start, min(start + 70, 10_000)))
    assert sample.stride == 128
    assert sample.quantile(0.5) == pytest.approx(5000, rel=0.03)


def test_counts_by_size_are_right_to_a_step() -> None:
    counts = LogCounts()
    counts.take(np.arange(1, 1001))
    assert counts.above(0) == 1000
    assert abs(counts.above(500) - 500) <= 25
    assert counts.above(2000) == 0
