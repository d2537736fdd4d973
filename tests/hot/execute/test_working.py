"""Orders that work in the engine: triggers, icebergs, brackets, OCO, expiries; both backends."""

import json
from typing import Any

import pytest
from execute_desk import Desk

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    TRIGGER_BBO,
    TRIGGER_MID,
    IntentKind,
    LinkRole,
    OrderState,
    OrderType,
    ReportKind,
    Side,
    TimeInForce,
)

NEVER = 2**63 - 1
MARKET, LIMIT = OrderType.MARKET, OrderType.LIMIT


@pytest.fixture
def desk() -> Desk:
    return Desk()


# -- stops ----------------------------------------------------------------------------------------


def test_a_parked_stop_is_shown_not_sent_and_not_reserved(desk: Desk) -> None:
    order = desk.parked()
    assert desk.sent() == []
    assert desk.state(order) == OrderState.PARKED
    position = desk.position()
    assert (position.open_sell_lots, position.open_order_count) == (0, 0)
    (own,) = desk.both(lambda stage: stage.own(0, 0))
    assert (own.client_order_id, own.leaves_lots, own.tag) == (order, 100, 7)


@pytest.mark.parametrize(
    ("side", "kind", "last", "due"),
    [
        (Side.SELL, OrderType.STOP, 91, False),
        (Side.SELL, OrderType.STOP, 90, True),
        (Side.SELL, OrderType.STOP, 1, True),
        (Side.BUY, OrderType.STOP, 89, False),
        (Side.BUY, OrderType.STOP, 90, True),
        (Side.SELL, OrderType.STOP_LIMIT, 90, True),
        (Side.BUY, OrderType.STOP_LIMIT, 89, False),
    ],
)
def test_a_stop_goes_out_at_its_trigger(
    desk: Desk, side: Side, kind: OrderType, last: int, due: bool
) -> None:
    price = 88 if kind == OrderType.STOP_LIMIT else 0
    order = desk.parked(side=side, type=kind, price_ticks=price)
    desk.price(last)
    intents = desk.step()
    assert len(intents) == due
    if due:
        wire = LIMIT if price else MARKET
        assert (intents[0].type, intents[0].quantity_lots) == (wire, 100)
        assert desk.state(order) == OrderState.LIVE
        (data,) = desk.sent()
        assert json.loads(data)["params"]["type"] == wire.name
        position = desk.position()
        assert position.open_buy_lots + position.open_sell_lots == 100
        assert desk.step() == []


def test_a_stop_watches_the_price_it_names(desk: Desk) -> None:
    mid = desk.parked(flags=TRIGGER_MID)
    bbo = desk.parked(flags=TRIGGER_BBO)
    last = desk.parked()
    desk.price(0, 181, 182)
    assert desk.step() == []
    desk.price(91, 180, 181)
    assert [i.client_order_id for i in desk.step()] == [mid]
    desk.price(90, 181, 180)
    assert [i.client_order_id for i in desk.step()] == [bbo, last]


@pytest.mark.parametrize(
    ("side", "path", "due"),
    [
        (Side.SELL, [100, 105, 96], False),
        (Side.SELL, [100, 105, 95], True),
        (Side.SELL, [100, 90], True),
        (Side.BUY, [100, 95, 104], False),
        (Side.BUY, [100, 95, 105], True),
    ],
)
def test_a_trailing_stop_follows_the_best_price(
    desk: Desk, side: Side, path: list[int], due: bool
) -> None:
    desk.parked(side=side, type=OrderType.TRAILING_STOP, trigger_ticks=10)
    for last in path[:-1]:
        desk.price(last)
        assert desk.step() == []
    desk.price(path[-1])
    assert len(desk.step()) == due


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"trigger_ticks": 0}, Code.EXECUTE_TRIGGER),
        ({"trigger_ticks": -1}, Code.EXECUTE_TRIGGER),
        ({"trigger_ticks": 2**60 + 1}, Code.EXECUTE_TRIGGER),
        ({"flags": 6}, Code.EXECUTE_TRIGGER),
        ({"flags": 8}, Code.RISK_INTENT),
        ({"type": 6}, Code.RISK_INTENT),
        ({"side": 2}, Code.RISK_INTENT),
        ({"strategy": 16}, Code.RISK_INTENT),
        ({"strategy": -1}, Code.RISK_INTENT),
        ({"instrument": 3}, Code.RISK_INTENT),
        ({"time_in_force": 3}, Code.RISK_INTENT),
        ({"role": 3}, Code.RISK_INTENT),
        ({"quantity_lots": 0}, Code.RISK_QUANTITY_MIN),
        ({"quantity_lots": -5}, Code.RISK_QUANTITY_MIN),
        ({"type": OrderType.STOP_LIMIT}, Code.RISK_PRICE_GRID),
        ({"price_ticks": -1}, Code.RISK_PRICE_GRID),
        ({"expire_ns": 1_000}, Code.EXECUTE_EXPIRED),
        ({"expire_ns": -1}, Code.EXECUTE_EXPIRED),
        ({"role": LinkRole.CHILD, "link": 9}, Code.EXECUTE_LINK),
        ({"role": LinkRole.CHILD}, Code.EXECUTE_LINK),
        ({"display_lots": 10}, Code.EXECUTE_TRIGGER),
        ({"type": LIMIT, "price_ticks": 5, "display_lots": 10}, Code.EXECUTE_TRIGGER),
        ({"type": LIMIT, "price_ticks": 5, "trigger_ticks": 0, "display_lots": -1},
         Code.EXECUTE_TRIGGER),
        ({"type": LIMIT, "price_ticks": 5, "trigger_ticks": 0, "display_lots": 101},
         Code.EXECUTE_TRIGGER),
        ({"type": LIMIT, "price_ticks": 5, "trigger_ticks": 0, "display_lots": 9,
          "time_in_force": TimeInForce.IOC}, Code.EXECUTE_TRIGGER),
        ({"kind": IntentKind.REPLACE, "client_order_id": 4}, Code.EXECUTE_UNKNOWN_ORDER),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    desk: Desk, changes: dict[str, Any], code: Code
) -> None:
    before = desk.stages[0].export_state()
    assert desk.park(**changes) == code
    assert desk.stages[0].export_state() == before


def test_parked_orders_fill_the_own_orders_list(desk: Desk) -> None:
    for _ in range(LIMITS["view_orders"]):
        desk.parked()
    assert desk.park() == Code.EXECUTE_TABLE_FULL
    assert desk.parked(strategy=1)


def test_a_parked_order_is_cancelled_on_the_spot(desk: Desk) -> None:
    order = desk.parked()
    assert desk.send(IntentKind.CANCEL, order) == Code.OK
    assert desk.notices() == [(order, OrderState.CANCELLED)]
    desk.price(1)
    assert desk.step() == []
    assert desk.sent() == []


def test_a_parked_order_is_changed_where_it_waits(desk: Desk) -> None:
    order = desk.parked()
    change = {"kind": IntentKind.REPLACE, "client_order_id": order}
    moved = stop(trigger_ticks=95, quantity_lots=60, **change)
    assert desk.both(lambda s: s.park(moved, 1, 5)) == Code.OK
    assert desk.park(side=Side.BUY, **change) == Code.EXECUTE_STATE
    assert desk.park(strategy=1, **change) == Code.EXECUTE_STATE
    desk.price(95)
    (intent,) = desk.step()
    assert (intent.client_order_id, intent.quantity_lots) == (order, 60)
    assert desk.park(**change) == Code.EXECUTE_STATE
    assert desk.send(IntentKind.REPLACE, order, side=Side.SELL) == Code.OK


def stop(**changes: Any) -> Any:
    from execute_desk import intent_of

    return intent_of(**changes)


def test_a_parked_order_is_not_replaced_by_one_that_goes_out(desk: Desk) -> None:
    order = desk.parked()
    assert desk.send(IntentKind.REPLACE, order, side=Side.SELL) == Code.EXECUTE_STATE


def test_reports_for_a_parked_order_make_no_sense(desk: Desk) -> None:
    order = desk.parked()
    for kind in range(1, 10):
        before = desk.stages[0].export_state()
        found = desk.report(ReportKind(kind), order, trade_id=1, last_ticks=1, last_lots=1)
        assert found.code == Code.EXECUTE_STATE
        assert desk.stages[0].export_state() == before


@pytest.mark.parametrize(
    ("code", "left"),
    [
        (Code.RISK_REDUCE_ONLY, None),
        (Code.RISK_POSITION, None),
        (Code.RISK_RATE, OrderState.PARKED),
        (Code.RISK_STALE, OrderState.PARKED),
        (Code.EXECUTE_OUT_FULL, OrderState.PARKED),
    ],
)
def test_a_refused_order_ends_unless_the_reason_passes(
    desk: Desk, code: Code, left: OrderState | None
) -> None:
    order = desk.parked()
    desk.price(90)
    (intent,) = desk.both(lambda stage: stage.due(0))
    desk.both(lambda stage: stage.refuse(intent, code))
    assert desk.state(order) == left
    assert len(desk.step()) == (left is not None)
    if left is None:
        assert desk.notices() == [(order, OrderState.REJECTED)]


# -- expiry ---------------------------------------------------------------------------------------


def test_a_parked_order_expires_at_its_time(desk: Desk) -> None:
    order = desk.parked(expire_ns=5_000)
    assert desk.next_expiry() == 5_000
    desk.expire(4_999)
    assert desk.state(order) == OrderState.PARKED
    desk.expire(5_000)
    assert desk.notices() == [(order, OrderState.EXPIRED)]
    assert desk.next_expiry() == NEVER


def test_a_live_order_is_cancelled_at_its_time(desk: Desk) -> None:
    order = desk.submit(expire_ns=5_000)
    assert desk.next_expiry() == 5_000
    desk.expire(5_000)
    (intent,) = desk.step()
    assert (intent.kind, intent.client_order_id) == (IntentKind.CANCEL, order)
    assert desk.state(order) == OrderState.PENDING_CANCEL
    desk.report(ReportKind.CANCEL_REJECT, order)
    assert desk.step() == []
    retry_ns = 5_000 + LIMITS["query_ns"]
    assert desk.next_expiry() == retry_ns
    desk.expire(retry_ns)
    assert len(desk.step()) == 1
    desk.report(ReportKind.CANCEL_ACK, order)
    assert desk.next_expiry() == NEVER


def test_an_expiry_in_the_past_is_refused(desk: Desk) -> None:
    order = desk.submit()
    before = desk.stages[0].export_state()
    for kind, named in ((IntentKind.SUBMIT, 0), (IntentKind.REPLACE, order)):
        assert desk.send(kind, named, expire_ns=1_000) == Code.EXECUTE_EXPIRED
    assert desk.stages[0].export_state() == before


# -- icebergs -------------------------------------------------------------------------------------


def iceberg(desk: Desk, **changes: Any) -> Any:
    return desk.parked(
        side=Side.BUY, type=LIMIT, price_ticks=100, trigger_ticks=0, display_lots=40, **changes
    )


def test_an_iceberg_shows_one_clip_after_the_other(desk: Desk) -> None:
    order = iceberg(desk)
    sizes = []
    for _ in range(3):
        (intent,) = desk.step()
        sizes.append(intent.quantity_lots)
        clip = desk.orders()[-1].client_order_id
        assert clip != order
        desk.fill(clip, intent.quantity_lots)
    assert sizes == [40, 40, 20]
    assert desk.notices() == [(order, OrderState.FILLED)]
    assert desk.orders() == []
    assert desk.position().position_lots == 100


def test_a_partly_filled_clip_is_not_refilled(desk: Desk) -> None:
    iceberg(desk)
    desk.step()
    desk.fill(desk.orders()[-1].client_order_id, 15)
    assert desk.step() == []
    assert [o.leaves_lots for o in desk.orders()] == [85, 25]


def test_cancelling_an_iceberg_cancels_its_clip(desk: Desk) -> None:
    order = iceberg(desk)
    desk.step()
    clip = desk.orders()[-1].client_order_id
    assert desk.send(IntentKind.CANCEL, order) == Code.OK
    assert desk.state(clip) == OrderState.PENDING_CANCEL
    desk.fill(clip, 10)
    desk.report(ReportKind.CANCEL_ACK, clip)
    assert desk.notices() == [(order, OrderState.CANCELLED)]
    desk.fill(clip, 5)
    assert desk.position().position_lots == 15


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (ReportKind.CANCEL_ACK, OrderState.CANCELLED),
        (ReportKind.EXPIRE, OrderState.EXPIRED),
    ],
)
def test_an_iceberg_ends_as_a_clip_that_the_venue_ended(
    desk: Desk, kind: ReportKind, state: OrderState
) -> None:
    order = iceberg(desk)
    desk.step()
    desk.report(kind, desk.orders()[-1].client_order_id)
    assert desk.notices() == [(order, state)]
    assert desk.step() == []


# -- brackets and OCO -----------------------------------------------------------------------------


def test_children_wait_for_their_entry(desk: Desk) -> None:
    desk.bracket()
    desk.price(1)
    assert desk.step() == []


def test_a_bracket_takes_its_profit_and_drops_its_stop(desk: Desk) -> None:
    entry, stop_order, take = desk.bracket()
    desk.fill(entry, 100)
    (intent,) = desk.step()
    assert (intent.client_order_id, intent.type, intent.price_ticks) == (take, LIMIT, 110)
    desk.fill(take, 30, 110)
    desk.fill(take, 70, 110)
    assert desk.notices() == [(stop_order, OrderState.CANCELLED)]
    assert desk.position().position_lots == 0
    assert desk.orders() == []


def test_a_stop_waits_for_the_cancel_of_the_profit_and_sells_what_is_left(desk: Desk) -> None:
    entry, stop_order, take = desk.bracket()
    desk.fill(entry, 100)
    desk.step()
    desk.price(90)
    (intent,) = desk.step()
    assert (intent.kind, intent.client_order_id) == (IntentKind.CANCEL, take)
    desk.fill(take, 30, 110)
    assert desk.step() == []
    desk.report(ReportKind.CANCEL_ACK, take)
    (intent,) = desk.step()
    assert (intent.client_order_id, intent.type, intent.quantity_lots) == (stop_order, MARKET, 70)
    desk.fill(stop_order, 70, 90)
    assert desk.position().position_lots == 0
    assert desk.orders() == []


def test_the_race_of_profit_and_stop_never_sells_twice(desk: Desk) -> None:
    entry, stop_order, take = desk.bracket()
    desk.fill(entry, 100)
    desk.step()
    desk.price(90)
    desk.step()
    desk.fill(take, 100, 110)
    desk.report(ReportKind.CANCEL_REJECT, take)
    assert desk.step() == []
    assert desk.notices() == [(stop_order, OrderState.CANCELLED)]
    assert desk.position().position_lots == 0


def test_a_stop_covers_a_partly_filled_entry_and_cancels_the_rest(desk: Desk) -> None:
    entry, stop_order, take = desk.bracket()
    desk.fill(entry, 40)
    assert desk.step() == []
    desk.price(90)
    assert desk.notices() == [(take, OrderState.CANCELLED)]
    (intent,) = desk.step()
    assert (intent.kind, intent.client_order_id) == (IntentKind.CANCEL, entry)
    desk.fill(entry, 5)
    desk.report(ReportKind.CANCEL_ACK, entry)
    (intent,) = desk.step()
    assert (intent.client_order_id, intent.quantity_lots) == (stop_order, 45)


@pytest.mark.parametrize("kind", [ReportKind.CANCEL_ACK, ReportKind.EXPIRE])
def test_children_end_with_an_entry_that_filled_nothing(desk: Desk, kind: ReportKind) -> None:
    entry, stop_order, take = desk.bracket()
    desk.report(kind, entry)
    ended = [(stop_order, OrderState.CANCELLED), (take, OrderState.CANCELLED)]
    assert desk.notices() == ended


def test_children_of_a_cut_short_entry_cover_what_filled(desk: Desk) -> None:
    entry, stop_order, take = desk.bracket()
    desk.fill(entry, 25)
    desk.report(ReportKind.CANCEL_ACK, entry)
    (intent,) = desk.step()
    assert (intent.client_order_id, intent.quantity_lots) == (take, 25)
    desk.fill(entry, 10)
    assert desk.state(stop_order) == OrderState.PARKED


def test_children_outlive_the_replace_of_their_entry(desk: Desk) -> None:
    entry, stop_order, take = desk.bracket()
    assert desk.send(IntentKind.REPLACE, entry, price_ticks=101) == Code.OK
    new = desk.orders()[-1].client_order_id
    desk.report(ReportKind.CANCEL_ACK, entry)
    desk.report(ReportKind.ACK, new)
    assert desk.notices() == []
    desk.fill(new, 100)
    assert [i.client_order_id for i in desk.step()] == [take]
    assert desk.state(stop_order) == OrderState.PARKED


def test_lots_the_venue_counted_keep_the_children_waiting(desk: Desk) -> None:
    entry, stop_order, take = desk.bracket()
    desk.report(ReportKind.CANCEL_ACK, entry, cumulative_lots=20)
    assert desk.notices() == []
    desk.fill(entry, 20)
    (intent,) = desk.step()
    assert (intent.client_order_id, intent.quantity_lots) == (take, 20)
    assert desk.state(stop_order) == OrderState.PARKED


def test_of_two_live_orders_of_a_link_a_fill_cancels_the_other(desk: Desk) -> None:
    first, second = desk.submit(link=3), desk.submit(link=3)
    desk.submit(link=4)
    desk.fill(first, 10)
    (intent,) = desk.step()
    assert (intent.kind, intent.client_order_id) == (IntentKind.CANCEL, second)


def test_a_triggered_stop_ends_the_parked_others_of_its_link(desk: Desk) -> None:
    low, high = desk.parked(link=3), desk.parked(link=3, side=Side.BUY, trigger_ticks=120)
    desk.price(120)
    assert desk.notices() == [(low, OrderState.CANCELLED)]
    assert [i.client_order_id for i in desk.step()] == [high]


# -- kill, notices, state -------------------------------------------------------------------------


def test_a_kill_drops_what_is_parked_and_nothing_else(desk: Desk) -> None:
    entry, *_ = desk.bracket()
    desk.parked(strategy=3, expire_ns=9_000)
    desk.both(lambda stage: stage.drop_held())
    assert [o.client_order_id for o in desk.orders()] == [entry]
    assert desk.notices() == []
    desk.fill(entry, 100)
    assert desk.step() == []
    assert desk.next_expiry() == NEVER


def test_notices_are_bounded_and_the_lost_are_counted(desk: Desk) -> None:
    for _ in range(LIMITS["notices_max"] + 3):
        desk.send(IntentKind.CANCEL, desk.parked())
    assert desk.both(lambda stage: stage.notices_lost) == 3
    assert len(desk.notices()) == LIMITS["notices_max"]


def test_parked_orders_survive_a_restart_on_either_backend(desk: Desk) -> None:
    entry, stop_order, take = desk.bracket()
    iceberg(desk)
    desk.step()
    desk.parked(type=OrderType.TRAILING_STOP, trigger_ticks=10)
    desk.send(IntentKind.CANCEL, desk.parked(expire_ns=7_000))
    desk.price(100)
    state = desk.stages[0].export_state()
    fresh = Desk()
    fresh.trade = desk.trade
    fresh.stages[0].import_state(state)
    fresh.stages[1].import_state(state)
    assert fresh.stages[1].export_state() == state
    for d in (desk, fresh):
        assert len(d.notices()) == 1
        d.fill(entry, 100)
        d.price(90)
        d.step()
    assert desk.stages[0].export_state() == fresh.stages[1].export_state()
    assert take != stop_order
