"""Coinbase Advanced Trade: JWT, REST orders, channels with one sequence, in the venue's words."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support import FIXTURES, require
from venues.sim.server.rig import ED_KEY, ED_PEM, Sink

from tickpath.venues.sim.server.accounts import ApiKey
from tickpath.venues.sim.server.clock import MS, ManualClock
from tickpath.venues.sim.server.coinbase.jwt import decoded, signed
from tickpath.venues.sim.server.coinbase.protocol import CoinbaseAdvanced, CoinbaseLimits
from tickpath.venues.sim.server.crowd import Crowd
from tickpath.venues.sim.server.faults import Fault
from tickpath.venues.sim.server.link import Link
from tickpath.venues.sim.server.orders import BUY, SELL, Market
from tickpath.venues.sim.server.units import parse
from tickpath.venues.sim.server.venue import Answer, Call, Venue

EC_KEY = ec.derive_private_key(0x1234567, ec.SECP256R1())
EC_PEM = EC_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
HOST = "127.0.0.1:1"
PREFIX = "/api/v3/brokerage"
LIMIT = {"limit_limit_gtc": {"base_size": "0.1", "limit_price": "59000", "post_only": False}}
MARKET = Market(
    symbol="BTC-USD",
    base="BTC",
    quote="USD",
    tick=parse("0.01"),
    step=1,
    quantity_min=parse("0.00001"),
    quantity_max=parse("3400"),
    notional_min=parse("1"),
    maker_fee_ppm=4000,
    taker_fee_ppm=6000,
)


def coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(now_s: int, uri: str = "", kind: str = "ES256", **claims: Any) -> str:
    """A token of alice."""
    name = "alice-ec" if kind == "ES256" else "alice-ed"
    head = {"alg": kind, "kid": name, "nonce": "00", "typ": "JWT"}
    body = {"sub": name, "iss": "cdp", "nbf": now_s, "exp": now_s + 120} | claims
    body |= {"uri": uri} if uri else {}
    data = ".".join(coded(json.dumps(part).encode()) for part in (head, body))
    if kind == "EdDSA":
        made = ED_KEY.sign(data.encode())
    else:
        r, s = decode_dss_signature(EC_KEY.sign(data.encode(), ec.ECDSA(hashes.SHA256())))
        made = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{data}.{coded(made)}"


class CoinbaseRig:
    """One venue with the account alice and a few levels of a crowd."""

    def __init__(self, limits: CoinbaseLimits | None = None) -> None:
        self.clock = ManualClock()
        self.protocol = CoinbaseAdvanced(limits)
        self.venue = Venue("coinbase", [MARKET], self.protocol, self.clock, seed=5)
        self.exchange = self.venue.exchange
        money = {"USD": parse("100000"), "BTC": parse("10")}
        self.alice = self.exchange.open_account("alice", money)
        self.alice.keys = {
            "alice-ec": ApiKey("alice-ec", "es256", EC_PEM),
            "alice-ed": ApiKey("alice-ed", "ed25519", ED_PEM),
        }
        self.venue.start()
        for k in range(5):
            self.exchange.crowd_rest(MARKET, SELL, parse("60000.01") + k * MARKET.tick, parse("1"))
            self.exchange.crowd_rest(MARKET, BUY, parse("60000") - k * MARKET.tick, parse("1"))

    @property
    def now_s(self) -> int:
        return self.venue.venue_ns() // 10**9

    def pass_ms(self, ms: int) -> None:
        self.clock.move(ms * MS)
        self.venue.advance()

    def call(
        self, method: str, path: str, body: Any = None, query: str = "", bearer: str | None = None
    ) -> Answer:
        """A request with a token of its own."""
        uri = f"{method} {HOST}{PREFIX}{path}"
        made = token(self.now_s, uri) if bearer is None else bearer
        headers = {"host": HOST} | ({"authorization": f"Bearer {made}"} if made else {})
        text = json.dumps(body) if body is not None else ""
        call = Call(method=method, path=PREFIX + path, query=query, body=text, headers=headers)
        answer = self.venue.rest(call)
        self.venue.flush()
        return answer

    def ask(self, method: str, path: str, body: Any = None, query: str = "") -> Any:
        return json.loads(self.call(method, path, body, query).body)

    def order(self, configuration: Any, side: str = "BUY", client_id: str = "a") -> Any:
        body = {"client_order_id": client_id, "product_id": "BTC-USD", "side": side}
        return self.ask("POST", "/orders", body | {"order_configuration": configuration})

    def connect(self, path: str = "/") -> tuple[Link, Sink]:
        sink = Sink()
        link = self.venue.connect(Call(method="GET", path=path), sink)
        assert isinstance(link, Link)
        return link, sink

    def subscribe(self, link: Link, channel: str, **more: Any) -> None:
        request = {"type": "subscribe", "channel": channel, "product_ids": ["BTC-USD"]} | more
        self.venue.receive(link, json.dumps(request))


@pytest.fixture
def rig() -> CoinbaseRig:
    return CoinbaseRig()


def test_public_data_on_both_kinds_of_path(rig: CoinbaseRig) -> None:
    book = json.loads(
        rig.call("GET", "/market/product_book", query="product_id=BTC-USD&limit=1", bearer="").body
    )
    assert book["pricebook"]["asks"] == [{"price": "60000.01", "size": "1"}]
    same = rig.ask("GET", "/product_book", query="product_id=BTC-USD&limit=1")
    assert same["pricebook"] == book["pricebook"]
    (product,) = rig.ask("GET", "/products")["products"]
    assert (product["base_increment"], product["price_increment"]) == ("0.00000001", "0.01")
    assert rig.ask("GET", "/products/BTC-USD")["product_id"] == "BTC-USD"
    rig.exchange.crowd_take(MARKET, BUY, parse("0.5"))
    ticker = rig.ask("GET", "/products/BTC-USD/ticker")
    assert (ticker["trades"][0]["size"], ticker["trades"][0]["side"]) == ("0.5", "SELL")
    assert int(rig.ask("GET", "/time")["epochSeconds"]) == rig.now_s
    assert rig.call("GET", "/products/X-Y").status == 404


def test_an_order_lives_as_the_venue_says(rig: CoinbaseRig) -> None:
    placed = rig.order(LIMIT)
    assert placed["success"]
    name = placed["success_response"]["order_id"]
    assert rig.order(LIMIT)["success_response"]["order_id"] == name
    found = rig.ask("GET", f"/orders/historical/{name}")["order"]
    assert (found["status"], found["outstanding_hold_amount"]) == ("OPEN", "5935.4")
    edited = rig.ask("POST", "/orders/edit", {"order_id": name, "price": "59100", "size": "0.2"})
    assert edited == {"success": True, "errors": []}
    listed = rig.ask("GET", "/orders/historical/batch", query="order_status=OPEN")["orders"]
    assert listed[0]["edit_history"][0]["price"] == "59100"
    results = rig.ask("POST", "/orders/batch_cancel", {"order_ids": [name, "none"]})["results"]
    assert [r["success"] for r in results] == [True, False]
    again = rig.ask("POST", "/orders/batch_cancel", {"order_ids": [name]})["results"]
    assert again[0]["failure_reason"] == "INVALID_CANCEL_REQUEST"
    gone = rig.ask("POST", "/orders/edit", {"order_id": name, "size": "0.3"})
    assert gone["errors"] == [{"edit_failure_reason": "CANNOT_EDIT_ORDER"}]
    assert rig.ask("GET", f"/orders/historical/{name}")["order"]["status"] == "CANCELLED"


def test_fills_fees_and_wallets(rig: CoinbaseRig) -> None:
    rig.order({"market_market_ioc": {"quote_size": "6000.001"}})
    rig.order({"market_market_ioc": {"base_size": "1.5"}}, "SELL", "b")
    fills = rig.ask("GET", "/orders/historical/fills", query="product_ids=BTC-USD")["fills"]
    assert [f["size"] for f in fills] == ["0.5", "1", "0.1"]
    assert (fills[2]["commission"], fills[2]["liquidity_indicator"]) == ("36.000006", "TAKER")
    accounts = rig.ask("GET", "/accounts")["accounts"]
    assert {a["currency"]: a["available_balance"]["value"] for a in accounts}["BTC"] == "8.6"
    one = rig.ask("GET", f"/accounts/{accounts[0]['uuid']}")["account"]
    assert one == accounts[0]
    page = rig.ask("GET", "/orders/historical/fills", query="limit=2")
    assert (len(page["fills"]), page["cursor"]) == (2, "2")
    rest = rig.ask("GET", "/orders/historical/fills", query="limit=2&cursor=2")
    assert (len(rest["fills"]), rest["cursor"]) == (1, "")
    assert rig.ask("GET", "/key_permissions")["can_transfer"] is False


@pytest.mark.parametrize(
    ("configuration", "reason"),
    [
        (
            {"limit_limit_gtc": {"base_size": "0.1", "limit_price": "59000.001"}},
            "INVALID_PRICE_PRECISION",
        ),
        ({"limit_limit_gtc": {"base_size": "50", "limit_price": "59000"}}, "INSUFFICIENT_FUND"),
        (
            {"limit_limit_gtc": {"base_size": "0.000001", "limit_price": "59000"}},
            "INVALID_BASE_SIZE",
        ),
        (
            {"limit_limit_gtc": {"base_size": "1", "limit_price": "60001", "post_only": True}},
            "INVALID_LIMIT_PRICE_POST_ONLY",
        ),
        (
            {"limit_limit_gtd": {"base_size": "1", "limit_price": "59000", "end_time": "x"}},
            "UNSUPPORTED_ORDER_CONFIGURATION",
        ),
        ({"trigger_bracket_gtc": {}}, "UNSUPPORTED_ORDER_CONFIGURATION"),
        ({}, "UNSUPPORTED_ORDER_CONFIGURATION"),
        ({"market_market_ioc": {"quote_size": "0.5"}}, "INVALID_QUOTE_SIZE"),
    ],
)
def test_a_refusal_has_status_200(rig: CoinbaseRig, configuration: Any, reason: str) -> None:
    found = rig.order(configuration)
    assert not found["success"]
    assert found["error_response"]["error"] == reason
    assert not rig.alice.orders


def test_other_kinds(rig: CoinbaseRig) -> None:
    fok = rig.order({"limit_limit_fok": {"base_size": "9", "limit_price": "60000"}}, "SELL", "f")
    name = fok["success_response"]["order_id"]
    assert rig.ask("GET", f"/orders/historical/{name}")["order"]["status"] == "CANCELLED"
    ioc = rig.order({"sor_limit_ioc": {"base_size": "2", "limit_price": "60000"}}, "SELL", "i")
    name = ioc["success_response"]["order_id"]
    assert rig.ask("GET", f"/orders/historical/{name}")["order"]["filled_size"] == "1"
    terms = {"base_size": "0.1", "limit_price": "58000", "stop_price": "59000"}
    terms |= {"stop_direction": "STOP_DIRECTION_STOP_DOWN"}
    stop = rig.order({"stop_limit_stop_limit_gtc": terms}, "SELL", "s")
    name = stop["success_response"]["order_id"]
    found = rig.ask("GET", f"/orders/historical/{name}")["order"]
    assert (found["order_type"], found["trigger_status"]) == ("STOP_LIMIT", "STOP_PENDING")


@pytest.mark.parametrize(
    ("kind", "uri", "claims", "status"),
    [
        ("ES256", f"GET {HOST}{PREFIX}/accounts", {}, 200),
        ("EdDSA", f"GET {HOST}{PREFIX}/accounts", {}, 200),
        ("ES256", f"GET api.coinbase.com{PREFIX}/accounts", {}, 200),
        ("ES256", f"POST {HOST}{PREFIX}/accounts", {}, 401),
        ("ES256", "", {}, 401),
        ("ES256", f"GET {HOST}{PREFIX}/accounts", {"iss": "other"}, 401),
        ("ES256", f"GET {HOST}{PREFIX}/accounts", {"sub": "other"}, 401),
        ("ES256", f"GET {HOST}{PREFIX}/accounts", {"exp": 1}, 401),
        ("ES256", f"GET {HOST}{PREFIX}/accounts", {"nbf": 2**40, "exp": 2**40 + 1}, 401),
        ("ES256", f"GET {HOST}{PREFIX}/accounts", {"nbf": "now"}, 401),
    ],
)
def test_tokens(rig: CoinbaseRig, kind: str, uri: str, claims: dict[str, Any], status: int) -> None:
    bearer = token(rig.now_s, uri, kind, **claims)
    assert rig.call("GET", "/accounts", bearer=bearer).status == status
    assert rig.call("GET", "/accounts", bearer=bearer[:-4] + "AAAA").status == 401


@pytest.mark.parametrize("bearer", ["a.b", "a.b.c", "e30.e30.e30", "!.!.!", "bnVsbA.e30.AA"])
def test_what_is_no_token_is_refused(rig: CoinbaseRig, bearer: str) -> None:
    assert rig.call("GET", "/accounts", bearer=bearer).status == 401
    assert rig.call("GET", "/accounts", bearer="").status == 401


def test_published_tokens_verify() -> None:
    vectors = json.loads(require(FIXTURES / "auth/signing_vectors.json").read_text())
    for row in vectors["eddsa_jws"]:
        data, _, signature = row["jws"].rpartition(".")
        private = Ed25519PrivateKey.from_private_bytes(decoded(row["d"]))
        public = private.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        key = ApiKey("k", "ed25519", pem)
        assert signed(key, "EdDSA", data.encode(), decoded(signature))
        assert not signed(key, "EdDSA", data.encode() + b".", decoded(signature))


def test_limits_and_their_headers() -> None:
    rig = CoinbaseRig(CoinbaseLimits(private_per_s=2))
    answers = [rig.call("GET", "/accounts") for _ in range(3)]
    assert [a.status for a in answers] == [200, 200, 429]
    assert [a.headers["x-ratelimit-remaining"] for a in answers] == ["1", "0", "0"]
    rig.pass_ms(1000)
    assert rig.call("GET", "/accounts").status == 200


def test_level2_follows_from_its_snapshot_with_one_sequence(rig: CoinbaseRig) -> None:
    crowd = Crowd(
        rig.exchange, MARKET, seed=2, mid=parse("60000"), size_max=parse("1"), events_per_s=400
    )
    rig.venue.sources.append(crowd)
    crowd.start(rig.venue.t_ns)
    link, sink = rig.connect()
    rig.subscribe(link, "level2")
    rig.pass_ms(130)
    rig.subscribe(link, "heartbeats")
    rig.subscribe(link, "market_trades")
    rig.pass_ms(2900)
    crowd.next_ns = None
    rig.pass_ms(50)
    sides: dict[str, dict[int, int]] = {"bid": {}, "offer": {}}
    messages = sink.take()
    assert [m["sequence_num"] for m in messages] == list(range(len(messages)))
    assert sum(m["channel"] == "heartbeats" for m in messages) == 3
    assert any(m["channel"] == "market_trades" for m in messages)
    for message in [m for m in messages if m["channel"] == "l2_data"]:
        for change in message["events"][0]["updates"]:
            sides[change["side"]][parse(change["price_level"])] = parse(change["new_quantity"])
    for side, name in ((BUY, "bid"), (SELL, "offer")):
        left = {p: q for p, q in sides[name].items() if q}
        assert left == dict(rig.exchange.books["BTC-USD"].depth(side, 10**6))


def test_the_user_channel(rig: CoinbaseRig) -> None:
    link, sink = rig.connect("/user")
    rig.subscribe(link, "user")
    assert sink.take() == [{"type": "error", "message": "authentication failure"}]
    rig.order(LIMIT)
    rig.subscribe(link, "user", jwt=token(rig.now_s))
    told, snapshot = sink.take()
    assert told["events"] == [{"subscriptions": {"user": ["BTC-USD"]}}]
    assert snapshot["events"][0]["orders"][0]["leaves_quantity"] == "0.1"
    terms = {"limit_limit_gtc": {"base_size": "1.5", "limit_price": "60000.01"}}
    rig.order(terms, client_id="b")
    rows = [m["events"][0]["orders"][0] for m in sink.take()]
    assert [r["status"] for r in rows] == ["OPEN", "OPEN"]
    assert (rows[1]["cumulative_quantity"], rows[1]["leaves_quantity"]) == ("1", "0.5")
    rig.exchange.crowd_take(MARKET, SELL, parse("0.5"))
    (last,) = [m["events"][0]["orders"][0] for m in sink.take()]
    assert (last["status"], last["avg_price"], last["number_of_fills"]) == (
        "FILLED",
        "60000.01",
        "2",
    )


def test_connections_end_without_a_subscription_or_when_idle(rig: CoinbaseRig) -> None:
    _, silent = rig.connect()
    link, wants = rig.connect()
    rig.subscribe(link, "level2")
    rig.pass_ms(5000)
    assert silent.closed is not None
    assert wants.closed is None
    for _ in range(95):
        rig.pass_ms(1000)
    assert wants.closed == (1000, "idle")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "invalid message"),
        ("[]", "invalid message"),
        ('{"type":"odd"}', "invalid type"),
        ('{"type":"subscribe","channel":"odd"}', "no channels provided"),
        ('{"type":"subscribe","channel":"level2","product_ids":["X-Y"]}', "product X-Y is unknown"),
        ('{"type":"subscribe","channel":"level2","jwt":"a.b.c"}', "authentication failure"),
    ],
)
def test_bad_messages(rig: CoinbaseRig, text: str, message: str) -> None:
    link, sink = rig.connect()
    rig.venue.receive(link, text)
    assert sink.take() == [{"type": "error", "message": message}]


def test_faults(rig: CoinbaseRig) -> None:
    link, sink = rig.connect("/user")
    rig.subscribe(link, "user", jwt=token(rig.now_s))
    sink.take()
    body = {"client_order_id": "a", "product_id": "BTC-USD", "side": "BUY"}
    body["order_configuration"] = {"market_market_ioc": {"base_size": "0.1"}}
    rig.venue.fault(Fault(kind="lost_ack"))
    assert rig.call("POST", "/orders", body).lost
    fill = sink.take()[1]["events"]
    rig.venue.fault(Fault(kind="error_after_accept"))
    assert rig.call("POST", "/orders", body | {"client_order_id": "b"}).status == 504
    assert len(rig.alice.orders) == 2
    rig.venue.fault(Fault(kind="error_before"))
    assert rig.call("POST", "/orders", body | {"client_order_id": "c"}).status == 503
    rig.venue.fault(Fault(kind="rate_limit"))
    assert rig.call("GET", "/accounts").status == 429
    sink.take()
    rig.venue.fault(Fault(kind="gap", channel="user"))
    rig.order(LIMIT, client_id="d")
    rig.order(LIMIT, client_id="e")
    assert [m["sequence_num"] for m in sink.take()] == [7]
    rig.venue.fault(Fault(kind="duplicate_fill"))
    other, again = rig.connect("/user")
    rig.subscribe(other, "user", jwt=token(rig.now_s))
    orders = again.take()[-1]["events"][0]["orders"]
    assert orders[0]["client_order_id"] == "b"
    assert fill[0]["orders"][0]["client_order_id"] == "a"
    rig.venue.fault(Fault(kind="revoke_key"))
    assert again.take()[-1]["type"] == "error"
    assert again.closed is not None
