"""USD-M: orders, positions, listen keys and events, with the venue's codes."""

import json
from typing import Any

import pytest
from venues.sim.server.rig import UsdmRig, body_of

from tickpath.venues.sim.server.binance import listen_keys
from tickpath.venues.sim.server.faults import Fault
from tickpath.venues.sim.server.orders import SELL
from tickpath.venues.sim.server.units import parse
from tickpath.venues.sim.server.venue import Call

ORDER = "/fapi/v1/order"
LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "price": "59000",
    "quantity": "0.1",
}


@pytest.fixture
def rig() -> UsdmRig:
    made = UsdmRig()
    made.fill_book()
    return made


def test_public_data(rig: UsdmRig) -> None:
    info = rig.get("/fapi/v1/exchangeInfo")
    (symbol,) = info["symbols"]
    filters = {f["filterType"]: f for f in symbol["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.1"
    assert filters["MIN_NOTIONAL"]["notional"] == "100"
    assert [r["interval"] for r in info["rateLimits"]] == ["MINUTE", "SECOND", "MINUTE"]
    depth = rig.get("/fapi/v1/depth", symbol="BTCUSDT", limit=5)
    assert depth["asks"][0] == ["60000.1", "1.000"]
    assert depth["E"] == rig.venue.venue_ms()
    assert rig.get("/fapi/v1/premiumIndex", symbol="BTCUSDT")["markPrice"] == "60000.05000000"
    assert rig.get("/fapi/v1/ping") == {}


def test_an_order_is_modified_under_its_id(rig: UsdmRig) -> None:
    placed = rig.order("BUY", "59000", "0.1", newClientOrderId="a")
    assert (placed["status"], placed["avgPrice"], placed["executedQty"]) == ("NEW", "0.00", "0.000")
    changed = rig.signed(
        "PUT",
        ORDER,
        symbol="BTCUSDT",
        side="BUY",
        origClientOrderId="a",
        price="59100",
        quantity="0.2",
    )
    assert (changed["orderId"], changed["price"]) == (placed["orderId"], "59100.0")
    named = {"symbol": "BTCUSDT", "origClientOrderId": "a"}
    assert rig.signed("GET", "/fapi/v1/openOrder", **named)["origQty"] == "0.200"
    assert rig.signed("DELETE", ORDER, **named)["status"] == "CANCELED"
    assert rig.signed("DELETE", ORDER, **named)["code"] == -2011
    assert rig.signed("GET", ORDER, **named)["status"] == "CANCELED"
    assert rig.signed("PUT", ORDER, price="1", quantity="1", side="BUY", **named)["code"] == -2013


def test_positions_margin_and_reduce_only(rig: UsdmRig) -> None:
    filled = rig.order("BUY", "60000.1", "1", newOrderRespType="RESULT")
    assert (filled["status"], filled["avgPrice"]) == ("FILLED", "60000.10")
    (position,) = rig.signed("GET", "/fapi/v3/positionRisk", symbol="BTCUSDT")
    assert (position["positionAmt"], position["entryPrice"]) == ("1.000", "60000.10000000")
    account = rig.signed("GET", "/fapi/v3/account")
    assert account["totalWalletBalance"] == "99969.99995000"
    assert account["availableBalance"] == "96969.99495000"
    balance = rig.signed("GET", "/fapi/v3/balance")[0]
    assert balance["availableBalance"] == account["availableBalance"]
    assert rig.order("BUY", "60000", "1", reduceOnly="true")["code"] == -2022
    assert rig.order("BUY", "60000", "40")["code"] == -2019
    assert (
        rig.signed("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=100)["leverage"] == 100
    )
    assert rig.order("BUY", "59000", "40")["status"] == "NEW"
    rig.signed("DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")
    closing = rig.signed(
        "POST",
        ORDER,
        symbol="BTCUSDT",
        side="SELL",
        type="MARKET",
        quantity="3",
        reduceOnly="true",
        newOrderRespType="RESULT",
    )
    assert (closing["executedQty"], closing["status"]) == ("1.000", "EXPIRED")
    assert rig.signed("GET", "/fapi/v3/positionRisk") == []
    trades = rig.signed("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")
    assert [t["realizedPnl"] for t in trades] == ["0.00000000", "-0.10000000"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"price": "59000.05"}, -4014),
        ({"price": "999999"}, -4016),
        ({"price": "1000"}, -4024),
        ({"quantity": "0"}, -4003),
        ({"quantity": "0.0001"}, -1111),
        ({"quantity": "1001"}, -4005),
        ({"quantity": "0.001"}, -4164),
        ({"type": "STOP_MARKET"}, -4120),
        ({"type": "OTHER"}, -1116),
        ({"timeInForce": "X"}, -1115),
        ({"timeInForce": "GTX", "price": "60000.1"}, -5022),
        ({"timeInForce": "FOK", "quantity": "9", "price": "60000.1"}, -5021),
        ({"positionSide": "LONG"}, -4061),
        ({"positionSide": "UP"}, -4060),
        ({"goodTillDate": "1"}, -1106),
        ({"timeInForce": "GTD", "goodTillDate": "1"}, -4208),
    ],
)
def test_refusals(rig: UsdmRig, change: dict[str, str], code: int) -> None:
    assert rig.signed("POST", ORDER, **LIMIT | change)["code"] == code
    assert not rig.alice.orders


def test_a_good_till_date_ends_an_order(rig: UsdmRig) -> None:
    till = rig.venue.venue_ms() + 700_000
    placed = rig.order("BUY", "59000", "0.1", timeInForce="GTD", goodTillDate=till)
    assert placed["goodTillDate"] == till // 1000 * 1000
    rig.pass_ms(700_000)
    assert (
        rig.signed("GET", ORDER, symbol="BTCUSDT", orderId=placed["orderId"])["status"] == "EXPIRED"
    )


def test_the_dead_mans_switch(rig: UsdmRig) -> None:
    path = "/fapi/v1/countdownCancelAll"
    order = rig.order("BUY", "59000", "0.1")
    named = {"symbol": "BTCUSDT", "orderId": order["orderId"]}
    assert rig.signed("POST", path, symbol="BTCUSDT", countdownTime=1000)["countdownTime"] == "1000"
    rig.pass_ms(900)
    rig.signed("POST", path, symbol="BTCUSDT", countdownTime=1000)
    rig.pass_ms(900)
    assert rig.signed("GET", ORDER, **named)["status"] == "NEW"
    rig.pass_ms(100)
    assert rig.signed("GET", ORDER, **named)["status"] == "CANCELED"
    other = rig.order("BUY", "59000", "0.1")
    rig.signed("POST", path, symbol="BTCUSDT", countdownTime=1000)
    rig.signed("POST", path, symbol="BTCUSDT", countdownTime=0)
    rig.pass_ms(5000)
    assert rig.signed("GET", ORDER, symbol="BTCUSDT", orderId=other["orderId"])["status"] == "NEW"


def test_batches(rig: UsdmRig) -> None:
    entries = [LIMIT | {"newClientOrderId": "a"}, LIMIT | {"price": "1.23"}, LIMIT]
    found = rig.signed("POST", "/fapi/v1/batchOrders", batchOrders=json.dumps(entries))
    assert [e.get("code", e.get("status")) for e in found] == ["NEW", -4014, "NEW"]
    ids = json.dumps([found[0]["orderId"], 1])
    gone = rig.signed("DELETE", "/fapi/v1/batchOrders", symbol="BTCUSDT", orderIdList=ids)
    assert [e.get("code", e.get("status")) for e in gone] == ["CANCELED", -2011]
    many = json.dumps([LIMIT] * 6)
    assert rig.signed("POST", "/fapi/v1/batchOrders", batchOrders=many)["code"] == -4082


@pytest.fixture
def minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Listen keys live for a minute instead of an hour."""
    monkeypatch.setattr(listen_keys, "ALIVE_NS", 60 * 10**9)


@pytest.mark.usefixtures("minute")
def test_events_on_a_listen_key(rig: UsdmRig) -> None:
    sink = rig.user()
    rig.order("BUY", "60000.1", "0.5", newClientOrderId="a")
    new, account, trade = sink.take()
    assert (new["e"], new["o"]["x"], new["o"]["c"]) == ("ORDER_TRADE_UPDATE", "NEW", "a")
    assert "n" not in new["o"]
    assert account["a"]["P"][0]["pa"] == "0.500"
    assert account["a"]["B"][0]["wb"] == "99984.99997500"
    assert (trade["o"]["x"], trade["o"]["X"], trade["o"]["n"]) == ("TRADE", "FILLED", "15.00002500")
    assert (trade["o"]["ap"], trade["o"]["rp"]) == ("60000.10", "0")
    rig.pass_ms(60_000)
    assert sink.take()[-1]["e"] == "listenKeyExpired"
    rig.order("BUY", "59000", "0.1")
    assert sink.take() == []


@pytest.mark.usefixtures("minute")
def test_a_listen_key_lives_while_it_is_kept(rig: UsdmRig) -> None:
    sink = rig.user()
    headers = {"x-mbx-apikey": "alice-hmac"}

    def ask(method: str) -> Any:
        call = Call(method=method, path="/fapi/v1/listenKey", headers=headers)
        return body_of(rig.venue.rest(call))

    rig.pass_ms(50_000)
    assert "listenKey" in ask("PUT")
    rig.pass_ms(50_000)
    rig.order("BUY", "59000", "0.1")
    assert sink.take()[0]["o"]["x"] == "NEW"
    assert ask("DELETE") == {}
    assert ask("PUT")["code"] == -1125


def test_the_streams_chain_by_pu(rig: UsdmRig) -> None:
    sink = rig.streams("btcusdt@depth@100ms", "btcusdt@bookTicker", "btcusdt@trade")
    for _ in range(3):
        rig.exchange.crowd_take(rig.market, SELL, parse("0.1"))
        rig.pass_ms(100)
    messages = sink.take()
    diffs = [m for m in messages if m["e"] == "depthUpdate"]
    assert [d["pu"] for d in diffs[1:]] == [d["u"] for d in diffs[:-1]]
    ticker = next(m for m in messages if m["e"] == "bookTicker")
    assert (ticker["b"], ticker["B"]) == ("60000.0", "0.900")
    trade = next(m for m in messages if m["e"] == "trade")
    assert (trade["X"], trade["p"]) == ("MARKET", "60000.0")


def test_the_websocket_api(rig: UsdmRig) -> None:
    api = rig.api(log_on=True)
    placed = api.stamped("order.place", newClientOrderId="a", **LIMIT)
    assert placed["result"]["status"] == "NEW"
    named = {"symbol": "BTCUSDT", "origClientOrderId": "a"}
    changed = api.stamped("order.modify", side="BUY", price="59100", quantity="0.2", **named)
    assert changed["result"]["price"] == "59100.0"
    assert api.stamped("order.status", **named)["result"]["origQty"] == "0.200"
    assert api.stamped("order.cancel", **named)["result"]["status"] == "CANCELED"
    assert api.stamped("v2/account.position")["result"] == []
    assert api.stamped("order.cancelReplace", **named)["status"] == 400
    started = api.ask("userDataStream.start", apiKey="alice-hmac")
    assert len(started["result"]["listenKey"]) == 64


def test_hedging_keeps_two_positions(rig: UsdmRig) -> None:
    path = "/fapi/v1/positionSide/dual"
    assert rig.signed("POST", path, dualSidePosition="true")["code"] == 200
    assert rig.signed("GET", path) == {"dualSidePosition": True}
    assert rig.order("BUY", "60000.1", "0.1")["code"] == -4061
    rig.order("BUY", "60000.1", "0.2", positionSide="LONG")
    rig.order("SELL", "60000", "0.1", positionSide="SHORT")
    found = rig.signed("GET", "/fapi/v3/positionRisk")
    assert {p["positionSide"]: p["positionAmt"] for p in found} == {
        "LONG": "0.200",
        "SHORT": "-0.100",
    }
    assert rig.order("SELL", "60000", "0.3", positionSide="LONG")["code"] == -2022
    assert rig.signed("POST", path, dualSidePosition="false")["code"] == -4068


def test_faults_strike_here_too(rig: UsdmRig) -> None:
    rig.venue.fault(Fault(kind="lost_ack"))
    assert rig.call("POST", ORDER, **LIMIT).lost
    assert len(rig.alice.open_orders) == 1
    sink = rig.user()
    rig.order("BUY", "60000.1", "0.1")
    fill = sink.take()[-1]
    rig.venue.fault(Fault(kind="duplicate_fill"))
    again = rig.user()
    rig.venue.flush()
    assert again.take() == [fill]
    rig.venue.fault(Fault(kind="shutdown", value=1))
    rig.pass_ms(1)
    assert again.closed is not None
