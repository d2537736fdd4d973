"""One suite for every backend of execute: orders, reports, replaces, bounds, state."""

import json
from dataclasses import replace
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from order_frames import (
    cancel_reply,
    error_reply,
    execution_report,
    frame,
    place_reply,
    replace_halves,
    trade_update,
)
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.errors import BackendError, ConfigError, DataError
from tickpath.core.ids import client_order_id, to_text
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    FEE_NOT_REPORTED,
    IntentKind,
    OrderState,
    OrderType,
    Report,
    ReportKind,
    Request,
    Side,
    TimeInForce,
)

CONFIG = config_of(btcusdt(), btcusdt_linear(), btcusd_inverse(), engine_id=3, epoch=9)
CODECS = {"reference": "orders", "native": "native_orders"}
BACKENDS = ["reference", "native"]
USDT = 1


def execute_of(backend: str, config: Any = CONFIG) -> Any:
    module = import_module(f"tickpath.venues.binance.{CODECS[backend]}")
    codecs = [module.OrderCodec(config, venue) for venue in range(len(config.venues))]
    return load("execute", Backend(backend)).Execute(config, codecs)


@pytest.fixture(params=BACKENDS)
def execute(request: pytest.FixtureRequest) -> Any:
    return execute_of(request.param)


def request_of(**changes: Any) -> Request:
    base = Request(
        kind=IntentKind.SUBMIT,
        venue=changes.get("instrument", 0),
        instrument=0,
        strategy=0,
        side=Side.BUY,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        flags=0,
        tag=5,
        price_ticks=2_500_000,
        quantity_lots=100,
    )
    return replace(base, **changes)


def submit(execute: Any, **changes: Any) -> int:
    """Send a new order and give its id."""
    request = request_of(**changes)
    assert execute.send(request, 1, 1_000_000) == Code.OK
    return request.client_order_id


def apply(execute: Any, kind: ReportKind, order: int, **fields: Any) -> Any:
    return execute.apply(Report(kind=kind, client_order_id=order, **fields), 2, 2_000_000)


def live(execute: Any, **changes: Any) -> int:
    """A new order that the venue acknowledged."""
    order = submit(execute, **changes)
    assert apply(execute, ReportKind.ACK, order, venue_order_id=77).code == Code.OK
    return order


def fill(
    execute: Any, order: int, lots: int, trade: int, ticks: int = 2_500_000, **more: Any
) -> Any:
    return apply(
        execute,
        ReportKind.FILL,
        order,
        trade_id=trade,
        last_ticks=ticks,
        last_lots=lots,
        **more,
    )


def cancel(execute: Any, order: int) -> int:
    code = execute.send(request_of(kind=IntentKind.CANCEL, client_order_id=order), 3, 3_000_000)
    return int(code)


def replace_order(execute: Any, order: int, **changes: Any) -> Request:
    request = request_of(kind=IntentKind.REPLACE, orig_client_order_id=order, **changes)
    assert execute.send(request, 4, 4_000_000) == Code.OK
    return request


def state_of(execute: Any, order: int) -> OrderState | None:
    """State of a live order, None when it is not in the table."""
    states = [o.state for o in execute.orders() if o.client_order_id == order]
    return OrderState(states[0]) if states else None


# -- new orders -----------------------------------------------------------------------------------


def test_ids_are_engine_epoch_and_a_counter(execute: Any) -> None:
    ids = [submit(execute) for _ in range(3)]
    assert ids == [client_order_id(3, 9, k) for k in (1, 2, 3)]


def test_a_new_order_is_sent_recorded_and_reserved(execute: Any) -> None:
    order = submit(execute, side=Side.SELL)
    ((venue, named, data),) = execute.take_out()
    assert (venue, named) == (0, order)
    assert json.loads(data)["params"]["newClientOrderId"] == to_text(order)
    (decision,) = execute.take_decisions()
    assert decision["client_order_id"] == order
    assert (decision["seq"], decision["kind"], decision["side"]) == (1, 1, 1)
    assert (decision["price_ticks"], decision["quantity_lots"]) == (2_500_000, 100)
    position = execute.positions[0]
    assert (position.open_buy_lots, position.open_sell_lots) == (0, 100)
    assert position.open_order_count == 1
    (own,) = execute.own(0, 0)
    assert (own.client_order_id, own.leaves_lots, own.tag) == (order, 100, 5)
    assert own.state == OrderState.PENDING_NEW
    assert execute.leaves(order) == 100
    assert execute.take_out() == []
    assert len(execute.take_decisions()) == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": 4}, Code.RISK_INTENT),
        ({"venue": 7}, Code.ROUTE_NO_VENUE),
        ({"venue": -1}, Code.ROUTE_NO_VENUE),
        ({"instrument": 9, "venue": 0}, Code.RISK_INSTRUMENT),
        ({"instrument": 1, "venue": 0}, Code.RISK_INSTRUMENT),
        ({"strategy": 16}, Code.RISK_INTENT),
        ({"side": 5}, Code.RISK_INTENT),
        ({"quantity_lots": 0}, Code.RISK_QUANTITY_MIN),
        ({"price_ticks": -1}, Code.RISK_PRICE_GRID),
        ({"kind": 2, "client_order_id": 1}, Code.EXECUTE_UNKNOWN_ORDER),
        ({"kind": 3, "orig_client_order_id": 1}, Code.EXECUTE_UNKNOWN_ORDER),
    ],
)
def test_a_refused_request_changes_nothing(
    execute: Any, changes: dict[str, int], code: Code
) -> None:
    before = execute.export_state()
    assert execute.send(request_of(**changes), 1, 1) == code
    assert execute.export_state() == before
    assert execute.take_out() == []
    assert len(execute.take_decisions()) == 0


def test_own_orders_are_bounded(execute: Any) -> None:
    for _ in range(LIMITS["view_orders"]):
        submit(execute)
    assert execute.send(request_of(), 1, 1) == Code.EXECUTE_TABLE_FULL
    assert execute.send(request_of(strategy=1), 1, 1) == Code.OK
    first = execute.own(0, 0)[0].client_order_id
    apply(execute, ReportKind.REJECT, first)
    assert execute.send(request_of(), 1, 1) == Code.OK


def test_out_is_bounded_and_never_half_written(execute: Any) -> None:
    sent = 0
    while True:
        strategy, instrument = sent // 16 % 16, sent // 256
        request = request_of(strategy=strategy, instrument=instrument)
        before = execute.export_state()
        code = execute.send(request, 1, 1)
        if code != Code.OK:
            break
        sent += 1
    assert code == Code.EXECUTE_OUT_FULL
    assert execute.export_state() == before
    out = execute.take_out()
    size = sum(16 + len(data) for _, _, data in out)
    assert len(out) == len(execute.take_decisions()) == sent
    assert LIMITS["out_bytes_max"] - 16 - LIMITS["order_bytes_max"] < size
    assert size <= LIMITS["out_bytes_max"]
    assert execute.send(request_of(strategy=15), 1, 1) == Code.OK


def test_decisions_are_bounded(execute: Any) -> None:
    order = live(execute)
    for _ in range(LIMITS["decisions_max"] - 1):
        execute.take_out()
        assert cancel(execute, order) == Code.OK
        apply(execute, ReportKind.CANCEL_REJECT, order)
    execute.take_out()
    assert cancel(execute, order) == Code.EXECUTE_OUT_FULL
    assert state_of(execute, order) == OrderState.LIVE
    assert len(execute.take_decisions()) == LIMITS["decisions_max"]
    assert cancel(execute, order) == Code.OK


def test_a_spent_counter_refuses(execute: Any) -> None:
    state = bytearray(execute.export_state())
    state[32:40] = (2**32 - 2).to_bytes(8, "little")
    execute.import_state(bytes(state))
    assert submit(execute) == client_order_id(3, 9, 2**32 - 1)
    assert execute.send(request_of(), 1, 1) == Code.EXECUTE_IDS


# -- reports --------------------------------------------------------------------------------------


def test_the_second_acknowledgement_is_a_duplicate(execute: Any) -> None:
    order = live(execute)
    update = apply(execute, ReportKind.ACK, order)
    assert (update.code, update.strategy) == (Code.EXECUTE_DUPLICATE, 0)
    assert execute.orders()[0].venue_order_id == 77


def test_partial_fills_then_filled(execute: Any) -> None:
    order = live(execute)
    update = fill(execute, order, 30, 1)
    assert (update.code, update.fill_lots, update.order.leaves_lots) == (Code.OK, 30, 70)
    assert update.order.state == OrderState.LIVE
    assert execute.own(0, 0)[0].leaves_lots == 70
    assert execute.positions[0].open_buy_lots == 70
    update = fill(execute, order, 70, 2)
    assert (update.order.state, update.order.leaves_lots) == (OrderState.FILLED, 0)
    position = execute.positions[0]
    assert (position.position_lots, position.bought_lots) == (100, 100)
    assert (position.open_buy_lots, position.open_order_count) == (0, 0)
    assert execute.orders() == []
    assert execute.own(0, 0) == []


def test_a_fill_before_the_acknowledgement(execute: Any) -> None:
    order = submit(execute)
    assert fill(execute, order, 30, 1).order.state == OrderState.LIVE
    assert apply(execute, ReportKind.ACK, order).code == Code.EXECUTE_DUPLICATE


def test_a_trade_id_counts_once(execute: Any) -> None:
    order = live(execute)
    fill(execute, order, 30, 1)
    update = fill(execute, order, 30, 1)
    assert (update.code, update.fill_lots) == (Code.EXECUTE_DUPLICATE, 0)
    fill(execute, order, 70, 2)
    assert fill(execute, order, 70, 2).code == Code.EXECUTE_DUPLICATE
    assert execute.positions[0].position_lots == 100
    other = live(execute)
    assert fill(execute, other, 30, 1).code == Code.OK


def test_fills_without_a_trade_id_go_by_the_cumulative_quantity(execute: Any) -> None:
    order = live(execute)
    assert fill(execute, order, 30, -1, cumulative_lots=30).code == Code.OK
    assert fill(execute, order, 30, -1, cumulative_lots=30).code == Code.EXECUTE_DUPLICATE
    assert fill(execute, order, 20, -1, cumulative_lots=50).code == Code.OK


@pytest.mark.parametrize("ended", [False, True])
def test_of_a_step_that_overlaps_the_known_ones_the_rest_counts(execute: Any, ended: bool) -> None:
    order = live(execute)
    fill(execute, order, 30, -1, cumulative_lots=30, fee_units=3, fee_currency=0)
    if ended:
        apply(execute, ReportKind.CANCEL_ACK, order, cumulative_lots=70)
    update = fill(execute, order, 50, -1, cumulative_lots=70, fee_units=-5, fee_currency=0)
    assert (update.code, update.fill_lots) == (Code.OK, 40)
    position = execute.positions[0]
    assert (position.position_lots, position.open_buy_lots) == (70, 0 if ended else 30)
    assert execute.ledger(0)["fees"] == (3 - 4) * 10**9
    assert fill(execute, order, 50, -1, cumulative_lots=70).code == Code.EXECUTE_DUPLICATE
    assert fill(execute, order, 80, -1, cumulative_lots=79).code == Code.EXECUTE_REPORT
    assert fill(execute, order, 80, -1, cumulative_lots=80).fill_lots == 10
    assert execute.positions[0].position_lots == 80


@pytest.mark.parametrize("ended", [False, True])
def test_fees_that_no_quantity_came_with(execute: Any, ended: bool) -> None:
    order = live(execute)
    fill(execute, order, 30, -1, cumulative_lots=30, fee_units=0, fee_currency=0)
    if ended:
        apply(execute, ReportKind.CANCEL_ACK, order)
    for units, currency in ((7, 1), (-2, 1), (5, 0)):
        update = fill(execute, order, 0, -1, 0, cumulative_lots=30,
                      fee_units=units, fee_currency=currency)  # fmt: skip
        assert (update.code, update.fill_lots, update.fill_ticks) == (Code.OK, 0, 0)
    assert [execute.ledger(k)["fees"] for k in (0, 1)] == [5 * 10**9, 5 * 10**9]
    assert execute.positions[0].position_lots == 30
    assert execute.money.check() == Code.OK
    for units, currency in ((0, 0), (FEE_NOT_REPORTED, 0), (5, -1), (5, 64)):
        update = fill(execute, order, 0, -1, 0, fee_units=units, fee_currency=currency)
        assert update.code == Code.EXECUTE_REPORT
    assert fill(execute, order, 0, 9, 0, fee_units=5, fee_currency=0).code == Code.EXECUTE_REPORT


def test_a_late_fill_after_the_cancel_counts(execute: Any) -> None:
    order = live(execute)
    assert cancel(execute, order) == Code.OK
    assert state_of(execute, order) == OrderState.PENDING_CANCEL
    fill(execute, order, 10, 1)
    update = apply(execute, ReportKind.CANCEL_ACK, order, cumulative_lots=40)
    assert update.order.state == OrderState.CANCELLED
    assert execute.positions[0].open_buy_lots == 30
    update = fill(execute, order, 30, 2)
    assert (update.code, update.fill_lots, update.strategy) == (Code.OK, 30, 0)
    assert update.order.state == OrderState.CANCELLED
    position = execute.positions[0]
    assert (position.position_lots, position.open_buy_lots) == (40, 0)
    assert fill(execute, order, 30, 2).code == Code.EXECUTE_DUPLICATE
    assert apply(execute, ReportKind.CANCEL_ACK, order).code == Code.EXECUTE_DUPLICATE


def test_overfill_is_counted_and_alarmed(execute: Any) -> None:
    order = live(execute)
    update = fill(execute, order, 150, 1)
    assert (update.code, update.fill_lots) == (Code.EXECUTE_OVERFILL, 150)
    position = execute.positions[0]
    assert (position.position_lots, position.open_buy_lots) == (150, 0)
    assert fill(execute, order, 5, 2).code == Code.EXECUTE_OVERFILL
    assert execute.positions[0].position_lots == 155


@pytest.mark.parametrize("kind", [ReportKind.REJECT, ReportKind.EXPIRE, ReportKind.CANCEL_ACK])
def test_an_order_that_ends_gives_its_reservation_back(execute: Any, kind: ReportKind) -> None:
    order = submit(execute)
    assert apply(execute, kind, order).order.leaves_lots == 0
    position = execute.positions[0]
    assert (position.open_buy_lots, position.open_order_count) == (0, 0)
    assert execute.leaves(order) == 0


def test_an_acknowledged_order_cannot_be_rejected(execute: Any) -> None:
    order = live(execute)
    assert apply(execute, ReportKind.REJECT, order).code == Code.EXECUTE_STATE
    assert state_of(execute, order) == OrderState.LIVE


def test_unknown_outcome_stays_reserved_until_told(execute: Any) -> None:
    order = submit(execute)
    update = apply(execute, ReportKind.UNKNOWN, order, code=-1007)
    assert update.order.state == OrderState.UNKNOWN
    assert execute.positions[0].open_buy_lots == 100
    assert cancel(execute, order) == Code.OK
    assert state_of(execute, order) == OrderState.UNKNOWN
    assert apply(execute, ReportKind.CANCEL_REJECT, order).code == Code.EXECUTE_STATE
    assert apply(execute, ReportKind.ACK, order).order.state == OrderState.LIVE


def test_a_cancel_before_the_acknowledgement(execute: Any) -> None:
    order = submit(execute)
    assert cancel(execute, order) == Code.OK
    assert cancel(execute, order) == Code.EXECUTE_STATE
    update = apply(execute, ReportKind.CANCEL_REJECT, order)
    assert update.order.state == OrderState.PENDING_NEW
    assert apply(execute, ReportKind.ACK, order).order.state == OrderState.LIVE
    assert cancel(execute, order) == Code.OK
    assert apply(execute, ReportKind.CANCEL_REJECT, order).order.state == OrderState.LIVE


def test_reports_for_others_change_nothing(execute: Any) -> None:
    live(execute)
    before = execute.export_state()
    update = fill(execute, 12345, 5, 1, instrument=0)
    assert (update.code, update.strategy) == (Code.EXECUTE_UNKNOWN_ORDER, -1)
    assert update.order is None
    assert apply(execute, ReportKind.NONE, 1).code == Code.EXECUTE_REPORT
    assert execute.apply(Report(kind=99), 1, 1).code == Code.EXECUTE_REPORT
    assert execute.export_state() == before


@pytest.mark.parametrize(
    ("ticks", "lots", "instrument", "code"),
    [
        (0, 5, 0, Code.EXECUTE_REPORT),
        (5, 0, 0, Code.EXECUTE_REPORT),
        (5, -5, 0, Code.EXECUTE_REPORT),
        (5, 5, 1, Code.EXECUTE_REPORT),
        (2**62, 2**62, 0, Code.RISK_OVERFLOW),
        (2**62, 2**20, -1, Code.RISK_OVERFLOW),
    ],
)
def test_a_fill_that_makes_no_sense_changes_nothing(
    execute: Any, ticks: int, lots: int, instrument: int, code: Code
) -> None:
    order = live(execute)
    before = execute.export_state()
    assert fill(execute, order, lots, 1, ticks, instrument=instrument).code == code
    halted = execute.money.halted(0)
    assert halted == (code if code == Code.RISK_OVERFLOW else 0)
    assert execute.money.resume(0) == Code.OK
    assert execute.export_state() == before


# -- replaces -------------------------------------------------------------------------------------


def test_a_venue_that_replaces_gets_one_request(execute: Any) -> None:
    old = live(execute)
    execute.take_out()
    execute.take_decisions()
    request = replace_order(execute, old, price_ticks=2_500_100)
    ((_, named, data),) = execute.take_out()
    assert named == request.client_order_id == old + 1
    assert json.loads(data)["method"] == "order.cancelReplace"
    (decision,) = execute.take_decisions()
    assert (decision["kind"], decision["orig_client_order_id"]) == (IntentKind.REPLACE, old)
    assert state_of(execute, old) == OrderState.PENDING_REPLACE
    assert execute.positions[0].open_buy_lots == 200
    halves = replace_halves(to_text(old), to_text(named), True, "SUCCESS")
    halves["cancelResponse"]["executedQty"] = "0"
    reply = frame({"id": to_text(named), "status": 200, "result": halves})
    code, updates = execute.on_frame(0, reply, 5, 5_000_000)
    assert code == Code.OK
    assert [u.order.state for u in updates] == [OrderState.CANCELLED, OrderState.LIVE]
    assert execute.positions[0].open_buy_lots == 100
    assert [o.client_order_id for o in execute.own(0, 0)] == [named]
    assert execute.take_out() == []


def test_one_report_may_tell_both_halves(execute: Any) -> None:
    old = live(execute)
    new = replace_order(execute, old).client_order_id
    update = apply(execute, ReportKind.REPLACE_ACK, new, orig_client_order_id=old)
    assert (update.code, update.report) == (Code.OK, ReportKind.REPLACE_ACK)
    assert [(o.client_order_id, o.state) for o in execute.own(0, 0)] == [(new, OrderState.LIVE)]


@pytest.mark.parametrize(
    ("cancelled", "placed", "alive"),
    [(True, "FAILURE", []), (False, "NOT_ATTEMPTED", [0]), (False, "SUCCESS", [0, 1])],
)
def test_half_replaces(execute: Any, cancelled: bool, placed: str, alive: list[int]) -> None:
    old = live(execute)
    new = replace_order(execute, old).client_order_id
    halves = replace_halves(to_text(old), to_text(new), cancelled, placed)
    halves["cancelResponse"].pop("executedQty", None)
    execute.on_frame(0, error_reply(to_text(new), 409, -2021, halves), 5, 5)
    orders = [(o.client_order_id, o.state, o.replaced_by) for o in execute.orders()]
    assert orders == [((old, new)[k], OrderState.LIVE, 0) for k in alive]


def test_a_refused_replace_leaves_the_old_order_live(execute: Any) -> None:
    old = live(execute)
    new = replace_order(execute, old).client_order_id
    execute.on_frame(0, error_reply(to_text(new), 429, -1015), 5, 5)
    assert [(o.client_order_id, o.state) for o in execute.orders()] == [(old, OrderState.LIVE)]


def test_a_replace_of_unknown_outcome_doubts_both(execute: Any) -> None:
    old = live(execute)
    new = replace_order(execute, old).client_order_id
    execute.on_frame(0, error_reply(to_text(new), 504, -1007), 5, 5)
    assert state_of(execute, old) == state_of(execute, new) == OrderState.UNKNOWN
    assert execute.positions[0].open_buy_lots == 200
    execute.on_frame(0, frame(execution_report("x", "CANCELED", C=to_text(old))), 5, 5)
    execute.on_frame(0, frame(execution_report(to_text(new), "NEW")), 5, 5)
    assert [(o.client_order_id, o.state) for o in execute.orders()] == [(new, OrderState.LIVE)]


def held_replace(execute: Any) -> tuple[int, int]:
    """A replace on a venue that cannot: (old order, held new order)."""
    old = live(execute, instrument=1)
    execute.take_out()
    execute.take_decisions()
    new = replace_order(execute, old, instrument=1, quantity_lots=50).client_order_id
    ((venue, named, data),) = execute.take_out()
    assert (venue, named) == (1, old)
    assert json.loads(data)["method"] == "order.cancel"
    (decision,) = execute.take_decisions()
    assert (decision["kind"], decision["client_order_id"]) == (IntentKind.CANCEL, old)
    return old, new


def test_elsewhere_the_new_order_follows_the_cancel_ack(execute: Any) -> None:
    old, new = held_replace(execute)
    assert execute.positions[1].open_buy_lots == 150
    _, updates = execute.on_frame(1, cancel_reply(to_text(old), "0.000"), 8, 9_000_000)
    assert [u.order.client_order_id for u in updates] == [old]
    ((venue, named, data),) = execute.take_out()
    assert (venue, named) == (1, new)
    sent = json.loads(data)
    assert (sent["method"], sent["params"]["quantity"]) == ("order.place", "0.050")
    (decision,) = execute.take_decisions()
    assert (decision["seq"], decision["kind"], decision["client_order_id"]) == (8, 1, new)
    assert execute.orders()[0].t_sent_ns == 9_000_000
    assert execute.positions[1].open_buy_lots == 50
    execute.on_frame(1, frame(trade_update(to_text(new), "NEW")), 9, 9)
    assert state_of(execute, new) == OrderState.LIVE


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (ReportKind.CANCEL_REJECT, {}),
        (ReportKind.EXPIRE, {}),
        (ReportKind.UNKNOWN, {}),
        (ReportKind.FILL, {"last_ticks": 5, "last_lots": 100, "trade_id": 1}),
    ],
)
def test_any_other_outcome_drops_the_held_order(
    execute: Any, kind: ReportKind, fields: dict[str, int]
) -> None:
    old, new = held_replace(execute)
    apply(execute, kind, old, **fields)
    assert state_of(execute, new) is None
    assert execute.take_out() == []
    apply(execute, ReportKind.CANCEL_ACK, old)
    assert execute.take_out() == []
    assert execute.positions[1].open_order_count == len(execute.orders())


def test_cancelling_a_held_order_sends_nothing(execute: Any) -> None:
    old, new = held_replace(execute)
    assert execute.send(request_of(kind=IntentKind.CANCEL, client_order_id=new), 5, 5) == Code.OK
    assert execute.take_out() == []
    assert state_of(execute, new) is None
    assert state_of(execute, old) == OrderState.PENDING_CANCEL
    apply(execute, ReportKind.CANCEL_ACK, old)
    assert execute.take_out() == []
    assert execute.positions[1].open_buy_lots == 0


def test_after_a_kill_nothing_held_is_sent(execute: Any) -> None:
    old, new = held_replace(execute)
    execute.drop_held()
    assert state_of(execute, new) is None
    apply(execute, ReportKind.CANCEL_ACK, old)
    assert execute.take_out() == []


def test_held_orders_of_another_instrument_stay(execute: Any) -> None:
    old, new = held_replace(execute)
    execute.drop_held(0)
    assert state_of(execute, new) == OrderState.PENDING_NEW
    execute.drop_held(1)
    assert state_of(execute, new) is None
    assert state_of(execute, old) == OrderState.PENDING_CANCEL


def test_a_held_order_that_does_not_fit_is_dropped_with_its_code(execute: Any) -> None:
    old, new = held_replace(execute)
    sent = 0
    while True:
        request = request_of(strategy=sent // 16 % 16, instrument=sent // 256 * 2)
        if execute.send(request, 1, 1) != Code.OK:
            break
        sent += 1
    update = apply(execute, ReportKind.CANCEL_ACK, old)
    assert update.code == Code.EXECUTE_OUT_FULL
    assert update.order.state == OrderState.CANCELLED
    assert state_of(execute, new) is None
    assert execute.positions[1].open_buy_lots == 0


def test_reports_for_an_order_never_sent_make_no_sense(execute: Any) -> None:
    _, new = held_replace(execute)
    before = execute.export_state()
    assert fill(execute, new, 5, 1).code == Code.EXECUTE_STATE
    assert apply(execute, ReportKind.ACK, new).code == Code.EXECUTE_STATE
    assert execute.export_state() == before


def test_only_live_orders_of_the_same_owner_are_replaced(execute: Any) -> None:
    order = submit(execute)
    request = request_of(kind=IntentKind.REPLACE, orig_client_order_id=order)
    assert execute.send(request, 1, 1) == Code.EXECUTE_STATE
    apply(execute, ReportKind.ACK, order)
    for changes in ({"strategy": 1}, {"instrument": 1}, {"venue": 1}):
        assert execute.send(replace(request, **changes), 1, 1) == Code.EXECUTE_STATE
    assert execute.send(request, 1, 1) == Code.OK


# -- frames ---------------------------------------------------------------------------------------


def test_the_reply_and_the_event_count_a_fill_once(execute: Any) -> None:
    order = submit(execute)
    text = to_text(order)
    fills = [{"price": "25000.00", "qty": "0.00100", "commission": "0", "tradeId": 9}]
    reply = place_reply(text, executedQty="0.00100000", status="FILLED", fills=fills)
    event = execution_report(text, "TRADE", l="0.001", L="25000", z="0.001", t=9, n="0")
    for data in (reply, frame(event), frame({"subscriptionId": 0, "event": event})):
        assert execute.on_frame(0, data, 5, 5)[0] == Code.OK
    assert execute.positions[0].position_lots == 100
    assert execute.positions[0].fee_units == 0


def test_frames_of_unknown_venues_and_broken_frames(execute: Any) -> None:
    assert execute.on_frame(9, b"{}", 1, 1) == (Code.ROUTE_NO_VENUE, [])
    assert execute.on_frame(-1, b"{}", 1, 1) == (Code.ROUTE_NO_VENUE, [])
    assert execute.on_frame(0, b"{", 1, 1) == (Code.FEED_TRUNCATED, [])
    assert execute.decode(0, b"{}") == (Code.OK, [])


def test_a_venue_without_codec_trades_nothing() -> None:
    for backend in BACKENDS:
        execute = load("execute", Backend(backend)).Execute(CONFIG, [None] * len(CONFIG.venues))
        assert execute.send(request_of(), 1, 1) == Code.ROUTE_NO_VENUE
        assert execute.on_frame(0, b"{}", 1, 1) == (Code.ROUTE_NO_VENUE, [])
        with pytest.raises(ConfigError):
            load("execute", Backend(backend)).Execute(CONFIG, [None])


def test_the_native_execute_refuses_a_python_codec() -> None:
    from tickpath.venues.binance.orders import OrderCodec

    others = [None] * (len(CONFIG.venues) - 1)
    with pytest.raises(BackendError):
        load("execute", Backend.NATIVE).Execute(CONFIG, [OrderCodec(CONFIG, 0), *others])


# -- fees and state -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("maker", "reported", "currency", "paid"),
    [
        (0, FEE_NOT_REPORTED, -1, {USDT: 2_500_000_000 // 1000}),
        (1, FEE_NOT_REPORTED, -1, {USDT: -500_000}),
        (0, 1234, USDT, {USDT: 1234}),
        (0, -77, USDT, {USDT: -77}),
        (0, 55, 0, {0: 55}),
        (0, 0, -1, {}),
        (0, 5, 99, {USDT: 2_500_000}),
    ],
)
def test_fees(maker: int, reported: int, currency: int, paid: Any) -> None:
    config = config_of(btcusdt(maker_fee_ppm=-200, taker_fee_ppm=1000))
    for backend in BACKENDS:
        execute = execute_of(backend, config)
        order = live(execute)
        fill(execute, order, 100, 1, maker=maker, fee_units=reported, fee_currency=currency)
        for k in range(3):
            assert execute.ledger(k)["fees"] == paid.get(k, 0) * 10**9
        assert execute.positions[0].fee_units == paid.get(USDT, 0)


def test_import_refuses_what_is_not_its_state(execute: Any) -> None:
    live(execute)
    good = execute.export_state()
    other = execute_of("reference", config_of(btcusdt())).export_state()
    row = 48
    bad = [b"", good[:-1], good + b"x", b"\1" + good[1:], other]
    for field, value in ((16, 3), (20, 16), (24, 8), (28, 2), (40, 0), (40, 6)):
        at = row + field
        bad.append(good[:at] + value.to_bytes(4, "little") + good[at + 4 :])
    for data in bad:
        with pytest.raises(DataError):
            execute.import_state(data)
    assert execute.export_state() == good


def test_balances_open_the_ledger(execute: Any) -> None:
    assert execute.ledger(USDT)["cash"] == 100_000 * 10**8 * 10**9
    assert execute.equity_units(USDT, [0, 0, 0]) == 100_000 * 10**8
    assert execute.equity_units(0, [0, 0, 0]) == 10**8
    assert execute.equity_units(7, [0, 0, 0]) == 0
    assert sum(execute.ledger(USDT).values()) == 0
    assert CONFIG.balances["BTC"] == Decimal(1)
