"""Special types that the venue makes: sent at once, reserved, cancelled there; the rest parks."""

import json
from dataclasses import replace
from typing import Any

import pytest
from execute_desk import CONFIG, Desk

from tickpath.core.codes import Code
from tickpath.core.config import ExecuteSpec
from tickpath.core.records import (
    POSITION_LONG,
    REDUCE_ONLY,
    TRIGGER_BBO,
    TRIGGER_MID,
    IntentKind,
    OrderState,
    OrderType,
    ReportKind,
    Side,
)

MADE = ("binance-spot:stop", "binance-spot:stop_limit", "binance-spot:iceberg")
ICEBERG = {
    "type": OrderType.LIMIT, "trigger_ticks": 0, "price_ticks": 99, "quantity_lots": 100,
    "display_lots": 10,
}  # fmt: skip


@pytest.fixture
def desk() -> Desk:
    return Desk(replace(CONFIG, execute=ExecuteSpec(venue_orders=MADE)))


def wanted(desk: Desk, **changes: Any) -> tuple[int, dict[str, Any]]:
    """The order that went out at once, and what was said of it."""
    order = desk.parked(**changes)
    (text,) = desk.sent()
    return order, json.loads(text)["params"]


def test_a_stop_goes_to_its_venue_and_is_reserved_there(desk: Desk) -> None:
    order, said = wanted(desk)
    assert (said["type"], said["stopPrice"], "price" in said) == ("STOP_LOSS", "0.90", False)
    assert desk.state(order) == OrderState.PENDING_NEW
    assert desk.position().open_sell_lots == 100
    desk.report(ReportKind.ACK, order)
    desk.price(last=1)
    assert desk.step() == [], "the venue watches"
    desk.fill(order, 100, 89)
    assert desk.position().open_sell_lots == 0
    assert desk.orders() == []


def test_a_stop_limit_and_an_iceberg(desk: Desk) -> None:
    _, said = wanted(desk, type=OrderType.STOP_LIMIT, price_ticks=88)
    assert (said["type"], said["price"], said["stopPrice"]) == ("STOP_LOSS_LIMIT", "0.88", "0.90")
    order, said = wanted(desk, **ICEBERG)
    assert (said["type"], said["icebergQty"]) == ("LIMIT", "0.00010")
    desk.report(ReportKind.ACK, order)
    desk.fill(order, 30, 99)
    assert desk.position().open_sell_lots == 170
    assert desk.step() == []


def test_it_is_cancelled_at_the_venue_and_asked_after(desk: Desk) -> None:
    order, _ = wanted(desk)
    desk.report(ReportKind.ACK, order)
    assert desk.send(IntentKind.CANCEL, order) == Code.OK
    assert b"order.cancel" in desk.sent()[0]
    desk.report(ReportKind.CANCEL_ACK, order)
    assert desk.position().open_sell_lots == 0
    order, _ = wanted(desk)
    desk.expire(desk.next_expiry())
    desk.expire(desk.next_expiry())
    assert b"order.status" in desk.sent()[0]


def test_it_ends_at_its_time_by_a_cancel(desk: Desk) -> None:
    order, _ = wanted(desk, expire_ns=5_000)
    desk.report(ReportKind.ACK, order)
    desk.expire(5_000)
    (due,) = desk.step()
    assert (due.kind, due.client_order_id) == (IntentKind.CANCEL, order)


@pytest.mark.parametrize("changes", [{}, ICEBERG], ids=["stop", "iceberg"])
def test_it_is_not_replaced(desk: Desk, changes: dict[str, Any]) -> None:
    order, _ = wanted(desk, **changes)
    desk.report(ReportKind.ACK, order)
    change = {"kind": IntentKind.REPLACE, "client_order_id": order, "trigger_ticks": 95}
    assert desk.park(**change) == Code.EXECUTE_STATE
    assert desk.send(IntentKind.REPLACE, order, side=Side.SELL) == Code.EXECUTE_STATE


@pytest.mark.parametrize(
    "changes",
    [
        {"flags": TRIGGER_MID},
        {"flags": TRIGGER_BBO},
        {"flags": REDUCE_ONLY},
        {"link": 5},
        {"type": OrderType.TRAILING_STOP},
        {"type": OrderType.STOP_LIMIT, "price_ticks": 88, "time_in_force": 1},
        {"instrument": 1},
        {"instrument": 2},
        ICEBERG | {"display_lots": 9},
        ICEBERG | {"display_lots": 100},
    ],
)
def test_what_only_the_engine_can_do_waits_here(desk: Desk, changes: dict[str, Any]) -> None:
    order = desk.parked(**changes)
    assert desk.state(order) == OrderState.PARKED
    assert desk.sent() == []


def test_children_wait_here_though_their_types_do_not(desk: Desk) -> None:
    _, stop, take = desk.bracket()
    assert desk.state(stop) == desk.state(take) == OrderState.PARKED
    assert len(desk.sent()) == 1


def test_nothing_goes_out_of_a_halted_instrument(desk: Desk) -> None:
    desk.both(lambda stage: stage.money.halt(0, Code.EXECUTE_BUST))
    assert desk.park() == Code.EXECUTE_INSTRUMENT_HALTED
    assert desk.orders() == []


def test_a_position_side_has_no_place_on_spot(desk: Desk) -> None:
    assert desk.park(flags=POSITION_LONG) == Code.EXECUTE_POSITION_SIDE
