"""Scripts of the order session without sockets: an account's answers by hand, time by hand."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from venues.coinbase.order_frames import rest_order
from venues.coinbase.wire_frames import ADVANCED, config_for
from venues.live import live

from tickpath.core.ids import from_text
from tickpath.core.records import OrderState
from tickpath.venues.coinbase.order_session import CoinbaseOrderDialect
from tickpath.venues.keys import KeyKind, Keys
from tickpath.venues.order_steps import Call, Dial, Heard, Known, Reply, Say, Script, Wait

ed25519 = live("cryptography.hazmat.primitives.asymmetric.ed25519")
pem = live("cryptography.hazmat.primitives.serialization")

NOW_NS = 1_775_572_200 * 10**9
ED = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PRIVATE = ED.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()).decode()
PUBLIC = (
    ED.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo).decode()
)
KEYS = Keys(id="organizations/o/apiKeys/k", secret=PRIVATE, kind=KeyKind.ED25519)
HOST = "api.coinbase.com"
NAME, OTHER, FOREIGN = "000100c7000000ff", "000100c800000100", "000200c7000000ff"
LATER = "000100c9000000ff"
PRODUCTS = (("BTC-USD", "0.01", "0.00000001"),)


def order_id(name: str) -> str:
    """The venue's id of an order."""
    return f"{name[:8]}-0000-4000-8000-0000{name[8:]}"


def told(name: str, status: str = "OPEN", *args: str, **fields: Any) -> dict[str, Any]:
    """An order of REST with an id of its own."""
    found: dict[str, Any] = rest_order(name, status, *args, order_id=order_id(name), **fields)
    return found


def product_row(name: str, tick: str, lot: str, **fields: Any) -> dict[str, Any]:
    """A product that takes every order."""
    return {
        "product_id": name, "price_increment": tick, "quote_increment": tick,
        "base_increment": lot, "base_min_size": lot, "base_max_size": "9000",
        "quote_min_size": "1", "trading_disabled": False, **fields,
    }  # fmt: skip


def json_reply(status: int, content: Any) -> Reply:
    """An answer that came a millisecond later."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Reply(status=status, body=body, sent_ns=NOW_NS, received_ns=NOW_NS + 10**6)


class World:
    """One account. `orders` as REST tells them, newest first, `page` at a time, open ones only in
    the list of these when `apart`; `answers` may replace the answer to a path."""

    def __init__(self) -> None:
        self.now_ns = NOW_NS
        self.orders: list[dict[str, Any]] = []
        self.page = 100
        self.apart = False
        self.wallets = [wallet("USD", "900", "100"), wallet("BTC", "1.5", "0")]
        self.products = [product_row(*PRODUCTS[0])]
        self.answers: dict[str, Callable[[Call], Reply]] = {}
        self.calls: list[Call] = []
        self.said: list[dict[str, Any]] = []
        self.refuses: dict[str, str] = {}
        self.waits: list[int] = []
        self.dials: list[Dial] = []
        config = config_for(products=PRODUCTS, epoch=0xC8)
        self.dialect = CoinbaseOrderDialect(
            config, ADVANCED, KEYS, lambda: self.now_ns, HOST, recv_window_ms=5000
        )

    def paths(self) -> list[str]:
        """Methods and last parts of what was asked, the clock left out."""
        asked = [c for c in self.calls if not c.path.endswith("/time")]
        return [f"{c.method} {c.path.removeprefix('/api/v3/brokerage/')}" for c in asked]

    def run(self, script: Script) -> Any:
        """A script to its end."""
        value: Any = None
        while True:
            try:
                value = self.step(script.send(value))
            except StopIteration as end:
                return end.value

    def to_wait(self, script: Script) -> None:
        """A script to its first wait, which passes; `run` goes on from there."""
        step = script.send(None)
        while not isinstance(step, Wait):
            step = script.send(self.step(step))
        self.step(step)

    def step(self, step: Any) -> Any:
        if isinstance(step, Wait):
            self.waits.append(step.ns)
            self.now_ns += step.ns
            return None
        if isinstance(step, Dial):
            self.dials.append(step)
            return None
        if isinstance(step, Say):
            return self.hear(step)
        assert isinstance(step, Call)
        self.calls.append(step)
        replaced = self.answers.get(step.path.rpartition("/")[2])
        return self.answer(step) if replaced is None else replaced(step)

    def hear(self, step: Say) -> Heard:
        """The answer to a subscription, by way of the dialect."""
        asked = json.loads(step.data)
        self.said.append(asked)
        channel, number = asked["channel"], len(self.said) - 1
        frame = {"channel": "subscriptions", "sequence_num": number,
                 "events": [{"subscriptions": {channel: ["x"]}}]}  # fmt: skip
        if channel in self.refuses:
            frame = {"type": "error", "message": self.refuses[channel]}
        heard = self.dialect.heard("events", json.dumps(frame).encode())
        assert heard.number == step.number
        return heard

    def answer(self, call: Call) -> Reply:
        """What a venue in order answers."""
        last = call.path.rpartition("/")[2]
        query = {k: v[0] for k, v in parse_qs(urlsplit(call.target).query).items()}
        if last == "time":
            return json_reply(200, {"epochMillis": str(self.now_ns // 10**6)})
        if last == "accounts":
            return json_reply(200, {"accounts": self.wallets, "has_next": False, "cursor": ""})
        if last == "key_permissions":
            rights = {"can_view": True, "can_trade": True, "can_transfer": False}
            return json_reply(200, rights)
        if last == "products":
            return json_reply(200, {"products": self.products})
        if last == "batch_cancel":
            names = json.loads(call.body or b"")["order_ids"]
            results = [{"success": True, "order_id": name} for name in names]
            return json_reply(200, {"results": results})
        if last == "batch":
            return self.listed(query)
        found = [o for o in self.orders if o["order_id"] == last]
        return json_reply(200, {"order": found[0]}) if found else json_reply(404, {"error": "x"})

    def listed(self, query: dict[str, str]) -> Reply:
        status, at = query.get("order_status"), int(query.get("cursor", "0"))
        rows = [o for o in self.orders if status in (None, o["status"])]
        if self.apart and status is None:
            rows = [o for o in rows if o["status"] != "OPEN"]
        more = len(rows) > at + self.page
        cursor = str(at + self.page) if more else ""
        body = {"orders": rows[at : at + self.page], "has_next": more, "cursor": cursor}
        return json_reply(200, body)


def wallet(currency: str, available: str, hold: str) -> dict[str, Any]:
    """An account of one currency."""
    return {
        "currency": currency,
        "available_balance": {"value": available, "currency": currency},
        "hold": {"value": hold, "currency": currency},
    }


def known(name: str, state: OrderState = OrderState.LIVE, **fields: Any) -> Known:
    """An order of the engine."""
    base: dict[str, Any] = {
        "client_order_id": from_text(name), "instrument": 0, "state": state,
        "quantity_lots": 10**8, "filled_lots": 0, "venue_order_id": 0, "t_sent_ns": NOW_NS,
    }  # fmt: skip
    return Known(**(base | fields))
