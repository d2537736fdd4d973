"""The WebSocket API of spot: log on, orders, user events and their order."""

import json

import pytest
from venues.sim.server.rig import SpotRig

from tickpath.venues.sim.server.binance.limits import LimitSpec
from tickpath.venues.sim.server.orders import SELL
from tickpath.venues.sim.server.units import parse

LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "price": "59000",
    "quantity": "0.1",
}


@pytest.fixture
def rig() -> SpotRig:
    made = SpotRig()
    made.fill_book()
    return made


def test_log_on_then_nothing_is_signed(rig: SpotRig) -> None:
    api = rig.api()
    assert api.stamped("order.place", **LIMIT)["error"]["code"] == -1102
    reply = api.log_on()
    assert reply["status"] == 200
    assert reply["result"]["apiKey"] == "alice-ed"
    placed = api.stamped("order.place", **LIMIT)
    assert placed["result"]["status"] == "NEW"
    assert [r["rateLimitType"] for r in placed["rateLimits"]] == [
        "ORDERS",
        "ORDERS",
        "REQUEST_WEIGHT",
    ]
    assert api.ask("order.place", **LIMIT)["error"]["code"] == -1102
    old = rig.venue.venue_ms() - 6000
    assert api.ask("order.place", timestamp=old, **LIMIT)["error"]["code"] == -1021
    assert api.ask("session.status")["result"]["authorizedSince"] is not None
    assert api.ask("session.logout")["result"]["apiKey"] is None
    assert api.stamped("order.place", **LIMIT)["error"]["code"] == -1102


def test_only_ed25519_logs_on(rig: SpotRig) -> None:
    reply = rig.api().signed("session.logon")
    assert (reply["status"], reply["error"]["code"]) == (400, -4056)


def test_requests_signed_by_themselves(rig: SpotRig) -> None:
    api = rig.api()
    placed = api.signed("order.place", newClientOrderId="a", **LIMIT)
    assert placed["result"]["clientOrderId"] == "a"
    named = {"symbol": "BTCUSDT", "origClientOrderId": "a"}
    assert api.signed("order.status", key="alice-ed", **named)["result"]["status"] == "NEW"
    assert api.signed("v3/order.cancel", **named)["result"]["status"] == "CANCELED"
    assert api.signed("order.cancel", **named)["error"]["code"] == -2011
    assert api.signed("account.status")["result"]["canTrade"] is True
    assert api.signed("openOrders.status")["result"] == []
    assert api.signed("openOrders.cancelAll", symbol="BTCUSDT")["error"]["code"] == -2011
    wrong = api.ask(
        "order.status", apiKey="alice-hmac", timestamp=rig.venue.venue_ms(), signature="00", **named
    )
    assert wrong["error"]["code"] == -1022


def test_ids_are_echoed_and_limits_can_be_hidden(rig: SpotRig) -> None:
    api = rig.api()
    for number in ("text", 7, None):
        rig.venue.receive(api.link, json.dumps({"id": number, "method": "ping"}))
        assert api.sink.take() == [
            {
                "id": number,
                "status": 200,
                "result": {},
                "rateLimits": [
                    {
                        "rateLimitType": "REQUEST_WEIGHT",
                        "interval": "MINUTE",
                        "intervalNum": 1,
                        "limit": 6000,
                        "count": rig.protocol.limits.weight.count("127.0.0.1", rig.venue.t_ns),
                    }
                ],
            }
        ]
    rig.venue.receive(
        api.link, json.dumps({"id": 1, "method": "time", "params": {"returnRateLimits": False}})
    )
    assert "rateLimits" not in api.sink.take()[0]
    link, sink = rig.connect("/ws-api/v3", "returnRateLimits=false")
    rig.venue.receive(link, json.dumps({"id": 1, "method": "time"}))
    assert "rateLimits" not in sink.take()[0]
    rig.venue.receive(link, "{")
    assert sink.take()[0]["error"]["code"] == -1135
    rig.venue.receive(link, json.dumps({"id": 2, "method": "none"}))
    assert sink.take()[0]["status"] == 400
    rig.venue.receive(link, json.dumps({"id": 2, "method": "time", "params": []}))
    rig.venue.receive(link, json.dumps({"id": 2, "method": "time", "params": [1]}))
    assert [m["status"] for m in sink.take()] == [200, 400]


def test_events_come_after_the_answer_in_the_order_of_what_happened(rig: SpotRig) -> None:
    api = rig.api(log_on=True)
    assert api.stamped("userDataStream.subscribe")["result"] == {"subscriptionId": 0}
    terms = LIMIT | {"price": "60000.01", "quantity": "1.5"}
    api.send("order.place", timestamp=rig.venue.venue_ms(), newClientOrderId="x", **terms)
    reply, *events = api.sink.take()
    assert reply["result"]["status"] == "PARTIALLY_FILLED"
    assert all(e["subscriptionId"] == 0 for e in events)
    told = [e["event"] for e in events]
    assert [e["e"] for e in told] == [
        "executionReport",
        "outboundAccountPosition",
        "executionReport",
        "outboundAccountPosition",
    ]
    new, fill = told[0], told[2]
    assert (new["x"], new["X"], new["c"]) == ("NEW", "NEW", "x")
    assert (fill["x"], fill["X"], fill["l"], fill["z"]) == (
        "TRADE",
        "PARTIALLY_FILLED",
        "1.00000000",
        "1.00000000",
    )
    assert (fill["n"], fill["N"], fill["m"]) == ("0.00100000", "BTC", False)
    money = {b["a"]: (b["f"], b["l"]) for b in told[3]["B"]}
    assert money["USDT"] == ("9999.98500000", "30000.00500000")
    rig.exchange.crowd_take(rig.market, SELL, parse("0.5"))
    fill = api.sink.take()[0]["event"]
    assert (fill["X"], fill["m"], fill["Z"]) == ("FILLED", True, "90000.01500000")


def test_the_ids_of_a_cancel(rig: SpotRig) -> None:
    api = rig.api(log_on=True)
    api.stamped("userDataStream.subscribe")
    api.stamped("order.place", newClientOrderId="a", **LIMIT)
    api.send(
        "order.cancel",
        symbol="BTCUSDT",
        origClientOrderId="a",
        newClientOrderId="c",
        timestamp=rig.venue.venue_ms(),
    )
    reply, event, _ = api.sink.take()
    assert (reply["result"]["origClientOrderId"], reply["result"]["clientOrderId"]) == ("a", "c")
    assert [event["event"][k] for k in ("x", "c", "C")] == ["CANCELED", "c", "a"]


def test_cancel_replace(rig: SpotRig) -> None:
    api = rig.api(log_on=True)
    api.stamped("order.place", newClientOrderId="a", **LIMIT)
    terms = LIMIT | {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": "a"}
    done = api.stamped("order.cancelReplace", newClientOrderId="b", **terms)
    assert done["result"]["newOrderResponse"]["clientOrderId"] == "b"
    failed = api.stamped("order.cancelReplace", newClientOrderId="c", **terms)
    assert (failed["status"], failed["error"]["code"]) == (400, -2022)
    assert failed["error"]["data"]["newOrderResult"] == "NOT_ATTEMPTED"


def test_subscriptions(rig: SpotRig) -> None:
    api = rig.api()
    assert api.ask("userDataStream.subscribe")["status"] == 401
    first = api.signed("userDataStream.subscribe.signature")
    second = api.signed("userDataStream.subscribe.signature", key="bob-hmac")
    assert [r["result"]["subscriptionId"] for r in (first, second)] == [0, 1]
    assert api.signed("userDataStream.subscribe.signature")["error"]["code"] == -2035
    rig.order("BUY", "59000", "0.1", key="bob-hmac")
    assert {m["subscriptionId"] for m in api.sink.take()} == {1}
    assert api.ask("userDataStream.unsubscribe", subscriptionId=1)["result"] == {}
    rig.order("BUY", "59000", "0.1", key="bob-hmac")
    assert api.sink.take() == []
    assert api.ask("session.subscriptions")["result"] == [{"subscriptionId": 0}]
    api.link.lost()
    rig.order("BUY", "59000", "0.1")
    assert api.sink.take() == []


def test_a_limited_client_is_told_when_to_try_again() -> None:
    rig = SpotRig(LimitSpec(orders_per_10_s=1))
    rig.fill_book()
    api = rig.api(log_on=True)
    api.stamped("order.place", **LIMIT)
    reply = api.stamped("order.place", **LIMIT)
    assert (reply["status"], reply["error"]["code"]) == (429, -1015)
    data = reply["error"]["data"]
    assert data["retryAfter"] % 10_000 == 0
    assert 0 < data["retryAfter"] - data["serverTime"] <= 10_000


def test_a_malformed_flag_is_refused_before_the_order_is_placed() -> None:
    rig = SpotRig()
    rig.fill_book()
    client = rig.api(log_on=True)
    terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
    reply = client.stamped("order.place", returnRateLimits="maybe", **terms)
    assert (reply["status"], reply["error"]["code"]) == (400, -1100)
    assert not rig.alice.orders
    reply = client.stamped("order.place", returnRateLimits=False, **terms)
    assert (reply["status"], "rateLimits" in reply) == (200, False)
