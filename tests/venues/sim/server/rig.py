"""A Binance spot venue without sockets: clients in memory, time by hand, keys of its own."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tickpath.venues.sim.server.accounts import ApiKey
from tickpath.venues.sim.server.binance.limits import LimitSpec
from tickpath.venues.sim.server.binance.spot import BinanceSpot
from tickpath.venues.sim.server.binance.usdm import BinanceUsdm
from tickpath.venues.sim.server.clock import MS, SECOND, ManualClock
from tickpath.venues.sim.server.link import Link
from tickpath.venues.sim.server.orders import BUY, SELL, Market
from tickpath.venues.sim.server.units import parse
from tickpath.venues.sim.server.venue import Answer, Call, Venue

ED_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ED_PEM = ED_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
MONEY = {"USDT": parse("100000"), "BTC": parse("10")}

BTCUSDT = Market(
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    tick=parse("0.01"),
    step=parse("0.00001"),
    quantity_min=parse("0.00001"),
    quantity_max=parse("9000"),
    notional_min=parse("5"),
)

LINEAR = replace(
    BTCUSDT,
    linear=True,
    tick=parse("0.1"),
    step=parse("0.001"),
    quantity_min=parse("0.001"),
    quantity_max=parse("1000"),
    notional_min=parse("100"),
    maker_fee_ppm=200,
    taker_fee_ppm=500,
)


class Sink:
    """Keeps what the venue sends."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.closed: tuple[int, str] | None = None
        self.read = True

    def write(self, frame: str | bytes) -> None:
        self.frames.append(frame)

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def reading(self, on: bool) -> None:
        self.read = on

    def take(self) -> list[Any]:
        """Messages since the last call, as JSON."""
        frames, self.frames = self.frames, []
        return [json.loads(frame) for frame in frames]


def hmac_hex(secret: str, payload: str) -> str:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


class SpotRig:
    """One venue with accounts alice (HMAC and Ed25519 keys) and bob."""

    order_path = "/api/v3/order"
    api_path = "/ws-api/v3"

    def __init__(
        self,
        limits: LimitSpec | None = None,
        market: Market = BTCUSDT,
        protocol: BinanceSpot | BinanceUsdm | None = None,
    ) -> None:
        self.clock = ManualClock()
        self.market = market
        self.protocol = protocol or BinanceSpot(limits)
        self.venue = Venue("spot", [market], self.protocol, self.clock, seed=3)
        self.exchange = self.venue.exchange
        self.alice = self.exchange.open_account("alice", dict(MONEY))
        self.bob = self.exchange.open_account("bob", dict(MONEY))
        self.alice.keys = {
            "alice-hmac": ApiKey("alice-hmac", "hmac", "alice-secret"),
            "alice-ed": ApiKey("alice-ed", "ed25519", ED_PEM),
        }
        self.bob.keys = {"bob-hmac": ApiKey("bob-hmac", "hmac", "bob-secret")}
        self.venue.start()

    def fill_book(self, levels: int = 5, quantity: str = "1") -> None:
        """Bids from 60000 down, asks from a tick above it up, a tick apart."""
        for k in range(levels):
            self.crowd(SELL, parse("60000") + (k + 1) * self.market.tick, quantity)
            self.crowd(BUY, parse("60000") - k * self.market.tick, quantity)

    def crowd(self, side: int, price: int, quantity: str) -> None:
        self.exchange.crowd_rest(self.market, side, price, parse(quantity))

    def pass_ms(self, ms: int) -> None:
        self.clock.move(ms * MS)
        self.venue.advance()

    def align(self, seconds: int) -> None:
        """To the start of a calendar interval."""
        self.clock.move(seconds * SECOND - self.clock.t_ns % (seconds * SECOND))
        self.venue.advance()

    # -- REST --------------------------------------------------------------------------------------

    def get(self, path: str, **params: Any) -> Any:
        return self.public("GET", path, **params)

    def public(self, method: str, path: str, **params: Any) -> Any:
        return body_of(self.venue.rest(Call(method=method, path=path, query=urlencode(params))))

    def call(
        self, method: str, path: str, key: str = "alice-hmac", secret: str = "", **params: Any
    ) -> Answer:
        """A signed request; events that it causes are sent after it."""
        params.setdefault("timestamp", self.venue.venue_ms())
        query = urlencode(params)
        if key == "alice-ed":
            made = base64.b64encode(ED_KEY.sign(query.encode())).decode()
            query += "&" + urlencode({"signature": made})
        else:
            query += f"&signature={hmac_hex(secret or key.split('-')[0] + '-secret', query)}"
        headers = {"x-mbx-apikey": key}
        answer = self.venue.rest(Call(method=method, path=path, query=query, headers=headers))
        self.venue.flush()
        return answer

    def signed(self, method: str, path: str, **params: Any) -> Any:
        return body_of(self.call(method, path, **params))

    def order(self, side: str, price: str, quantity: str, **more: Any) -> Any:
        """A limit order over REST."""
        terms = {"type": "LIMIT", "timeInForce": "GTC"} | more
        return self.signed(
            "POST",
            self.order_path,
            symbol=self.market.symbol,
            side=side,
            price=price,
            quantity=quantity,
            **{k: v for k, v in terms.items() if v is not None},
        )

    # -- sockets -----------------------------------------------------------------------------------

    def connect(self, path: str, query: str = "") -> tuple[Link, Sink]:
        sink = Sink()
        link = self.venue.connect(Call(method="GET", path=path, query=query), sink)
        assert isinstance(link, Link), link
        return link, sink

    def streams(self, *names: str) -> Sink:
        """A raw connection that wants these streams."""
        return self.connect("/ws/" + "/".join(names))[1]

    def api(self, log_on: bool = False) -> "ApiClient":
        client = ApiClient(self)
        if log_on:
            assert client.log_on()["status"] == 200
        return client


class UsdmRig(SpotRig):
    """The same for USD-M; there is no base money."""

    order_path = "/fapi/v1/order"
    api_path = "/ws-fapi/v1"

    def __init__(self, limits: LimitSpec | None = None) -> None:
        super().__init__(limits, LINEAR, BinanceUsdm(limits))
        for account in (self.alice, self.bob):
            del account.balances["BTC"]

    def user(self, key: str = "alice-hmac") -> Sink:
        """A connection for the account's events."""
        headers = {"x-mbx-apikey": key}
        answer = self.venue.rest(Call(method="POST", path="/fapi/v1/listenKey", headers=headers))
        return self.connect("/ws/" + body_of(answer)["listenKey"])[1]


class ApiClient:
    """A client of the WebSocket API."""

    def __init__(self, rig: SpotRig) -> None:
        self.rig = rig
        self.link, self.sink = rig.connect(rig.api_path)
        self.number = 0

    def send(self, method: str, **params: Any) -> None:
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        self.rig.venue.receive(self.link, json.dumps(request))

    def ask(self, method: str, **params: Any) -> Any:
        """The reply to a request, events before and after it dropped."""
        self.send(method, **params)
        return next(m for m in self.sink.take() if m.get("id") == self.number)

    def stamped(self, method: str, **params: Any) -> Any:
        return self.ask(method, timestamp=self.rig.venue.venue_ms(), **params)

    def signed(self, method: str, key: str = "alice-hmac", **params: Any) -> Any:
        """Signed by itself, sorted as the venue wants it."""
        params |= {"apiKey": key, "timestamp": self.rig.venue.venue_ms()}
        payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
        if key == "alice-ed":
            made = base64.b64encode(ED_KEY.sign(payload.encode())).decode()
        else:
            made = hmac_hex(key.split("-")[0] + "-secret", payload)
        return self.ask(method, **params, signature=made)

    def log_on(self) -> Any:
        return self.signed("session.logon", key="alice-ed")


def body_of(answer: Answer) -> Any:
    return json.loads(answer.body)
