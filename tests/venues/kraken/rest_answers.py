"""REST answers of Kraken in the venue's form, and a hand that plays venue to a script."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from support import config_of
from venues.kraken.kraken_frames import VENUE, instrument

from tickpath.core.config import Config
from tickpath.core.ids import to_text
from tickpath.core.records import OrderState
from tickpath.venues.keys import KeyKind, Keys
from tickpath.venues.kraken.order_session import KrakenOrderDialect
from tickpath.venues.kraken.sign import NonceSource, Signer
from tickpath.venues.order_steps import Call, Dial, Heard, Known, Reply, Say, Script, Wait

SECRET = base64.b64encode(b"a secret of the test").decode()
TOKEN = "token-AAAAA"
START_NS = 1_790_000_000_000_000_000
OWN = 0x0001_0001_0000_0001
TXID, TRADE = "OAAAAA-BBBBB-CCCCCC", "TAAAAA-BBBBB-CCCCCC"
CONFIG = config_of(instrument(quote=2, settle=2))


class Clock:
    """Wall time that only a test moves."""

    def __init__(self) -> None:
        self.ns = START_NS

    def __call__(self) -> int:
        return self.ns


def dialect_of(clock: Clock | None = None, config: Config = CONFIG, **more: Any) -> Any:
    wall = clock or Clock()
    keys = Keys(id="key", secret=SECRET, kind=KeyKind.HMAC)
    return KrakenOrderDialect(config, VENUE, Signer(keys, NonceSource(wall)), wall, **more)


def answer(result: Any) -> Reply:
    return Reply(status=200, body=json.dumps({"error": [], "result": result}).encode())


def refusal(*errors: str) -> Reply:
    return Reply(status=200, body=json.dumps({"error": errors}).encode())


def order_row(own: int = OWN, **changes: Any) -> dict[str, Any]:
    """A row of OpenOrders: nothing filled of 0.01."""
    row = {
        "cl_ord_id": to_text(own), "status": "open", "vol": "0.01000000", "vol_exec": "0.00000000",
        "descr": {"pair": "XBTUSD"}, "oflags": "fciq", "trades": [],
    }  # fmt: skip
    return {**row, **changes}


def trade_row(**changes: Any) -> dict[str, Any]:
    """A row of QueryTrades: 0.004 at 60000.1."""
    row = {
        "ordertxid": TXID, "trade_id": 77, "time": 1_790_000_000.1234, "price": "60000.10000",
        "vol": "0.00400000", "fee": "0.60000100", "maker": True,
    }  # fmt: skip
    return {**row, **changes}


def known(**changes: Any) -> Known:
    base: dict[str, Any] = {
        "client_order_id": OWN, "instrument": 0, "state": OrderState.LIVE,
        "quantity_lots": 1_000_000, "filled_lots": 0, "venue_order_id": 0,
        "t_sent_ns": START_NS - 60 * 10**9,
    }  # fmt: skip
    return Known(**{**base, **changes})


def pair_row(**changes: Any) -> dict[str, Any]:
    """A row of AssetPairs that fits CONFIG."""
    row = {
        "altname": "XBTUSD", "wsname": "XBT/USD", "status": "online", "tick_size": "0.1",
        "lot_decimals": 8, "ordermin": "0.00005", "costmin": "0.5",
    }  # fmt: skip
    return {**row, **changes}


def pairs(**changes: Any) -> Reply:
    return answer({"XXBTZUSD": pair_row(**changes)})


class Played:
    """A script played to its end: `answers` by the last part of a path, each a list that is used
    up (its last stays) or a function of the fields. Waits move the clock."""

    def __init__(
        self, script: Script, answers: dict[str, Any], clock: Clock | None = None,
        say: Callable[[dict[str, Any]], Heard] | None = None,
    ) -> None:  # fmt: skip
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.said: list[dict[str, Any]] = []
        self.waits: list[int] = []
        self.dialled: list[str] = []
        self.result: Any = None
        self.weight = 0
        value = None
        while True:
            try:
                step = script.send(value)
            except StopIteration as end:
                self.result = end.value
                return
            value = self._value(step, answers, clock, say)

    def _value(self, step: Any, answers: dict[str, Any], clock: Any, say: Any) -> Any:
        if isinstance(step, Wait):
            self.waits.append(step.ns)
            if clock is not None:
                clock.ns += step.ns
            return None
        if isinstance(step, Dial):
            self.dialled.append(step.line)
            return None
        if isinstance(step, Say):
            self.said.append(json.loads(step.data))
            return say(self.said[-1]) if say else Heard(number=step.number, value=self.said[-1])
        assert isinstance(step, Call)
        return self._called(step, answers)

    def _called(self, step: Call, answers: dict[str, Any]) -> Reply:
        name = step.path.rpartition("/")[2]
        assert step.target.partition("?")[0] == step.path
        assert not step.repeat or step.method == "GET"
        self.weight += step.weight
        self.calls.append((name, fields_of(step.body or b"")))
        found = answers[name]
        if callable(found):
            made: Reply = found(self.calls[-1][1])
            return made
        reply: Reply = found.pop(0) if len(found) > 1 else found[0]
        return reply

    def names(self) -> list[str]:
        """The calls in order."""
        return [name for name, _ in self.calls]

    def frames(self) -> list[dict[str, Any]]:
        """Frames for the engine as values."""
        found = self.result if isinstance(self.result, list) else self.result.frames
        return [json.loads(frame) for frame in found]


def fields_of(body: bytes) -> dict[str, Any]:
    """Form or JSON."""
    if body.startswith(b"{"):
        found: dict[str, Any] = json.loads(body)
        return found
    return dict(parse_qsl(body.decode()))
