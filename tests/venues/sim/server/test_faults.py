"""Faults on command: each strikes what it should, once, and the same way for a seed."""

import json
from typing import Any

import pytest
from venues.sim.server.rig import ApiClient, SpotRig
from venues.sim.server.test_spot_api import LIMIT

from tickpath.core.errors import ConfigError
from tickpath.venues.sim.server.faults import KINDS, Fault
from tickpath.venues.sim.server.orders import BUY, SELL
from tickpath.venues.sim.server.units import parse
from tickpath.venues.sim.server.venue import Call


@pytest.fixture
def rig() -> SpotRig:
    made = SpotRig()
    made.fill_book()
    return made


def fault(rig: SpotRig, kind: str, **more: Any) -> None:
    rig.venue.fault(Fault(kind=kind, **more))


def tickers(rig: SpotRig, count: int = 4) -> list[str]:
    """Quantities that `count` tickers show, through whatever faults are set."""
    sink = rig.streams("btcusdt@bookTicker")
    for _ in range(count):
        rig.exchange.crowd_take(rig.market, SELL, parse("0.1"))
    rig.pass_ms(1000)
    return [frame["B"] for frame in sink.take()]


PLAIN = ["0.90000000", "0.80000000", "0.70000000", "0.60000000"]


@pytest.mark.parametrize(
    ("kind", "more", "seen"),
    [
        ("drop", {"after": 1}, [PLAIN[0], PLAIN[2], PLAIN[3]]),
        ("duplicate", {}, [PLAIN[0], *PLAIN]),
        ("delay", {"value": 10}, [*PLAIN[1:], PLAIN[0]]),
        ("reorder", {"value": 10}, [PLAIN[1], PLAIN[0], *PLAIN[2:]]),
        ("reorder", {"value": 10, "after": 3}, PLAIN),
        ("drop", {"count": 2, "tag": "bookTicker"}, PLAIN[2:]),
        ("drop", {"tag": "depth"}, PLAIN),
        ("drop", {"symbol": "BTCUSDT"}, PLAIN[1:]),
        ("drop", {"account": "alice"}, PLAIN),
        ("drop", {"channel": "api"}, PLAIN),
    ],
)
def test_frames(rig: SpotRig, kind: str, more: dict[str, Any], seen: list[str]) -> None:
    fault(rig, kind, **more)
    assert tickers(rig) == seen


def test_a_corrupt_frame_differs_in_one_byte_and_the_same_way_each_run() -> None:
    seen = []
    for _ in range(2):
        rig = SpotRig()
        rig.fill_book()
        fault(rig, "corrupt")
        sink = rig.streams("btcusdt@bookTicker", "btcusdt@trade")
        rig.exchange.crowd_take(rig.market, SELL, parse("0.1"))
        seen.append(list(sink.frames))
    right = SpotRig()
    right.fill_book()
    sink = right.streams("btcusdt@bookTicker", "btcusdt@trade")
    right.exchange.crowd_take(right.market, SELL, parse("0.1"))
    assert seen[0] == seen[1]
    assert seen[0][1] == sink.frames[1]
    pairs = list(zip(seen[0][0], sink.frames[0], strict=True))
    assert sum(a != b for a, b in pairs) == 1


def test_chance_comes_from_the_seed(rig: SpotRig) -> None:
    fault(rig, "drop", count=100, probability_ppm=500_000)
    seen = tickers(rig)
    other = SpotRig()
    other.fill_book()
    fault(other, "drop", count=100, probability_ppm=500_000)
    assert tickers(other) == seen
    assert len(seen) < 4


def test_a_gap_breaks_the_chain_of_diffs(rig: SpotRig) -> None:
    fault(rig, "gap", after=1)
    sink = rig.streams("btcusdt@depth@100ms")
    for _ in range(4):
        rig.exchange.crowd_take(rig.market, SELL, parse("0.1"))
        rig.pass_ms(100)
    first, second, third = sink.take()
    assert second["U"] > first["u"] + 1
    assert third["U"] == second["u"] + 1


def test_a_stale_snapshot_is_that_of_when_the_fault_was_set(rig: SpotRig) -> None:
    before = rig.get("/api/v3/depth", symbol="BTCUSDT")
    fault(rig, "stale_snapshot", count=2)
    rig.exchange.crowd_take(rig.market, SELL, parse("0.1"))
    assert rig.get("/api/v3/depth", symbol="BTCUSDT") == before
    assert rig.get("/api/v3/depth", symbol="BTCUSDT") == before
    assert rig.get("/api/v3/depth", symbol="BTCUSDT")["lastUpdateId"] > before["lastUpdateId"]


def placed(rig: SpotRig, api: ApiClient, **more: Any) -> list[Any]:
    """What comes back for an order that trades at once."""
    terms = LIMIT | {"price": "60000.01"} | more
    api.send("order.place", timestamp=rig.venue.venue_ms(), newClientOrderId="x", **terms)
    return api.sink.take()


def ready(rig: SpotRig) -> ApiClient:
    api = rig.api(log_on=True)
    api.stamped("userDataStream.subscribe")
    return api


def test_a_lost_ack_leaves_the_order_and_its_events(rig: SpotRig) -> None:
    api = ready(rig)
    fault(rig, "lost_ack", channel="api", tag="order.place")
    assert next(m["event"]["e"] for m in placed(rig, api)) == "executionReport"
    assert rig.alice.client_ids["x"].filled == parse("0.1")
    fault(rig, "lost_ack", channel="rest")
    terms = {k: v for k, v in LIMIT.items() if k != "symbol"}
    answer = rig.call("POST", "/api/v3/order", symbol="BTCUSDT", newClientOrderId="y", **terms)
    assert answer.lost
    assert rig.alice.client_ids["y"].open


def test_a_lost_request_leaves_nothing(rig: SpotRig) -> None:
    api = ready(rig)
    fault(rig, "lost_request")
    assert placed(rig, api) == []
    fault(rig, "lost_request", tag="POST /api/v3/order")
    assert rig.call("POST", "/api/v3/order", **LIMIT).lost
    assert not rig.alice.orders


def test_an_error_after_the_order_was_taken(rig: SpotRig) -> None:
    api = ready(rig)
    fault(rig, "error_after_accept")
    reply, *events = placed(rig, api)
    assert (reply["status"], reply["error"]["code"]) == (504, -1007)
    assert events
    fault(rig, "error_after_accept")
    answer = rig.call("POST", "/api/v3/order", **LIMIT)
    assert (answer.status, json.loads(answer.body)["code"]) == (504, -1007)
    assert len(rig.alice.orders) == 2
    fault(rig, "error_before")
    assert rig.call("POST", "/api/v3/order", **LIMIT).status == 503
    api.sink.take()
    fault(rig, "error_before")
    assert placed(rig, api)[0]["status"] == 503
    assert len(rig.alice.orders) == 2


def test_a_fill_before_the_ack(rig: SpotRig) -> None:
    api = ready(rig)
    fault(rig, "fill_before_ack", value=20)
    events = placed(rig, api)
    assert [m["event"]["x"] for m in events if "x" in m["event"]] == ["NEW", "TRADE"]
    rig.pass_ms(20)
    assert api.sink.take()[0]["result"]["status"] == "FILLED"
    fault(rig, "slow_ack", value=5)
    assert [m for m in placed(rig, api) if "id" in m] == []
    rig.pass_ms(5)
    assert api.sink.take()[0]["status"] == 200
    fault(rig, "fill_before_ack", value=5)
    assert rig.call("POST", "/api/v3/order", **LIMIT).delay_ns == 5_000_000


def test_a_fill_twice_after_a_reconnect(rig: SpotRig) -> None:
    api = ready(rig)
    events = placed(rig, api)
    fill = next(m["event"] for m in events if m.get("event", {}).get("x") == "TRADE")
    fault(rig, "duplicate_fill", account="alice")
    api.link.lost()
    again = rig.api(log_on=True)
    again.send("userDataStream.subscribe", timestamp=rig.venue.venue_ms())
    reply, event = again.sink.take()
    assert reply["status"] == 200
    assert event["event"] == fill


def test_limits_and_bans_on_command(rig: SpotRig) -> None:
    fault(rig, "rate_limit", value=1500)
    depth = Call(method="GET", path="/api/v3/depth", query="symbol=BTCUSDT")
    answer = rig.venue.rest(depth)
    assert (answer.status, answer.headers["retry-after"]) == (429, "2")
    assert rig.venue.rest(depth).status == 200
    fault(rig, "ban", value=3000)
    assert rig.venue.rest(depth).status == 418
    rig.pass_ms(3000)
    assert rig.venue.rest(depth).status == 200
    api = ready(rig)
    fault(rig, "rate_limit", channel="api", value=1500)
    reply = placed(rig, api)[0]
    assert (reply["status"], reply["error"]["code"]) == (429, -1003)
    fault(rig, "maintenance", value=10)
    assert rig.venue.rest(depth).status == 503
    rig.pass_ms(10)
    assert rig.venue.rest(depth).status == 200


def test_cuts_and_shutdowns(rig: SpotRig) -> None:
    market, api = rig.streams("btcusdt@trade"), rig.api()
    combined = rig.connect("/stream", "streams=btcusdt@trade")[1]
    fault(rig, "cut", channel="api")
    assert api.sink.closed is not None
    assert market.closed is None
    fault(rig, "shutdown", value=50)
    assert market.take()[0]["e"] == "serverShutdown"
    assert combined.take()[0]["stream"] == "!serverShutdown"
    assert market.closed is None
    rig.pass_ms(50)
    assert market.closed == combined.closed == (1001, "")
    assert not rig.venue.links


def test_half_open_and_slow_readers(rig: SpotRig) -> None:
    api = ready(rig)
    fault(rig, "slow_reader", channel="api", value=30)
    assert placed(rig, api) == []
    assert not api.sink.read
    rig.pass_ms(30)
    assert [m["id"] for m in api.sink.take() if "id" in m] == [api.number]
    assert api.sink.read
    fault(rig, "half_open", account="alice")
    assert placed(rig, api) == []
    rig.exchange.crowd_take(rig.market, BUY, parse("1"))
    rig.pass_ms(60_000)
    assert api.sink.frames == []
    assert api.sink.closed is None
    assert len(rig.alice.orders) == 1


def test_clock_skew_and_halts(rig: SpotRig) -> None:
    fault(rig, "clock_skew", value=-90_000)
    assert rig.get("/api/v3/time")["serverTime"] == rig.clock.t_ns // 10**6 - 90_000
    now = rig.clock.t_ns // 10**6
    assert rig.signed("GET", "/api/v3/account", timestamp=now)["code"] == -1021
    fault(rig, "halt", symbol="BTCUSDT", value=100)
    assert rig.order("BUY", "59000", "0.1") == {"code": -2010, "msg": "Market is closed."}
    assert rig.get("/api/v3/exchangeInfo")["symbols"][0]["status"] == "BREAK"
    rig.pass_ms(100)
    assert rig.order("BUY", "59000", "0.1")["status"] == "NEW"
    fault(rig, "halt")
    fault(rig, "resume")
    assert rig.order("BUY", "59000", "0.1")["status"] == "NEW"


def test_a_revoked_key_ends_sessions(rig: SpotRig) -> None:
    api = ready(rig)
    fault(rig, "revoke_key", account="alice")
    event, error = api.sink.take()
    assert event["event"]["e"] == "eventStreamTerminated"
    assert (error["id"], error["status"], error["error"]["code"]) == (None, 401, -2015)
    assert placed(rig, api)[0]["error"]["code"] == -2015
    assert rig.signed("GET", "/api/v3/account")["code"] == -2015
    assert rig.signed("GET", "/api/v3/account", key="bob-hmac")["canTrade"]
    fault(rig, "restore_key", account="alice")
    assert placed(rig, api)[0]["status"] == 200


def test_unknown_messages_and_fields(rig: SpotRig) -> None:
    api, sink = ready(rig), rig.streams("btcusdt@bookTicker")
    fault(rig, "inject", channel="market", text='{"e":"neverSeen"}')
    assert sink.take() == [{"e": "neverSeen"}]
    fault(rig, "new_field", tag="bookTicker")
    fault(rig, "new_field", tag="executionReport")
    events = placed(rig, api)
    assert [("zz" in m["event"]) for m in events if "event" in m][:2] == [True, False]
    assert "zz" in sink.take()[0]


def test_a_schedule(rig: SpotRig) -> None:
    rig.venue.fault_at(50_000_000, Fault(kind="clock_skew", value=7))
    rig.pass_ms(49)
    assert rig.venue.skew_ns == 0
    rig.pass_ms(1)
    assert rig.venue.skew_ns == 7_000_000
    struck = rig.venue.faults.struck[-1]
    assert (struck.kind, struck.t_ns) == ("clock_skew", rig.venue.t_ns)


def test_what_a_venue_cannot_have_is_refused(rig: SpotRig) -> None:
    for kind in ("bad_checksum", "none"):
        with pytest.raises(ConfigError, match="is not one of this venue"):
            fault(rig, kind)
    with pytest.raises(ConfigError, match="no account"):
        fault(rig, "revoke_key", account="carol")
    assert rig.protocol.kinds < set(KINDS)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"account": "carol"}, "no account 'carol'"),
        ({"symbol": "ETHUSDT"}, "no symbol 'ETHUSDT'"),
        ({"value": -1}, "write 0 or more"),
    ],
)
def test_a_fault_that_could_never_strike_is_refused(
    rig: SpotRig, more: dict[str, Any], message: str
) -> None:
    for kind in ("slow_ack", "cut", "revoke_key"):
        with pytest.raises(ConfigError, match=message):
            fault(rig, kind, **more)
        with pytest.raises(ConfigError, match=message):
            rig.venue.fault_at(5, Fault(kind=kind, **more))
    fault(rig, "clock_skew", value=-5)
    assert rig.venue.skew_ns == -5_000_000


def test_requests_are_struck_by_account_and_symbol(rig: SpotRig) -> None:
    fault(rig, "lost_request", account="bob", symbol="BTCUSDT", count=2)
    terms = {"symbol": "BTCUSDT", "type": "MARKET", "side": "BUY", "quantity": "0.01"}
    assert rig.call("POST", "/api/v3/order", **terms).status == 200
    assert rig.call("POST", "/api/v3/order", key="bob-hmac", **terms).lost
    client = rig.api()
    assert client.signed("order.place", **terms)["status"] == 200
    now = rig.venue.venue_ms()
    client.send("order.place", apiKey="bob-hmac", signature="x", timestamp=now, **terms)
    assert client.sink.take() == []
    assert (len(rig.alice.orders), len(rig.bob.orders)) == (2, 0)


def test_a_slow_reader_reads_in_order_and_after_the_longest_pause(rig: SpotRig) -> None:
    client = rig.api()
    fault(rig, "slow_reader", channel="api", value=10)
    fault(rig, "slow_reader", channel="api", value=30)
    for _ in range(2):
        client.send("ping")
    rig.pass_ms(10)
    assert client.sink.take() == []
    session = client.link.session
    assert session is not None
    heard: list[str] = []

    class Session:
        """Sends one more while it is given what was held."""

        def on_text(self, text: str) -> None:
            if len(heard) == 0:
                client.link.receive("late")
            heard.append(text)

        def on_close(self) -> None: ...

    client.link.session = Session()
    rig.pass_ms(20)
    assert [json.loads(text)["id"] for text in heard[:2]] == [1, 2]
    assert heard[2:] == ["late"]
