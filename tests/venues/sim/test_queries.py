"""The venue answers what became of an order, as long as it remembers it."""

import json
from typing import Any

import pytest
from support import btcusdt, btcusdt_linear
from venues.sim.desk import IDS, Desk

from tickpath.core.records import ReportKind
from tickpath.venues.sim import reference
from tickpath.venues.sim.native import SimVenue
from tickpath.venues.sim.reference import ENDED_MAX

SPOT_KEYS = [
    "symbol", "orderId", "orderListId", "clientOrderId", "price", "origQty", "executedQty",
    "cummulativeQuoteQty", "status", "timeInForce", "type", "side", "stopPrice", "icebergQty",
    "time", "updateTime", "isWorking", "workingTime", "origQuoteOrderQty",
    "selfTradePreventionMode",
]  # fmt: skip


@pytest.fixture(params=[SimVenue, reference.SimVenue], ids=["native", "reference"])
def desk(request: pytest.FixtureRequest) -> Desk:
    return Desk(request.param)


def answer(desk: Desk, k: int, venue: int = 0) -> Any:
    """The venue's answer to a query, as JSON."""
    text = {
        "id": "q" + IDS[k], "method": "order.status",
        "params": {"symbol": "BTCUSDT", "origClientOrderId": IDS[k]},
    }  # fmt: skip
    desk.venue.on_request(venue, json.dumps(text).encode(), desk.t_ns)
    return json.loads(desk.venue.take_reports()[-1][2])


def standing(desk: Desk, k: int) -> tuple[str, str]:
    result = answer(desk, k)["result"]
    return result["status"], result["executedQty"]


def test_every_standing_of_an_order(desk: Desk) -> None:
    desk.place(0, "BUY", "100.00", "1")
    assert standing(desk, 0) == ("NEW", "0.00000000")
    desk.trade("100.00", "5.25", buyer_is_maker=True)
    assert standing(desk, 0) == ("PARTIALLY_FILLED", "0.25000000")
    desk.trade("99.99", "9", buyer_is_maker=True)
    assert standing(desk, 0) == ("FILLED", "1.00000000")
    desk.place(1, "BUY", "100.02", "20", timeInForce="IOC")
    assert standing(desk, 1) == ("EXPIRED", "3.00000000")
    desk.place(2, "BUY", "99.00", "1")
    desk.send("order.cancel", "c" + IDS[2], origClientOrderId=IDS[2])
    assert standing(desk, 2) == ("CANCELED", "0.00000000")


def test_what_never_arrived_does_not_exist(desk: Desk) -> None:
    desk.place(0, "BUY", "100.001", "1")
    found = answer(desk, 0)
    assert found["error"] == {"code": -2013, "msg": "Order does not exist."}
    (report,) = desk.send("order.status", "q" + IDS[0], origClientOrderId=IDS[0])
    assert (report.kind, report.code) == (ReportKind.REJECT, -2013)


def test_the_answer_has_the_keys_of_the_venues_page(desk: Desk) -> None:
    desk.place(0, "BUY", "100.02", "1")
    result = answer(desk, 0)["result"]
    assert list(result) == SPOT_KEYS
    assert (result["price"], result["cummulativeQuoteQty"]) == ("100.02000000", "100.02000000")
    assert result["time"] <= result["updateTime"]


def test_futures_tell_when_the_order_came() -> None:
    desk = Desk(instruments=(btcusdt(), btcusdt_linear()))
    other = b'{"lastUpdateId":5,"bids":[["100.0","9"]],"asks":[["100.1","9"]]}'
    desk.venue.on_market(1, other, desk.t_ns)
    order = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
        "price": "99.0", "quantity": "2", "newClientOrderId": IDS[0],
    }  # fmt: skip
    text = {"id": IDS[0], "method": "order.place", "params": order}
    desk.venue.on_request(1, json.dumps(text).encode(), 7_000_000)
    desk.venue.take_reports()
    assert answer(desk, 0)["error"]["code"] == -2013, "another market"
    result = answer(desk, 0, 1)["result"]
    assert (result["status"], result["time"], result["updateTime"]) == ("NEW", 7, 7)


def test_the_oldest_order_is_forgotten_first(desk: Desk) -> None:
    for k in (0, 1):
        desk.place(k, "BUY", "99.00", "1", timeInForce="IOC")
    for _ in range(ENDED_MAX - 1):
        desk.place(2, "BUY", "99.00", "1", timeInForce="IOC")
    assert answer(desk, 0)["error"]["code"] == -2013
    assert standing(desk, 1) == ("EXPIRED", "0.00000000")
