"""Unknown outcomes are asked after, never sent again; a bust takes back what its fill did."""

import json

import pytest
from execute_desk import Desk

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.core.records import IntentKind, OrderState, ReportKind, Side

ACK_NS, QUERY_NS = LIMITS["ack_ns_max"], LIMITS["query_ns"]
NEVER = 2**63 - 1


@pytest.fixture
def desk() -> Desk:
    return Desk()


def methods(desk: Desk) -> list[str]:
    return [json.loads(data)["method"] for data in desk.sent()]


def test_a_request_nobody_answers_becomes_unknown_and_is_asked_after(desk: Desk) -> None:
    assert desk.send(IntentKind.SUBMIT, 0) == Code.OK
    order = desk.orders()[0].client_order_id
    assert desk.next_expiry() == desk.now_ns + ACK_NS
    desk.expire(desk.next_expiry())
    assert desk.state(order) == OrderState.UNKNOWN
    assert desk.position().open_buy_lots == 100
    assert desk.notices() == [(order, OrderState.UNKNOWN)]
    assert methods(desk) == ["order.place"]
    for _ in range(2):
        desk.expire(desk.now_ns + QUERY_NS)
        assert methods(desk) == ["order.status"]
    desk.report(ReportKind.ACK, order)
    assert desk.state(order) == OrderState.LIVE
    assert desk.next_expiry() == NEVER


def test_an_answer_in_time_leaves_nothing_to_ask(desk: Desk) -> None:
    order = desk.submit()
    assert desk.next_expiry() == NEVER
    assert desk.send(IntentKind.CANCEL, order) == Code.OK
    assert desk.next_expiry() == desk.now_ns + ACK_NS
    desk.report(ReportKind.CANCEL_ACK, order)
    assert desk.next_expiry() == NEVER


def test_a_refused_cancel_is_asked_after_unless_the_end_arrives(desk: Desk) -> None:
    ended, open_ = desk.submit(), desk.submit()
    for order in (ended, open_):
        desk.send(IntentKind.CANCEL, order)
        desk.report(ReportKind.CANCEL_REJECT, order, code=-2011)
    desk.report(ReportKind.CANCEL_ACK, ended)
    desk.sent()
    desk.expire(desk.now_ns + QUERY_NS)
    assert methods(desk) == ["order.status"]
    assert desk.state(open_) == OrderState.LIVE
    desk.report(ReportKind.ACK, open_)
    assert desk.next_expiry() == NEVER
    assert desk.notices() == []


def test_a_venue_that_does_not_know_the_order_frees_it(desk: Desk) -> None:
    desk.send(IntentKind.SUBMIT, 0)
    order = desk.orders()[0].client_order_id
    desk.report(ReportKind.UNKNOWN, order)
    desk.report(ReportKind.REJECT, order, code=-2013)
    assert desk.position().open_buy_lots == 0


def test_a_bust_of_the_newest_fill_restores_everything(desk: Desk) -> None:
    first, second = desk.submit(), desk.submit()
    desk.fill(first, 30, 101)
    before = (desk.position(), desk.both(lambda stage: stage.ledger(1)))
    desk.fill(second, 20, 107)
    assert desk.position().position_lots == 50
    report = desk.report(ReportKind.BUST, second, trade_id=desk.trade, last_lots=20)
    assert report.code == Code.OK
    after = desk.position()
    assert after.open_buy_lots == before[0].open_buy_lots - 20
    after.open_buy_lots = before[0].open_buy_lots
    assert (after, desk.both(lambda stage: stage.ledger(1))) == before


def test_a_bust_counts_once_and_only_for_a_known_trade(desk: Desk) -> None:
    order = desk.submit()
    desk.fill(order, 30, 101)
    assert desk.report(ReportKind.BUST, order, trade_id=99).code == Code.EXECUTE_BUST
    assert desk.both(lambda stage: stage.money.may_send(0)) is False
    desk.both(lambda stage: stage.money.resume(0))
    assert desk.report(ReportKind.BUST, order, trade_id=1, last_lots=7).code == Code.EXECUTE_REPORT
    assert desk.report(ReportKind.BUST, order, trade_id=1).code == Code.OK
    assert desk.report(ReportKind.BUST, order, trade_id=1).code == Code.EXECUTE_DUPLICATE
    again = desk.report(ReportKind.FILL, order, trade_id=1, last_ticks=101, last_lots=30)
    assert again.code == Code.EXECUTE_DUPLICATE
    assert desk.position().position_lots == 0


def test_an_end_does_not_wait_for_a_fill_that_was_taken_back(desk: Desk) -> None:
    """The venue's cumulative quantity counts it: a late cancel ack must not reserve it again."""
    order = desk.submit()
    desk.fill(order, 30, 101)
    assert desk.report(ReportKind.BUST, order, trade_id=desk.trade).code == Code.OK
    desk.fill(order, 20, 101)
    assert desk.position().open_buy_lots == 50
    state = desk.both(lambda stage: stage.export_state())
    desk.both(lambda stage: stage.import_state(state))
    assert desk.report(ReportKind.CANCEL_ACK, order, cumulative_lots=60).code == Code.OK
    assert desk.position().open_buy_lots == 10, "one fill of ten lots has not come yet"
    desk.fill(order, 10, 101)
    assert desk.position().open_buy_lots == 0
    assert desk.position().position_lots == 30


@pytest.mark.parametrize("instrument", [0, 1, 2])
def test_all_busts_together_leave_the_opening_ledger(desk: Desk, instrument: int) -> None:
    """Fills that open, add, close and flip, taken back in another order."""
    opening = [desk.both(lambda stage, c=c: stage.ledger(c)) for c in range(3)]
    fills = []
    for side, lots, ticks in ((Side.BUY, 70, 1000), (Side.BUY, 30, 1013), (Side.SELL, 45, 1049),
                              (Side.SELL, 90, 991), (Side.BUY, 10, 987)):  # fmt: skip
        order = desk.submit(side=side, venue=instrument, instrument=instrument)
        desk.fill(order, lots, ticks)
        fills.append((order, desk.trade))
    for order, trade in (fills[k] for k in (3, 0, 4, 2, 1)):
        assert desk.report(ReportKind.BUST, order, trade_id=trade).code == Code.OK
        for currency in range(3):
            assert sum(desk.both(lambda stage, c=currency: stage.ledger(c)).values()) == 0
    position = desk.both(lambda stage: stage.positions)[instrument]
    assert (position.position_lots, position.entry_value, position.bought_lots) == (0, 0, 0)
    for currency in range(3):
        found = desk.both(lambda stage, c=currency: stage.ledger(c))
        moved = {name: found[name] - opening[currency][name] for name in found}
        assert abs(moved["cash"]) <= 5 * 10**9, moved
        assert abs(moved["realised"]) <= 5 * 10**9, moved
        assert moved["fees"] == 0
