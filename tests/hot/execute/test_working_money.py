"""Orders that wait where account or money say no: position sides, halted instruments."""

import json

from execute_desk import Desk, intent_of
from support import btcusdt_linear, config_of

from tickpath.core.codes import Code
from tickpath.core.config import AccountSpec
from tickpath.core.records import (
    POSITION_LONG,
    POSITION_SHORT,
    TRIGGER_MID,
    IntentKind,
    OrderState,
    OrderType,
    ReportKind,
    Side,
)
from tickpath.hot.execute.working import probe_of

HEDGED = config_of(btcusdt_linear(), account=AccountSpec(hedging=("binance-usdm",)))


def test_a_stop_of_a_hedging_account_names_its_position_to_risk_and_venue() -> None:
    desk = Desk(HEDGED)
    assert desk.park() == Code.EXECUTE_POSITION_SIDE
    entry = desk.submit(venue=1, flags=POSITION_LONG)
    desk.fill(entry, 100)
    desk.sent()
    stop = desk.parked(flags=POSITION_LONG | TRIGGER_MID)
    desk.price(mid2=2 * 90)
    (due,) = desk.step()
    assert due.flags == POSITION_LONG
    (placed,) = desk.sent()
    params = json.loads(placed)["params"]
    assert (params["positionSide"], params["side"]) == ("LONG", "SELL")
    assert "reduceOnly" not in params
    desk.fill(stop, 100)
    assert [leg.lots for leg in desk.both(lambda stage: stage.money.legs(0))].count(0) > 1
    assert desk.position().position_lots == 0


def test_risk_is_asked_for_the_position_side_that_was_meant() -> None:
    assert probe_of(intent_of(flags=POSITION_SHORT | TRIGGER_MID)).flags == POSITION_SHORT


def test_an_order_held_for_a_cancel_ack_is_dropped_when_its_instrument_has_halted() -> None:
    desk = Desk(config_of(btcusdt_linear()))
    old = desk.submit(venue=1)
    desk.sent()
    assert desk.send(IntentKind.REPLACE, old, venue=1, price_ticks=101) == Code.OK
    new = desk.orders()[-1].client_order_id
    desk.sent()
    desk.both(lambda stage: stage.money.halt(0, Code.EXECUTE_BUST))
    update = desk.report(ReportKind.CANCEL_ACK, old)
    assert update.order.state == OrderState.CANCELLED
    assert desk.state(new) is None
    assert desk.sent() == []


def test_a_cancel_that_is_due_goes_out_of_a_halted_instrument() -> None:
    desk = Desk()
    order = desk.submit(side=Side.BUY, type=OrderType.LIMIT, expire_ns=5_000)
    desk.sent()
    desk.both(lambda stage: stage.money.halt(0, Code.EXECUTE_BUST))
    desk.expire(5_000)
    (due,) = desk.step()
    assert (due.kind, due.client_order_id) == (IntentKind.CANCEL, order)
    assert b"order.cancel" in desk.sent()[0]
