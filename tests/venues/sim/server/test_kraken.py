"""Kraken: WebSocket v2 with checksums, private channels, REST, counters, in the venue's words."""

import base64
import hashlib
import hmac
import json
import zlib
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from support import FIXTURES, require
from venues.sim.server.rig import Sink

from tickpath.venues.sim.server.accounts import ApiKey
from tickpath.venues.sim.server.clock import MS, SECOND, ManualClock
from tickpath.venues.sim.server.crowd import Crowd
from tickpath.venues.sim.server.faults import Fault
from tickpath.venues.sim.server.kraken.book import checksum
from tickpath.venues.sim.server.kraken.protocol import KrakenSpot
from tickpath.venues.sim.server.kraken.rates import Counter, KrakenLimits
from tickpath.venues.sim.server.kraken.signing import verify
from tickpath.venues.sim.server.kraken.texts import stamp
from tickpath.venues.sim.server.link import Link
from tickpath.venues.sim.server.orders import BUY, SELL, Force, Market
from tickpath.venues.sim.server.units import parse
from tickpath.venues.sim.server.venue import Answer, Call, Venue

SECRET = base64.b64encode(b"a secret of the test").decode()
MARKET = Market(
    symbol="BTC/USD",
    base="BTC",
    quote="USD",
    tick=parse("0.1"),
    step=1,
    quantity_min=parse("0.0001"),
    quantity_max=parse("1000"),
    notional_min=parse("0.5"),
    maker_fee_ppm=1600,
    taker_fee_ppm=2600,
)


class KrakenRig:
    """One venue with the account alice and a few levels of a crowd."""

    def __init__(self, limits: KrakenLimits | None = None) -> None:
        self.clock = ManualClock()
        self.protocol = KrakenSpot(limits)
        self.venue = Venue("kraken", [MARKET], self.protocol, self.clock, seed=5)
        self.exchange = self.venue.exchange
        money = {"USD": parse("100000"), "BTC": parse("10")}
        self.alice = self.exchange.open_account("alice", money)
        self.alice.keys = {"key": ApiKey("key", "kraken", SECRET)}
        self.venue.start()
        self.nonce = 0
        for k in range(15):
            self.exchange.crowd_rest(MARKET, SELL, parse("60000.1") + k * MARKET.tick, parse("1"))
            self.exchange.crowd_rest(MARKET, BUY, parse("60000") - k * MARKET.tick, parse("1"))

    def pass_ms(self, ms: int) -> None:
        self.clock.move(ms * MS)
        self.venue.advance()

    def connect(self, path: str = "/v2") -> tuple[Link, Sink]:
        sink = Sink()
        link = self.venue.connect(Call(method="GET", path=path), sink)
        assert isinstance(link, Link)
        return link, sink

    def call(self, name: str, secret: str = SECRET, key: str = "key", **params: Any) -> Answer:
        """A signed request."""
        path = f"/0/private/{name}"
        self.nonce += 1
        params.setdefault("nonce", self.nonce)
        body = urlencode(params)
        digest = hashlib.sha256((str(params["nonce"]) + body).encode()).digest()
        made = hmac.new(base64.b64decode(secret), path.encode() + digest, hashlib.sha512).digest()
        headers = {"api-key": key, "api-sign": base64.b64encode(made).decode()}
        answer = self.venue.rest(Call(method="POST", path=path, body=body, headers=headers))
        self.venue.flush()
        return answer

    def ask(self, name: str, **more: Any) -> Any:
        found = json.loads(self.call(name, **more).body)
        return found["error"][0] if found["error"] else found["result"]

    def public(self, name: str, **params: Any) -> Any:
        call = Call(method="GET", path=f"/0/public/{name}", query=urlencode(params))
        found = json.loads(self.venue.rest(call).body)
        return found["error"][0] if found["error"] else found["result"]

    def private(self) -> "Client":
        link, sink = self.connect("/auth/v2")
        return Client(self, link, sink, self.ask("GetWebSocketsToken")["token"])


class Client:
    """A client of the private WebSocket."""

    def __init__(self, rig: KrakenRig, link: Link, sink: Sink, token: str) -> None:
        self.rig, self.link, self.sink, self.token = rig, link, sink, token
        self.number = 0
        self.sink.take()

    def send(self, method: str, **params: Any) -> list[Any]:
        """What comes back at once."""
        self.number += 1
        params = {"token": self.token} | params
        request = {"method": method, "params": params, "req_id": self.number}
        self.rig.venue.receive(self.link, json.dumps(request))
        return self.sink.take()

    def ask(self, method: str, **params: Any) -> Any:
        """Result, or error, of one request."""
        reply = next(m for m in self.send(method, **params) if m.get("req_id") == self.number)
        return reply["result"] if reply["success"] else reply["error"]

    def order(self, side: str, price: float, quantity: float, **more: Any) -> Any:
        terms = {"order_type": "limit", "symbol": "BTC/USD", "side": side}
        return self.ask("add_order", **terms, limit_price=price, order_qty=quantity, **more)


@pytest.fixture
def rig() -> KrakenRig:
    return KrakenRig()


class Follower:
    """A book kept as the venue tells its clients to, with its checksum."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.sides: dict[str, dict[Decimal, Decimal]] = {"bids": {}, "asks": {}}

    def apply(self, row: Any) -> None:
        for side, levels in self.sides.items():
            for level in row[side]:
                levels[level["price"]] = level["qty"]
            kept = sorted((p for p, q in levels.items() if q), reverse=side == "bids")
            self.sides[side] = {p: levels[p] for p in kept[: self.depth]}

    def checksum(self) -> int:
        text = ""
        for side in ("asks", "bids"):
            for price, quantity in list(self.sides[side].items())[:10]:
                for value in (f"{price:.1f}", f"{quantity:.8f}"):
                    text += value.replace(".", "").lstrip("0")
        return zlib.crc32(text.encode())


def exact(frame: str) -> Any:
    return json.loads(frame, parse_float=Decimal, parse_int=lambda t: Decimal(t))


@pytest.mark.parametrize("depth", [10, 25])
def test_a_followed_book_has_the_checksum_of_every_message(rig: KrakenRig, depth: int) -> None:
    crowd = Crowd(
        rig.exchange, MARKET, seed=2, mid=parse("60000"), size_max=parse("1"), events_per_s=400
    )
    rig.venue.sources.append(crowd)
    crowd.start(rig.venue.t_ns)
    link, sink = rig.connect()
    params = {"channel": "book", "symbol": ["BTC/USD"], "depth": depth}
    rig.venue.receive(link, json.dumps({"method": "subscribe", "params": params}))
    book, checked = Follower(depth), 0
    for _ in range(150):
        rig.pass_ms(20)
        frames, sink.frames = sink.frames, []
        for message in map(exact, frames):
            if message.get("channel") != "book":
                continue
            (row,) = message["data"]
            book.apply(row)
            assert book.checksum() == row["checksum"]
            checked += 1
    assert checked > 50
    top = rig.exchange.books["BTC/USD"].top()
    assert next(iter(book.sides["bids"])) * 10**8 == top[0]


def test_the_checksum_is_that_of_recorded_books() -> None:
    path = require(FIXTURES / "kraken/v2_book/orderbook-v2.first300.json")
    market = Market(
        symbol="R",
        base="R",
        quote="USD",
        tick=parse("0.1"),
        step=1,
        quantity_min=1,
        quantity_max=1,
        notional_min=0,
    )
    follower, recorded = Follower(10), exact(path.read_text())
    for message in [recorded["init"], *recorded["updates"]]:
        (row,) = message["data"]
        follower.apply(row)
        sides = [
            [(int(p * 10**8), int(q * 10**8)) for p, q in follower.sides[side].items()]
            for side in ("bids", "asks")
        ]
        assert checksum(market, *sides) == row["checksum"]
    assert len(recorded["updates"]) == 300


def test_the_first_messages_and_heartbeats(rig: KrakenRig) -> None:
    link, sink = rig.connect()
    (status,) = sink.take()
    assert (status["channel"], status["data"][0]["system"]) == ("status", "online")
    rig.pass_ms(2000)
    assert sink.take() == []
    rig.venue.receive(link, '{"method":"ping","req_id":7}')
    (pong,) = sink.take()
    assert (pong["method"], pong["req_id"]) == ("pong", 7)
    params = {"channel": "trade", "symbol": ["BTC/USD", "NO/NE"]}
    rig.venue.receive(link, json.dumps({"method": "subscribe", "params": params, "req_id": 1}))
    good, bad = sink.take()
    assert good["result"] == {"channel": "trade", "symbol": "BTC/USD", "snapshot": False}
    assert bad["error"] == "Currency pair not supported NO/NE"
    rig.pass_ms(2000)
    assert sink.take()[-1] == {"channel": "heartbeat"}
    rig.exchange.crowd_take(MARKET, BUY, parse("0.5"))
    trade = sink.take()[-1]["data"][0]
    assert (trade["side"], trade["price"], trade["qty"]) == ("buy", 60000.1, 0.5)


def test_tickers_and_instruments(rig: KrakenRig) -> None:
    link, sink = rig.connect()
    for channel in ("ticker", "instrument"):
        params = {"channel": channel, "symbol": ["BTC/USD"]}
        rig.venue.receive(link, json.dumps({"method": "subscribe", "params": params}))
    found = {m["channel"]: m["data"] for m in sink.take() if m.get("type") == "snapshot"}
    assert (found["ticker"][0]["bid"], found["ticker"][0]["ask"]) == (60000.0, 60000.1)
    (pair,) = found["instrument"]["pairs"]
    assert (pair["price_precision"], pair["qty_precision"], pair["price_increment"]) == (1, 8, 0.1)


def test_an_order_over_the_socket_and_its_executions(rig: KrakenRig) -> None:
    client = rig.private()
    messages = client.send("subscribe", channel="executions", snap_orders=True)
    assert [m.get("type") for m in messages] == [None, "snapshot"]
    placed = client.order("buy", 59000, 0.5, cl_ord_id="mine")
    assert placed["cl_ord_id"] == "mine"
    assert len(placed["order_id"]) == 19
    changed = client.ask("amend_order", cl_ord_id="mine", order_qty=0.25)
    assert changed["order_id"] == placed["order_id"]
    assert rig.alice.balance("USD").locked == parse("14788.35")
    gone = client.send("cancel_order", order_id=[placed["order_id"], "ONONE0-00000-000000"])
    replies = [m for m in gone if "success" in m]
    assert [m["success"] for m in replies] == [True, False]
    assert replies[1]["error"] == "EOrder:Unknown order"
    (canceled,) = [m for m in gone if m.get("channel") == "executions"]
    assert canceled["data"][0]["exec_type"] == "canceled"
    assert canceled["sequence"] == 4


def test_fills_are_told_by_trade_then_filled(rig: KrakenRig) -> None:
    client = rig.private()
    client.send("subscribe", channel="executions")
    client.send("subscribe", channel="balances")
    messages = client.send(
        "add_order", order_type="market", side="buy", order_qty=1.5, symbol="BTC/USD"
    )
    assert messages[0]["success"]
    rows = [m["data"][0] for m in messages if m.get("channel") == "executions"]
    assert [r["exec_type"] for r in rows] == ["new", "trade", "trade", "filled"]
    assert [r["order_status"] for r in rows] == ["new", "partially_filled", "filled", "filled"]
    assert rows[1]["fees"] == [{"asset": "USD", "qty": 156.00026}]
    assert rows[3]["cum_qty"] == 1.5
    ledger = [m["data"] for m in messages if m.get("channel") == "balances"]
    assert [r["asset"] for r in ledger[0]] == ["BTC", "USD"]
    assert ledger[-1][0]["balance"] == 11.5


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"order_qty": 0.00001}, "EGeneral:Invalid arguments:volume minimum not met"),
        ({"limit_price": 59000.05}, "EOrder:Invalid price"),
        ({"order_qty": 50}, "EOrder:Insufficient funds"),
        ({"side": "hold"}, "EGeneral:Invalid arguments:side"),
        ({"order_type": "odd"}, "EGeneral:Invalid arguments:order_type"),
        ({"symbol": "X/Y"}, "EGeneral:Invalid arguments:Unknown symbol"),
        ({"post_only": True, "limit_price": 60001}, "EOrder:Post only order"),
        ({"cl_ord_id": "x" * 19}, "EGeneral:Invalid arguments:cl_ord_id"),
        ({"token": "none"}, "ESession:Invalid session"),
        ({"deadline": "2020-01-01T00:00:00Z"}, "EGeneral:Deadline passed"),
        ({"time_in_force": "gtd"}, "EGeneral:Invalid arguments:expire_time"),
        ({"order_qty": "many"}, "EGeneral:Invalid arguments:order_qty"),
    ],
)
def test_refusals(rig: KrakenRig, change: dict[str, Any], error: str) -> None:
    terms = {"order_type": "limit", "symbol": "BTC/USD", "side": "buy", "limit_price": 59000}
    found = rig.private().ask("add_order", **terms | {"order_qty": 0.1} | change)
    assert found == error
    assert not rig.alice.orders


def test_batches_edits_and_cancel_all(rig: KrakenRig) -> None:
    client = rig.private()
    entry = {"order_type": "limit", "side": "buy", "order_qty": 0.1, "limit_price": 59000}
    orders = [entry | {"cl_ord_id": "a"}, entry | {"order_qty": 90}, entry]
    found = client.ask("batch_add", symbol="BTC/USD", orders=orders)
    assert [o["success"] for o in found] == [True, False, True]
    assert found[1]["error"] == "EOrder:Insufficient funds"
    edited = client.ask(
        "edit_order", order_id=found[0]["order_id"], limit_price=58000, symbol="BTC/USD"
    )
    assert edited["original_order_id"] == found[0]["order_id"]
    assert client.ask("batch_cancel", orders=[edited["order_id"]]) == {"count": 1}
    assert client.ask("cancel_all") == {"count": 1}


def test_the_dead_mans_switch(rig: KrakenRig) -> None:
    client = rig.private()
    client.order("buy", 59000, 0.1)
    assert "triggerTime" in client.ask("cancel_all_orders_after", timeout=5)
    rig.pass_ms(4000)
    client.ask("cancel_all_orders_after", timeout=5)
    rig.pass_ms(4000)
    assert len(rig.alice.open_orders) == 1
    rig.pass_ms(1000)
    assert not rig.alice.open_orders
    client.order("buy", 59000, 0.1)
    client.ask("cancel_all_orders_after", timeout=5)
    client.ask("cancel_all_orders_after", timeout=0)
    rig.pass_ms(9000)
    assert len(rig.alice.open_orders) == 1


def test_the_trading_counter(rig: KrakenRig) -> None:
    limited = KrakenRig(KrakenLimits(threshold=10, decay_milli_per_s=1000))
    client = limited.private()
    client.order("buy", 59000, 0.1, cl_ord_id="a")
    assert client.ask("cancel_order", cl_ord_id="a")["cl_ord_id"] == "a"
    client.order("buy", 59000, 0.1, cl_ord_id="b")
    assert client.ask("cancel_order", cl_ord_id="b") == "EOrder:Rate limit exceeded"
    limited.pass_ms(8000)
    assert client.ask("cancel_order", cl_ord_id="b")["cl_ord_id"] == "b"


def test_rest_orders_and_queries(rig: KrakenRig) -> None:
    terms = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "0.1"}
    placed = rig.ask("AddOrder", price="59000", cl_ord_id="mine", **terms)
    (txid,) = placed["txid"]
    found = rig.ask("QueryOrders", txid=txid)[txid]
    assert (found["status"], found["descr"]["price"], found["vol"]) == (
        "open",
        "59000.0",
        "0.10000000",
    )
    assert list(rig.ask("OpenOrders")["open"]) == [txid]
    assert "amend_id" in rig.ask("AmendOrder", txid=txid, order_qty="0.05")
    edited = rig.ask("EditOrder", pair="XBTUSD", txid=txid, price="58000", volume="0.2")
    assert edited["originaltxid"] == txid
    assert rig.ask("CancelOrder", txid=edited["txid"]) == {"count": 1}
    assert rig.ask("CancelOrder", txid=txid) == "EOrder:Unknown order"
    rig.ask("AddOrder", **terms | {"ordertype": "market"})
    (fill,) = rig.ask("TradesHistory")["trades"].values()
    assert (fill["pair"], fill["vol"], fill["cost"]) == ("XXBTZUSD", "0.10000000", "6000.01000")
    assert rig.ask("ClosedOrders")["count"] == 3
    assert rig.ask("Balance")["XXBT"] == "10.10000000"
    assert rig.ask("BalanceEx")["ZUSD"]["hold_trade"] == "0.00000000"


def test_rest_orders_and_trades_by_name(rig: KrakenRig) -> None:
    terms = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "1.5"}
    (taken,) = rig.ask("AddOrder", price="60000.2", cl_ord_id="a", **terms)["txid"]
    small = terms | {"volume": "0.1"}
    (rests,) = rig.ask("AddOrder", price="59000", cl_ord_id="b", **small)["txid"]
    assert list(rig.ask("OpenOrders", cl_ord_id="b")["open"]) == [rests]
    assert rig.ask("OpenOrders", cl_ord_id="a")["open"] == {}
    assert list(rig.ask("ClosedOrders", cl_ord_id="a")["closed"]) == [taken]
    assert rig.ask("ClosedOrders", cl_ord_id="b") == {"closed": {}, "count": 0}
    assert "trades" not in rig.ask("ClosedOrders")["closed"][taken]
    rig.pass_ms(9000)
    row = rig.ask("ClosedOrders", trades="true")["closed"][taken]
    assert rig.ask("OpenOrders", trades="true")["open"][rests]["trades"] == []
    trades = rig.ask("QueryTrades", txid=",".join(row["trades"]))
    assert list(trades) == row["trades"]
    assert [t["vol"] for t in trades.values()] == ["1.00000000", "0.50000000"]
    assert {t["ordertxid"] for t in trades.values()} == {taken}
    fills = rig.alice.fills
    assert [parse(t["fee"]) for t in trades.values()] == [fill.fee for fill in fills]
    assert rig.ask("QueryTrades", txid="TNONE") == "EQuery:Unknown trade"
    assert rig.ask("QueryTrades", txid=",".join("T" * 21)) == "EGeneral:Invalid arguments:txid"


def test_only_a_key_that_may_withdraw_hears_of_addresses(rig: KrakenRig) -> None:
    assert rig.ask("WithdrawAddresses") == "EGeneral:Permission denied"
    rig.alice.can_withdraw = True
    assert rig.ask("WithdrawAddresses") == []


def test_rest_public(rig: KrakenRig) -> None:
    pairs = rig.public("AssetPairs")
    assert (pairs["XXBTZUSD"]["wsname"], pairs["XXBTZUSD"]["pair_decimals"]) == ("XBT/USD", 1)
    assert rig.public("Depth", pair="XBTUSD", count=1)["XXBTZUSD"]["asks"][0][0] == "60000.1"
    assert rig.public("Ticker", pair="XBTUSD")["XXBTZUSD"]["b"][0] == "60000.0"
    assert rig.public("Assets")["ZUSD"]["altname"] == "USD"
    assert rig.public("SystemStatus")["status"] == "online"
    assert rig.public("Trades", pair="XBTUSD")["last"] == "0"
    assert list(rig.public("AssetPairs", pair="BTC/USD")) == ["BTC/USD"]
    assert rig.public("Depth", pair="NONE") == "EQuery:Unknown asset pair"
    assert rig.public("None") == "EGeneral:Unknown method"


def test_security(rig: KrakenRig) -> None:
    wrong = base64.b64encode(b"wrong").decode()
    assert json.loads(rig.call("Balance", secret=wrong).body)["error"] == ["EAPI:Invalid signature"]
    assert rig.ask("Balance", key="none") == "EAPI:Invalid key"
    assert "ZUSD" in rig.ask("Balance", nonce=100)
    assert rig.ask("Balance", nonce=100) == "EAPI:Invalid nonce"
    rig.nonce = 200
    for _ in range(30):
        found = rig.ask("Balance")
    assert found == "EAPI:Rate limit exceeded"
    rig.pass_ms(3000)
    assert "ZUSD" in rig.ask("Balance")


def test_published_signatures_verify() -> None:
    vectors = json.loads(require(FIXTURES / "auth/signing_vectors.json").read_text())
    for row in vectors["kraken_rest"]:
        key = ApiKey("k", "kraken", row["secret"])
        assert verify(key, row["path"], row["nonce"], row["body"], row["signature"])
        assert not verify(key, row["path"], row["nonce"], row["body"] + "1", row["signature"])


def test_faults(rig: KrakenRig) -> None:
    client = rig.private()
    client.send("subscribe", channel="executions")
    rig.venue.fault(Fault(kind="lost_ack", tag="add_order"))
    terms = {"order_type": "limit", "symbol": "BTC/USD", "side": "buy", "order_qty": 0.1}
    messages = client.send("add_order", limit_price=60000.1, cl_ord_id="a", **terms)
    assert [m["channel"] for m in messages] == ["executions"] * 3
    rig.venue.fault(Fault(kind="gap", channel="user"))
    messages = client.send("add_order", limit_price=59000, cl_ord_id="b", **terms)
    assert len(messages) == 1
    messages = client.send("add_order", limit_price=59000, cl_ord_id="c", **terms)
    assert messages[1]["sequence"] == 6
    rig.venue.fault(Fault(kind="error_after_accept"))
    assert (
        rig.call(
            "AddOrder", pair="XBTUSD", type="buy", ordertype="limit", volume="0.1", price="59000"
        ).status
        == 502
    )
    rig.venue.fault(Fault(kind="fill_before_ack", value=5))
    messages = client.send("add_order", limit_price=60000.2, cl_ord_id="d", **terms)
    assert "success" not in messages[0]
    rig.pass_ms(5)
    assert client.sink.take()[0]["success"]
    rig.venue.fault(Fault(kind="duplicate_fill"))
    again = rig.private()
    messages = again.send("subscribe", channel="executions")
    assert messages[-1]["data"][0]["exec_type"] == "trade"
    rig.venue.fault(Fault(kind="revoke_key"))
    assert again.sink.closed is not None


def test_a_bad_checksum_and_a_gap_in_the_book(rig: KrakenRig) -> None:
    link, sink = rig.connect()
    params = {"channel": "book", "symbol": ["BTC/USD"], "depth": 10}
    rig.venue.receive(link, json.dumps({"method": "subscribe", "params": params}))
    frames, sink.frames = sink.frames, []
    book = Follower(10)
    book.apply(exact(frames[-1])["data"][0])
    for kind in ("bad_checksum", "gap"):
        rig.venue.fault(Fault(kind=kind))
    right = []
    for _ in range(4):
        rig.exchange.crowd_take(MARKET, BUY, parse("0.1"))
        rig.pass_ms(10)
        frames, sink.frames = sink.frames, []
        for message in map(exact, frames):
            book.apply(message["data"][0])
            right.append(book.checksum() == message["data"][0]["checksum"])
    assert right == [False, True, True]


def test_maintenance(rig: KrakenRig) -> None:
    rig.venue.fault(Fault(kind="maintenance", value=1000))
    assert rig.public("Time") == "EService:Unavailable"
    assert rig.public("SystemStatus")["status"] == "maintenance"
    rig.pass_ms(1000)
    assert "unixtime" in rig.public("Time")


def test_an_edit_keeps_date_and_display(rig: KrakenRig) -> None:
    client = rig.private()
    placed = client.ask(
        "add_order",
        order_type="limit",
        symbol="BTC/USD",
        side="buy",
        order_qty=0.2,
        limit_price=59000,
        display_qty=0.05,
        time_in_force="gtd",
        expire_time=stamp(rig.venue.venue_ns() + 60 * SECOND),
    )
    client.ask("edit_order", order_id=placed["order_id"], limit_price=58000, symbol="BTC/USD")
    (order,) = rig.alice.open_orders.values()
    old = rig.alice.orders[0]
    assert (order.force, order.expire_ns, order.clip) == (Force.GTD, old.expire_ns, parse("0.05"))


def test_a_counter_falls_the_same_however_often_it_is_read() -> None:
    often, seldom = Counter(3750), Counter(3750)
    for counter in (often, seldom):
        counter.add(100, 0)
    for t_ns in range(0, 10 * SECOND, 1_234_567):
        often.now(t_ns)
    assert often.now(10 * SECOND) == seldom.now(10 * SECOND) == 100_000 - 37_500


def test_histories_are_paged_by_time(rig: KrakenRig) -> None:
    seconds = []
    for _ in range(4):
        rig.pass_ms(5000)
        seconds.append(rig.venue.t_ns // SECOND)
        rig.ask("AddOrder", pair="XBTUSD", type="buy", ordertype="market", volume="0.1")
    fills = [fill.trade_id for fill in rig.alice.fills]
    span = {"start": seconds[0], "end": seconds[2]}
    history = rig.ask("TradesHistory", **span)
    assert (history["count"], len(history["trades"])) == (2, 2)
    assert [row["trade_id"] for row in history["trades"].values()] == fills[2:0:-1]
    assert rig.ask("ClosedOrders", **span)["count"] == 2
    first = rig.public("Trades", pair="XBTUSD", count=2, since=1)
    assert [row[6] for row in first["XXBTZUSD"]] == fills[:2]
    second = rig.public("Trades", pair="XBTUSD", since=first["last"])
    assert [row[6] for row in second["XXBTZUSD"]] == fills[2:]
    assert rig.public("Trades", pair="XBTUSD", since=second["last"])["last"] == second["last"]
