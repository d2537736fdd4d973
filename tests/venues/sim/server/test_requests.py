"""What clients sent: bounded, without secrets, and comparable between clients."""

import json
from typing import Any

from venues.sim.server.rig import SpotRig, UsdmRig

from tickpath.venues.sim.server.binance.usdm import BinanceUsdm
from tickpath.venues.sim.server.requests import KEPT_MAX, RequestLog, comparable


def test_the_log_is_bounded_and_numbered() -> None:
    log = RequestLog()
    for k in range(KEPT_MAX + 5):
        log.add(t_ns=k, channel="rest", method="GET", path="/", params={})
    assert (log.count, len(log.since())) == (KEPT_MAX + 5, KEPT_MAX)
    assert [sent.t_ns for sent in log.since(KEPT_MAX + 3)] == [KEPT_MAX + 3, KEPT_MAX + 4]
    log.clear()
    assert log.as_json() == []


def test_secrets_are_hidden_wherever_they_stand() -> None:
    log = RequestLog()
    params: dict[str, Any] = {"orders": [{"token": "t1", "price": 1}], "jwt": "t2"}
    headers = {"Authorization": "Bearer t3", "API-Sign": "t4", "User-Agent": "x", "Host": "y"}
    log.add(t_ns=0, channel="rest", method="POST", path="/", params=params, headers=headers)
    (kept,) = log.as_json()
    assert not any(secret in str(kept) for secret in ("t1", "t2", "t3", "t4"))
    assert kept["params"]["orders"][0]["price"] == 1
    assert kept["headers"]["user-agent"] == "x"
    assert "host" not in kept["headers"]


def test_a_listen_key_is_hidden_in_paths_and_streams() -> None:
    """Whoever has it reads the account's events."""
    rig = UsdmRig()
    rig.user()
    assert isinstance(rig.protocol, BinanceUsdm)
    (key,) = rig.protocol.listen_keys.keys
    rig.connect("/stream", f"streams={key}/btcusdt@trade")
    rig.connect("/private/ws", f"listenKey={key}")
    link, _ = rig.connect("/ws/btcusdt@trade")
    request = {"method": "UNSUBSCRIBE", "params": [key], "id": 1}
    rig.venue.receive(link, json.dumps(request))
    kept = rig.venue.requests.as_json()
    assert [sent["method"] for sent in kept] == ["POST", *["CONNECT"] * 4, "UNSUBSCRIBE"]
    assert key not in str(kept)
    assert kept[1]["path"] == "/ws/(hidden)"


def test_a_handshake_is_kept_too() -> None:
    rig = SpotRig()
    rig.connect("/stream", "streams=btcusdt@trade")
    (sent,) = rig.venue.requests.since()
    assert (sent.method, sent.path, sent.link) == ("CONNECT", "/stream", 1)
    assert sent.params == {"streams": "btcusdt@trade"}


def test_two_clients_that_ask_for_the_same_are_equal() -> None:
    rig = SpotRig()
    rig.fill_book()
    terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    rig.signed("POST", "/api/v3/order", price="59000", quantity="0.10", **terms)
    rig.pass_ms(5)
    other = terms | {"price": "59000.00", "quantity": "0.1", "newClientOrderId": "mine"}
    rig.signed("POST", "/api/v3/order", **other)
    rig.signed("POST", "/api/v3/order", **other | {"side": "SELL"})
    first, second, third = map(comparable, rig.venue.requests.since())
    assert first == second
    assert first != third
    assert first[3] == terms | {"price": "59000", "quantity": "0.1"}
