"""Requests gone wrong at the simulated venues: always an answer, never an exception, no money made.

Well-formed requests lose, gain and change fields, are signed as they are, and bytes of frames
change. TICKPATH_FUZZ_N sets how many requests of each kind a venue gets (a slice otherwise).
"""

import json
import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from venues.sim.server.rig import SpotRig, UsdmRig
from venues.sim.server.test_coinbase import CoinbaseRig
from venues.sim.server.test_kraken import KrakenRig

from tickpath.venues.sim.server.binance.limits import LimitSpec
from tickpath.venues.sim.server.coinbase.protocol import CoinbaseLimits
from tickpath.venues.sim.server.kraken.rates import KrakenLimits
from tickpath.venues.sim.server.truth import venue_truth
from tickpath.venues.sim.server.venue import Venue

REQUESTS = min(int(os.environ.get("TICKPATH_FUZZ_N", "250")), 20_000)
ODD = (
    "", "x", "-1", "0", "1e5", "NaN", "9" * 40, "0.000000001", "٣", "a b", "\x00", "true", "[]",
    "{}", "null", "BTCUSDT", "BUY", "LIMIT", "buy", "2020-01-01T00:00:00Z", "1" * 5000,
)  # fmt: skip
ODD_JSON = (*ODD, None, True, False, 0, -1, 1.5, 10**30, 1e-5, [], {}, [None], {"a": 1}, [[1]])
NO_LIMITS = LimitSpec(
    weight_per_minute=0, orders_per_10_s=0, orders_per_day=0, connections_per_5_min=0,
    messages_per_s=0,
)  # fmt: skip


def changed(chance: random.Random, params: dict[str, Any], odd: tuple[Any, ...]) -> dict[str, Any]:
    """Some fields lost, changed or new."""
    found = dict(params)
    for _ in range(chance.randrange(3)):
        name = chance.choice(list(params) or ["x"])
        action = chance.randrange(3)
        if action == 0:
            found.pop(name, None)
        elif action == 1:
            found[name] = chance.choice(odd)
        else:
            found[chance.choice(["zz", "limit", "depth", name + "s"])] = chance.choice(odd)
    return found


def damaged(chance: random.Random, text: str) -> str:
    """A frame with changed, lost or doubled bytes."""
    data = bytearray(text.encode())
    for _ in range(1 + chance.randrange(4)):
        place = chance.randrange(len(data) + 1)
        cut = chance.randrange(4)
        data[place : place + cut] = bytes(chance.randrange(256) for _ in range(chance.randrange(4)))
    return data.decode("utf-8", "replace")


def whole(venue: Venue, before: dict[str, int]) -> None:
    """What holds after everything."""
    assert venue.exchange.settlement.totals() == before
    json.dumps(venue_truth(venue))
    for account in venue.exchange.accounts.values():
        assert all(b.locked >= 0 for b in account.balances.values())


LIMIT = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "59000",
    "quantity": "0.01", "newClientOrderId": "a",
}  # fmt: skip
NAMED = {"symbol": "BTCUSDT", "origClientOrderId": "a", "orderId": "7000000011"}
SPOT = {
    "order.place": LIMIT | {"stopPrice": "1", "icebergQty": "1", "newOrderRespType": "FULL"},
    "order.cancel": NAMED,
    "order.status": NAMED,
    "order.cancelReplace": LIMIT
    | {"cancelReplaceMode": "ALLOW_FAILURE", "cancelOrigClientOrderId": "a"},
    "order.amend.keepPriority": NAMED | {"newQty": "0.005"},
    "openOrders.status": {"symbol": "BTCUSDT"},
    "openOrders.cancelAll": {"symbol": "BTCUSDT"},
    "account.status": {"omitZeroBalances": "true"},
    "myTrades": NAMED | {"limit": "5", "startTime": "1", "fromId": "1"},
    "allOrders": {"symbol": "BTCUSDT", "limit": "5"},
    "depth": {"symbol": "BTCUSDT", "limit": "5"},
    "exchangeInfo": {"symbols": '["BTCUSDT"]'},
    "ticker.24hr": {"symbol": "BTCUSDT"},
    "userDataStream.unsubscribe": {"subscriptionId": "0"},
    "session.logon": {},
}
USDM = {
    "order.place": LIMIT | {"reduceOnly": "true", "positionSide": "BOTH", "goodTillDate": "1"},
    "order.modify": NAMED | {"side": "BUY", "price": "59100", "quantity": "0.01"},
    "order.cancel": NAMED,
    "order.status": NAMED,
    "account.position": {"symbol": "BTCUSDT"},
}


@pytest.mark.parametrize(("make", "methods"), [(SpotRig, SPOT), (UsdmRig, USDM)])
def test_binance(make: Callable[..., SpotRig], methods: dict[str, dict[str, Any]]) -> None:
    rig, chance = make(NO_LIMITS), random.Random(1)
    rig.fill_book()
    before = rig.venue.exchange.settlement.totals()
    api, routes = rig.api(log_on=True), list(rig.protocol.routes)
    link, sink = rig.connect("/ws")
    names = ["btcusdt@depth", "btcusdt@trade"]
    for number in range(REQUESTS):
        if api.link.closed:
            api = rig.api(log_on=True)
        method = chance.choice(list(methods))
        params = changed(chance, methods[method], ODD_JSON) | {"timestamp": rig.venue.venue_ms()}
        request = {"id": number, "method": method, "params": params}
        rig.venue.receive(api.link, json.dumps(request))
        rig.venue.receive(api.link, damaged(chance, json.dumps(request)))
        for reply in api.sink.take():
            assert "event" in reply or reply["status"] in (200, 400, 401, 409, 429), reply
        call, path = chance.choice(routes)
        every = LIMIT | NAMED | {"batchOrders": json.dumps([LIMIT]), "countdownTime": "5"}
        answer = rig.call(call, path, **changed(chance, every, ODD))
        assert answer.status in (200, 400, 401, 409)
        assert answer.body
        json.loads(answer.body)
        control = {"method": "SUBSCRIBE", "params": names, "id": number}
        rig.venue.receive(link, damaged(chance, json.dumps(control)))
        rig.venue.receive(link, json.dumps(changed(chance, control, ODD_JSON)))
        sink.take()
        rig.pass_ms(chance.randrange(200))
    whole(rig.venue, before)


ADD = {
    "symbol": "BTC/USD", "side": "buy", "order_type": "limit", "order_qty": 0.01,
    "limit_price": 59000, "cl_ord_id": "a", "time_in_force": "gtc", "deadline": "",
    "expire_time": "", "display_qty": 0, "post_only": False, "validate": False, "order_userref": 1,
    "triggers": {"price": 1},
}  # fmt: skip
KRAKEN = {
    "add_order": ADD,
    "amend_order": {"cl_ord_id": "a", "order_qty": 0.02, "limit_price": 58000},
    "edit_order": {"cl_ord_id": "a", "order_qty": 0.02, "limit_price": 58000},
    "cancel_order": {"cl_ord_id": ["a"], "order_id": ["O"]},
    "cancel_all": {},
    "cancel_all_orders_after": {"timeout": 5},
    "batch_add": {"symbol": "BTC/USD", "orders": [ADD, ADD]},
    "batch_cancel": {"orders": ["a"]},
    "subscribe": {"channel": "book", "symbol": ["BTC/USD"], "depth": 10, "snapshot": True},
    "unsubscribe": {"channel": "book", "symbol": ["BTC/USD"], "depth": 10},
    "ping": {},
}
KRAKEN_REST = {
    "pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "0.01", "price": "59000",
    "txid": "O", "cl_ord_id": "a", "count": "5", "ofs": "0", "timeout": "5", "expiretm": "+5",
    "oflags": "post", "userref": "1", "orders": "[]", "timeinforce": "gtc", "price2": "1",
}  # fmt: skip


def test_kraken() -> None:
    rig = KrakenRig(KrakenLimits(threshold=0, rest_max=0, connections_per_10_min=0))
    chance, before = random.Random(2), rig.venue.exchange.settlement.totals()
    client = rig.private()
    names = [*rig.protocol.http.private, "None"]
    for _ in range(REQUESTS):
        if client.link.closed:
            client = rig.private()
        method = chance.choice(list(KRAKEN))
        params = changed(chance, KRAKEN[method] | {"token": client.token}, ODD_JSON)
        request = {"method": method, "params": params, "req_id": chance.choice(ODD_JSON)}
        rig.venue.receive(client.link, json.dumps(request))
        rig.venue.receive(client.link, damaged(chance, json.dumps(request)))
        for message in client.sink.take():
            assert "channel" in message or "method" in message
        answer = rig.call(chance.choice(names), **changed(chance, KRAKEN_REST, ODD))
        assert set(json.loads(answer.body)) <= {"error", "result"}
        public = chance.choice(list(rig.protocol.http.public))
        rig.public(public, **changed(chance, {"pair": "XBTUSD", "count": "5"}, ODD))
        rig.pass_ms(chance.randrange(200))
    whole(rig.venue, before)


COINBASE = {
    "client_order_id": "a", "product_id": "BTC-USD", "side": "BUY",
    "order_configuration": {"limit_limit_gtc": {"base_size": "0.01", "limit_price": "59000"}},
    "order_ids": ["a"], "order_id": "a", "size": "0.02", "price": "58000",
}  # fmt: skip
PATHS = (
    ("POST", "/orders"), ("POST", "/orders/edit"), ("POST", "/orders/batch_cancel"),
    ("GET", "/accounts"), ("GET", "/accounts/x"), ("GET", "/orders/historical/batch"),
    ("GET", "/orders/historical/fills"), ("GET", "/orders/historical/x"), ("GET", "/product_book"),
    ("GET", "/products"), ("GET", "/products/BTC-USD/ticker"), ("GET", "/market/x"), ("PUT", "/x"),
)  # fmt: skip


def test_coinbase() -> None:
    limits = CoinbaseLimits(private_per_s=0, public_per_s=0, messages_per_s=0, connections_per_s=0)
    rig, chance = CoinbaseRig(limits), random.Random(3)
    before = rig.venue.exchange.settlement.totals()
    link, sink = rig.connect()
    for number in range(REQUESTS):
        if link.closed:
            link, sink = rig.connect()
        method, path = chance.choice(PATHS)
        body = changed(chance, COINBASE | {"client_order_id": f"a{number}"}, ODD_JSON)
        inner = body.get("order_configuration")
        if isinstance(inner, dict) and chance.randrange(2):
            name = chance.choice(["limit_limit_gtd", "market_market_ioc", "limit_limit_gtc"])
            fields = {"base_size": "0.01", "limit_price": "59000", "end_time": "2030-01-01"}
            body["order_configuration"] = {name: changed(chance, fields, ODD_JSON)}
        query = chance.choice(["", "limit=x", "limit=-1&cursor=x", "product_id=BTC-USD&limit=2"])
        answer = rig.call(method, path, body if method == "POST" else None, query)
        assert answer.status in (200, 400, 401, 404)
        json.loads(answer.body)
        request = {"type": "subscribe", "channel": "level2", "product_ids": ["BTC-USD"]}
        rig.venue.receive(link, json.dumps(changed(chance, request, ODD_JSON)))
        rig.venue.receive(link, damaged(chance, json.dumps(request)))
        sink.take()
        rig.pass_ms(chance.randrange(200))
    whole(rig.venue, before)
