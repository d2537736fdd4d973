"""Ids by the venue's chain, trade ids, silence, days."""

from typing import Any

import numpy as np
import pytest

from tickpath.core.records import Chain, EventKind
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, OrderRow, Ticks, joined, ticks_of
from tickpath.storage.quality.gaps import Days, DepthIds, Silence, TradeIds
from tickpath.storage.quality.view import Rules, view_of

S = 10**9
T = 1_723_075_200 * S


def depth(first: int, last: int, prev: int = 0, chain: Chain = Chain.FIRST) -> Ticks:
    return ticks_of(
        t_recv_ns=T, first_id=first, last_id=last, prev_id=prev, price_ticks=10, quantity_lots=1,
        kind=int(EventKind.DEPTH), flags=LAST | int(chain) << CHAIN_SHIFT,
    )  # fmt: skip


def named(first: int, last: int, prev: int) -> Ticks:
    return depth(first, last, prev, Chain.PREV)


def snapshot(last: int) -> Ticks:
    return ticks_of(
        t_recv_ns=T, last_id=last, price_ticks=10, quantity_lots=1, kind=int(EventKind.SNAPSHOT)
    )


LOST = ticks_of(t_recv_ns=T, kind=int(OrderRow.CLEAR), side=NO_SIDE)


def fed(check: Any, parts: list[Ticks], together: bool) -> dict[str, float]:
    for chunk in [joined(parts)] if together else parts:
        check.take(view_of(chunk))
    return dict(check.figures())


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("parts", "gaps", "missing", "stale"),
    [
        ([depth(1, 3), depth(4, 4), depth(5, 9)], 0, 0, 0),
        ([depth(1, 3), depth(6, 9)], 1, 2, 0),
        ([depth(1, 3), depth(2, 5)], 0, 0, 0),
        ([depth(1, 5), depth(2, 5), depth(6, 7)], 0, 0, 1),
        ([depth(1, 3), snapshot(7), depth(6, 9), depth(10, 11)], 0, 0, 0),
        ([depth(1, 3), snapshot(7), depth(9, 9)], 1, 5, 0),
        ([depth(1, 3), LOST, depth(9, 9)], 0, 0, 0),
        ([snapshot(7), depth(20, 21)], 0, 0, 0),
        ([named(1, 3, 0), named(7, 9, 3), named(12, 15, 9)], 0, 0, 0),
        ([named(1, 3, 0), named(7, 9, 5)], 1, 2, 0),
        ([named(1, 3, 0), snapshot(8), named(7, 9, 5), named(12, 13, 9)], 0, 0, 0),
        ([depth(1, 3, chain=Chain.NONE), depth(9, 9, chain=Chain.NONE)], 0, 0, 0),
    ],
)
def test_depth_ids(parts: list[Ticks], gaps: int, missing: int, stale: int, together: bool) -> None:
    check = DepthIds()
    found = fed(check, parts, together)
    assert (found["gaps"], found["missing_updates"], found["stale_updates"]) == (
        gaps, missing, stale,
    )  # fmt: skip
    assert len(check.cases()) == gaps


def test_a_book_given_up_is_counted_in_levels_only() -> None:
    assert fed(DepthIds(), [depth(1, 3), LOST], True)["lost_books"] == 1
    order = ticks_of(t_recv_ns=T, kind=int(OrderRow.ADD), order_id=1, price_ticks=1)
    assert fed(DepthIds(), [LOST, order], True)["lost_books"] == 0


def trades(*ids: int) -> Ticks:
    return ticks_of(
        t_recv_ns=np.arange(len(ids)) + T, last_id=ids, price_ticks=1, quantity_lots=1,
        kind=int(EventKind.TRADE),
    )  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
def test_trade_ids(together: bool) -> None:
    parts = [trades(5, 6), trades(9, 10), trades(10, 8, 11)]
    check = TradeIds(Rules(venue="binance-usdm"))
    assert fed(check, parts, together) == {
        "trade_gaps": 1, "missing_trades": 2, "repeated_trades": 2,
    }  # fmt: skip
    assert check.cases()[0].text == "trades 7 to 8 are missing"
    elsewhere = fed(TradeIds(Rules(venue="nasdaq")), parts, together)
    assert (elsewhere["trade_gaps"], elsewhere["repeated_trades"]) == (0, 2)


@pytest.mark.parametrize("together", [True, False])
def test_silence_and_days(together: bool) -> None:
    times = [T, T + 5 * S, T + 70 * S, T + 3 * 86_400 * S]
    parts = [ticks_of(t_recv_ns=t, price_ticks=1, kind=int(EventKind.BBO)) for t in times]
    check = Silence(Rules(time_gap_s=60))
    found = fed(check, parts, together)
    assert (found["time_gaps"], found["longest_silence_s"]) == (2, 3 * 86_400 - 70)
    assert check.cases()[0].t_ns == T + 5 * S
    days = Days()
    assert fed(days, parts, together) == {"days": 2, "missing_days": 2}
    assert days.missing() == ["2024-08-09", "2024-08-10"]
