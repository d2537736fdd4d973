"""What the market maker does, on both backends: quotes, leans, waits, replaces, cancels."""

from dataclasses import replace
from typing import Any

import pytest
from strategy_support import BACKENDS, spec_of, stage_with, top_of, view_of

from tickpath.core.records import (
    BookStatus,
    BookTop,
    EventKind,
    Intent,
    IntentKind,
    Level,
    OpenOrder,
    OrderState,
    Side,
)

backends = pytest.mark.parametrize("backend", BACKENDS)
NEUTRAL = {"imbalance_shift_ppm": 0, "lean_ppm": 0}
BID, ASK = 6_200_000, 6_200_002


def even(lots: int = 400) -> BookTop:
    """The same quantity on both sides: microprice = mid."""
    return top_of(BID, 2, lots, lots)


def quotes(stage: Any, top: BookTop, own: list[OpenOrder], **changes: Any) -> list[Intent]:
    _, intents = stage.evaluate(view_of(top=top, **changes), [], [own])
    return list(intents)


def prices(intents: list[Intent]) -> dict[int, int]:
    return {i.side: i.price_ticks for i in intents if i.kind != IntentKind.CANCEL}


def order(side: Side, price_ticks: int, state: int = OrderState.LIVE, number: int = 1) -> OpenOrder:
    return OpenOrder(number, price_ticks, 200, side, state, 0)


@backends
def test_it_quotes_both_sides_at_the_half_spread(backend: str) -> None:
    stage = stage_with(backend, spec_of("imbalance_maker", half_spread_ppm=20, **NEUTRAL))
    found = quotes(stage, even(), [])
    assert prices(found) == {Side.BUY: BID + 1 - 124, Side.SELL: BID + 1 + 124}
    assert {i.quantity_lots for i in found} == {202}


@backends
def test_the_quantity_may_be_given(backend: str) -> None:
    stage = stage_with(backend, spec_of("imbalance_maker", order_lots=333))
    assert {i.quantity_lots for i in quotes(stage, even(), [])} == {333}


@backends
def test_the_centre_follows_the_book_and_leans_against_the_position(backend: str) -> None:
    stage = stage_with(backend, spec_of("imbalance_maker"))
    neutral = prices(quotes(stage, even(), []))
    heavy_bid = replace(even(), bids=[Level(BID, 9000)])
    higher = prices(quotes(stage, heavy_bid, []))
    lower = prices(quotes(stage, even(), [], position_lots=1000))
    for side in (Side.BUY, Side.SELL):
        assert lower[side] < neutral[side] < higher[side]


@backends
def test_quotes_never_cross_the_other_side(backend: str) -> None:
    shift = {"half_spread_ppm": 1, "imbalance_shift_ppm": 50_000}
    stage = stage_with(backend, spec_of("imbalance_maker", **shift))
    assert prices(quotes(stage, replace(even(), bids=[Level(BID, 10**6)]), []))[Side.BUY] == ASK - 1
    assert (
        prices(quotes(stage, replace(even(), asks=[Level(ASK, 10**6)]), []))[Side.SELL] == BID + 1
    )


@backends
def test_a_quote_moves_only_by_the_threshold(backend: str) -> None:
    stage = stage_with(backend, spec_of("imbalance_maker", replace_ppm=5, **NEUTRAL))
    wanted = prices(quotes(stage, even(), []))
    for away, kinds in ((30, []), (31, [IntentKind.REPLACE]), (-31, [IntentKind.REPLACE])):
        own = [order(Side.BUY, wanted[Side.BUY] + away), order(Side.SELL, wanted[Side.SELL], 2, 2)]
        assert [i.kind for i in quotes(stage, even(), own)] == kinds


@backends
@pytest.mark.parametrize(
    "state",
    [OrderState.PENDING_NEW, OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE,
     OrderState.UNKNOWN],
)  # fmt: skip
def test_a_side_with_an_order_in_flight_waits(backend: str, state: int) -> None:
    stage = stage_with(backend, spec_of("imbalance_maker"))
    found = quotes(stage, even(), [order(Side.BUY, 1, state)])
    assert [i.side for i in found] == [Side.SELL]


@backends
def test_a_second_live_order_of_a_side_is_cancelled(backend: str) -> None:
    stage = stage_with(backend, spec_of("imbalance_maker"))
    own = [order(Side.SELL, ASK + 120), order(Side.SELL, ASK + 500, number=2)]
    cancelled = [i for i in quotes(stage, even(), own) if i.kind == IntentKind.CANCEL]
    assert [i.client_order_id for i in cancelled] == [2]


@backends
def test_the_position_is_limited_on_both_sides(backend: str) -> None:
    """10 000 ppm of 100 000 USDT at 62 000.02: 1612 lots."""
    stage = stage_with(backend, spec_of("imbalance_maker"))
    assert set(prices(quotes(stage, even(), [], position_lots=1612 - 202))) == {0, 1}
    full = quotes(stage, even(), [order(Side.BUY, BID)], position_lots=1612 - 201)
    assert [(i.kind, i.client_order_id) for i in full if i.kind == IntentKind.CANCEL] == [
        (IntentKind.CANCEL, 1)
    ]
    assert set(prices(full)) == {Side.SELL}
    assert set(prices(quotes(stage, even(), [], position_lots=-(1612 - 202)))) == {0, 1}
    assert set(prices(quotes(stage, even(), [], position_lots=-(1612 - 201)))) == {Side.BUY}


@backends
def test_a_book_that_is_not_ok_cancels_the_quotes(backend: str) -> None:
    stage = stage_with(backend, spec_of("imbalance_maker"))
    own = [
        order(Side.BUY, BID),
        order(Side.SELL, ASK, OrderState.PENDING_NEW, 2),
        order(Side.SELL, ASK, OrderState.PENDING_CANCEL, 3),
    ]
    quotes(stage, even(), own)
    found = quotes(stage, replace(even(), status=BookStatus.CROSSED), own)
    assert [(i.kind, i.client_order_id) for i in found] == [
        (IntentKind.CANCEL, 1),
        (IntentKind.CANCEL, 2),
    ]


@backends
def test_it_quotes_again_after_a_fill_but_not_after_a_reject(backend: str) -> None:
    stage = stage_with(backend, spec_of("imbalance_maker"))
    quotes(stage, even(), [])
    gone = order(Side.BUY, BID, OrderState.FILLED)
    view = view_of(EventKind.ORDER, top=even(), order=gone, fill_lots=200, fill_ticks=BID)
    assert len(stage.evaluate(view, [], [[]], 0)[1]) == 2
    assert stage.evaluate(replace(view, fill_lots=0), [], [[]], 0)[1] == []
    lost = replace(view, top=replace(even(), status=BookStatus.STALE))
    assert stage.evaluate(lost, [], [[]], 0)[1] == []


@backends
def test_an_empty_or_locked_side_gets_no_quotes(backend: str) -> None:
    stage = stage_with(backend, spec_of("imbalance_maker"))
    for top in (
        replace(even(), bid_ticks=0, bid_lots=0, bids=[]),
        replace(even(), ask_ticks=BID),
        replace(even(), ask_lots=0),
    ):
        assert quotes(stage, top, []) == []
