"""REST of spot: life of orders, filters, limits, security, with the venue's codes."""

import json
from typing import Any

import pytest
from support import FIXTURES, require
from venues.sim.server.rig import SpotRig, UsdmRig, body_of

from tickpath.venues.sim.server.accounts import ApiKey
from tickpath.venues.sim.server.binance.limits import LimitSpec
from tickpath.venues.sim.server.binance.signing import rest_payload, verify, ws_payload
from tickpath.venues.sim.server.orders import SELL
from tickpath.venues.sim.server.units import parse
from tickpath.venues.sim.server.venue import Call

ORDER = "/api/v3/order"


@pytest.fixture
def rig() -> SpotRig:
    made = SpotRig()
    made.fill_book()
    return made


def test_public_data(rig: SpotRig) -> None:
    assert rig.get("/api/v3/ping") == {}
    assert rig.get("/api/v3/time") == {"serverTime": rig.venue.venue_ms()}
    info = rig.get("/api/v3/exchangeInfo", symbol="BTCUSDT")
    filters = {f["filterType"]: f for f in info["symbols"][0]["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
    assert filters["LOT_SIZE"]["stepSize"] == "0.00001000"
    assert filters["PERCENT_PRICE_BY_SIDE"]["bidMultiplierDown"] == "0.2000"
    assert {r["rateLimitType"] for r in info["rateLimits"]} == {
        "REQUEST_WEIGHT",
        "ORDERS",
        "CONNECTIONS",
    }
    depth = rig.get("/api/v3/depth", symbol="BTCUSDT", limit=2)
    assert depth["asks"] == [["60000.01000000", "1.00000000"], ["60000.02000000", "1.00000000"]]
    ticker = rig.get("/api/v3/ticker/bookTicker", symbol="BTCUSDT")
    assert (ticker["bidPrice"], ticker["askQty"]) == ("60000.00000000", "1.00000000")
    rig.exchange.crowd_take(rig.market, SELL, parse("0.5"))
    assert rig.get("/api/v3/trades", symbol="BTCUSDT")[0]["qty"] == "0.50000000"
    assert rig.get("/api/v3/ticker/price")[0] == {"symbol": "BTCUSDT", "price": "60000.00000000"}
    assert rig.get("/api/v3/ticker/24hr", symbol="BTCUSDT")["count"] == 1
    assert rig.get("/api/v3/depth", symbol="NONE")["code"] == -1121
    assert rig.get("/api/v3/nothing")["code"] == -5000


def test_an_order_lives_as_the_venue_says(rig: SpotRig) -> None:
    placed = rig.order("BUY", "59000", "0.1", newClientOrderId="mine")
    assert (placed["status"], placed["clientOrderId"], placed["fills"]) == ("NEW", "mine", [])
    found = rig.signed("GET", ORDER, symbol="BTCUSDT", origClientOrderId="mine")
    assert found["orderId"] == placed["orderId"]
    assert found["isWorking"]
    assert len(rig.signed("GET", "/api/v3/openOrders")) == 1
    gone = rig.signed("DELETE", ORDER, symbol="BTCUSDT", orderId=placed["orderId"])
    assert (gone["status"], gone["origClientOrderId"]) == ("CANCELED", "mine")
    assert gone["clientOrderId"] not in ("", "mine")
    again = rig.signed("DELETE", ORDER, symbol="BTCUSDT", orderId=placed["orderId"])
    assert again == {"code": -2011, "msg": "Unknown order sent."}
    none = rig.signed("GET", ORDER, symbol="BTCUSDT", orderId=1)
    assert none == {"code": -2013, "msg": "Order does not exist."}
    assert rig.alice.balance("USDT").locked == 0


def test_a_fill_is_told_everywhere_the_same(rig: SpotRig) -> None:
    filled = rig.order("BUY", "60000.02", "1.5")
    assert filled["status"] == "FILLED"
    assert [f["qty"] for f in filled["fills"]] == ["1.00000000", "0.50000000"]
    assert filled["cummulativeQuoteQty"] == "90000.02000000"
    trades = rig.signed("GET", "/api/v3/myTrades", symbol="BTCUSDT")
    assert [t["id"] for t in trades] == [f["tradeId"] for f in filled["fills"]]
    assert trades[0]["commission"] == "0.00100000"
    account = rig.signed("GET", "/api/v3/account")
    money = {b["asset"]: b["free"] for b in account["balances"]}
    assert money == {"BTC": "11.49850000", "USDT": "9999.98000000"}
    assert rig.signed("GET", "/api/v3/allOrders", symbol="BTCUSDT")[0]["status"] == "FILLED"


def test_other_types(rig: SpotRig) -> None:
    maker = {"type": "LIMIT_MAKER", "timeInForce": None}
    crossing = rig.order("BUY", "60000.01", "1", **maker)
    assert crossing == {"code": -2010, "msg": "Order would immediately match and take."}
    assert "status" not in rig.order("BUY", "59999", "0.1", **maker)
    assert rig.order("BUY", "60000.05", "9", timeInForce="FOK")["code"] == -2010
    assert rig.order("SELL", "60000", "2", timeInForce="FOK")["status"] == "EXPIRED"
    assert rig.order("SELL", "60000", "2", timeInForce="IOC")["executedQty"] == "1.00000000"
    market = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"}
    spent = rig.signed("POST", ORDER, quoteOrderQty="6000.001", **market)
    assert (spent["executedQty"], spent["status"]) == ("0.10000000", "FILLED")
    stop = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_LOSS_LIMIT", "quantity": "0.1"}
    waits = rig.signed("POST", ORDER, price="59000", stopPrice="59500", timeInForce="GTC", **stop)
    found = rig.signed("GET", ORDER, symbol="BTCUSDT", orderId=waits["orderId"])
    assert (found["status"], found["isWorking"]) == ("NEW", False)


def test_cancel_replace_and_amend(rig: SpotRig) -> None:
    path = "/api/v3/order/cancelReplace"
    old = rig.order("BUY", "59000", "0.1", newClientOrderId="old")
    terms = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "price": "59100",
        "quantity": "0.2",
        "cancelReplaceMode": "STOP_ON_FAILURE",
    }
    done = rig.signed("POST", path, cancelOrigClientOrderId="old", newClientOrderId="new", **terms)
    assert (done["cancelResult"], done["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    assert done["cancelResponse"]["orderId"] == old["orderId"]
    answer = rig.call("POST", path, cancelOrigClientOrderId="old", **terms)
    failed = body_of(answer)
    assert (answer.status, failed["code"]) == (400, -2022)
    assert failed["data"]["newOrderResult"] == "NOT_ATTEMPTED"
    terms |= {"cancelReplaceMode": "ALLOW_FAILURE", "newClientOrderId": "third"}
    answer = rig.call("POST", path, cancelOrigClientOrderId="old", **terms)
    half = body_of(answer)
    assert (answer.status, half["code"]) == (409, -2021)
    assert half["data"]["newOrderResponse"]["clientOrderId"] == "third"
    amended = rig.signed(
        "PUT",
        "/api/v3/order/amend/keepPriority",
        symbol="BTCUSDT",
        origClientOrderId="new",
        newQty="0.1",
    )
    assert amended["amendedOrder"]["qty"] == "0.10000000"
    gone = rig.signed("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")
    assert [o["status"] for o in gone] == ["CANCELED", "CANCELED"]
    none = rig.signed("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")
    assert none["code"] == -2011


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"price": "60000.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"price": "900000"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
        ({"quantity": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "0.00001"}, -1013, "Filter failure: NOTIONAL"),
        ({"quantity": "9001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "100"}, -2010, "Account has insufficient balance for requested action."),
        ({"icebergQty": "0.001"}, -1013, "Filter failure: ICEBERG_PARTS"),
        ({"price": "1e5"}, -1100, "Illegal characters found in parameter 'price'"),
        ({"price": ""}, -1102, "Mandatory parameter 'price' was not sent"),
        ({"quantity": "0.123456789"}, -1111, "Parameter 'quantity' has too much precision."),
        ({"side": "HOLD"}, -1117, "Invalid side."),
        ({"type": "NONE"}, -1116, "Invalid orderType."),
        ({"timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
        ({"symbol": "ETHUSDT"}, -1121, "Invalid symbol."),
        ({"stopPrice": "1"}, -1106, "Parameter 'stopPrice' sent when not required."),
        ({"newClientOrderId": "a b"}, -1100, "Illegal characters"),
        ({"unknown": "1"}, -1104, "Not all sent parameters were read"),
        ({"newOrderRespType": "ALL"}, -1100, "Invalid newOrderRespType."),
        ({"trailingDelta": "10"}, -2010, "Trailing stop"),
    ],
)
def test_refusals(rig: SpotRig, change: dict[str, str], code: int, text: str) -> None:
    terms = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "price": "59000",
        "quantity": "0.1",
    }
    found = rig.signed("POST", ORDER, **terms | change)
    assert (found["code"], found["msg"][: len(text)]) == (code, text)
    assert not rig.alice.orders


def test_a_client_order_id_is_once_among_open_orders(rig: SpotRig) -> None:
    rig.order("BUY", "59000", "0.1", newClientOrderId="a")
    twice = rig.order("BUY", "59000", "0.1", newClientOrderId="a")
    assert twice == {"code": -2010, "msg": "Duplicate order sent."}
    assert rig.order("BUY", "59000", "0.1", newClientOrderId="a", key="bob-hmac")["status"] == "NEW"


def test_security(rig: SpotRig) -> None:
    path, now = "/api/v3/account", rig.venue.venue_ms()
    assert rig.call("GET", path, key="alice-ed").status == 200
    assert rig.signed("GET", path, secret="wrong")["code"] == -1022
    assert rig.call("GET", path, key="nobody").status == 401
    assert rig.signed("GET", path, key="nobody")["code"] == -2015
    assert rig.public("GET", path, timestamp=now)["code"] == -2014
    assert rig.signed("GET", path, timestamp=now - 5001)["code"] == -1021
    assert "balances" in rig.signed("GET", path, timestamp=now - 5000)
    assert "balances" in rig.signed("GET", path, timestamp=now * 1000)
    assert "balances" in rig.signed("GET", path, timestamp=now + 999)
    assert rig.signed("GET", path, timestamp=now + 1000)["code"] == -1021
    assert rig.signed("GET", path, timestamp=now - 200, recvWindow=100)["code"] == -1021
    assert rig.signed("GET", path, recvWindow=60001)["code"] == -1131
    assert rig.signed("GET", path, timestamp="x")["code"] == -1100
    twice = Call(method="GET", path=path, query="a=1&a=2")
    assert body_of(rig.venue.rest(twice))["code"] == -1101


def test_weights_limits_and_bans() -> None:
    rig = SpotRig(LimitSpec(weight_per_minute=50, ban_after=2))
    rig.fill_book()
    rig.align(60)
    depth = Call(method="GET", path="/api/v3/depth", query="symbol=BTCUSDT&limit=500")
    used = [rig.venue.rest(depth) for _ in range(5)]
    assert [a.status for a in used] == [200, 200, 429, 429, 418]
    assert used[0].headers["x-mbx-used-weight-1m"] == "25"
    left = 60 - rig.venue.t_ns % (60 * 10**9) // 10**9
    assert used[2].headers["retry-after"] == str(left)
    assert (json.loads(used[2].body)["code"], used[4].headers["retry-after"]) == (-1003, "120")
    rig.pass_ms(119_999)
    assert rig.venue.rest(depth).status == 418
    rig.pass_ms(1)
    assert rig.venue.rest(depth).status == 200


def test_order_counts_and_what_a_fill_gives_back() -> None:
    rig = SpotRig(LimitSpec(orders_per_10_s=2))
    rig.fill_book()
    rig.align(10)
    terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    terms |= {"price": "59000", "quantity": "0.1"}
    answer = rig.call("POST", ORDER, **terms)
    assert answer.headers["x-mbx-order-count-10s"] == "1"
    rig.order("BUY", "60000.01", "0.1")
    assert rig.call("POST", ORDER, **terms).status == 200
    over = rig.call("POST", ORDER, **terms)
    assert over.status == 429
    assert json.loads(over.body) == {
        "code": -1015,
        "msg": "Too many new orders; current limit is 2 orders per 10 SECOND.",
    }
    rig.pass_ms(10_000)
    assert rig.call("POST", ORDER, **terms).status == 200
    assert rig.signed("GET", "/api/v3/rateLimit/order")[0]["count"] == 1


def test_published_signatures_verify() -> None:
    path = require(FIXTURES / "auth/signing_vectors.json")
    vectors: dict[str, Any] = json.loads(path.read_text())
    for row in vectors["binance_hmac"]:
        key = ApiKey("k", "hmac", row["secret"])
        assert verify(key, row["payload"].encode(), row["signature"])
        assert not verify(key, row["payload"].encode() + b"1", row["signature"])
    checked = 0
    for row in vectors["binance_ws_hmac_requests"]:
        params = {k: str(v) for k, v in row["params"].items()}
        key = ApiKey("k", "hmac", vectors["binance_hmac"][0]["secret"])
        checked += verify(key, ws_payload(params), row["signature"])
    assert checked == len(vectors["binance_ws_hmac_requests"])


def test_what_rest_signs() -> None:
    assert rest_payload("a=1&signature=x%2By&b=2", "c=3") == (b"a=1&b=2c=3", "x+y")
    assert rest_payload("a=1", "b=2&signature=z") == (b"a=1b=2", "z")
    assert rest_payload("a=1", "") == (b"a=1", "")


def test_what_clients_sent_is_kept_without_secrets(rig: SpotRig) -> None:
    rig.order("BUY", "59000", "0.1", newClientOrderId="mine")
    (sent,) = rig.venue.requests.since()
    assert (sent.channel, sent.method, sent.path) == ("rest", "POST", ORDER)
    assert sent.params["newClientOrderId"] == "mine"
    kept = json.dumps(rig.venue.requests.as_json())
    assert "alice-hmac" not in kept
    assert sent.params["signature"] == "(hidden)"
    assert sent.headers == {"x-mbx-apikey": "(hidden)"}


@pytest.mark.parametrize("make", [SpotRig, UsdmRig])
def test_histories_are_paged_by_number_and_time(make: type[SpotRig]) -> None:
    rig = make()
    rig.fill_book(quantity="50")
    paths = {
        "/api": ("allOrders", "myTrades", "aggTrades"),
        "/fap": ("allOrders", "userTrades", ""),
    }
    orders_at, fills_at, public_at = paths[rig.order_path[:4]]
    base, times = rig.order_path.removesuffix("/order"), []
    terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1"}
    for _ in range(6):
        rig.pass_ms(1000)
        times.append(rig.venue.venue_ms())
        assert rig.call("POST", rig.order_path, **terms).status == 200
    ids = [order.id for order in rig.alice.orders]
    fills = [fill.trade_id for fill in rig.alice.fills]

    def orders(**more: Any) -> list[int]:
        found = rig.signed("GET", f"{base}/{orders_at}", symbol="BTCUSDT", **more)
        return [row["orderId"] for row in found]

    assert orders(limit=2) == ids[-2:]
    assert orders(orderId=ids[1], limit=2) == ids[1:3]
    assert orders(startTime=times[2], endTime=times[4]) == ids[2:5]
    assert orders(startTime=times[2], limit=2) == ids[2:4]
    found = rig.signed("GET", f"{base}/{fills_at}", symbol="BTCUSDT", fromId=fills[2], limit=3)
    assert [row["id"] for row in found] == fills[2:5]
    if public_at:
        rows = rig.get(f"{base}/{public_at}", symbol="BTCUSDT", fromId=fills[1], limit=2)
        assert [row["a"] for row in rows] == fills[1:3]
        rows = rig.get(f"{base}/{public_at}", symbol="BTCUSDT", startTime=times[5])
        assert [row["a"] for row in rows] == fills[5:]
