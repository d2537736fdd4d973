"""Drives an engine over frames with a toy venue that answers every request from a seed.

The toy venue is deliberately unlike the simulated one: it answers in ways a replay seldom meets
(partial fills at once, late fills after a cancel, duplicates, rejects), so that engines are
compared off the beaten track too.
"""

import gzip
import hashlib
import json
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tickpath.core.config import Config

Frame = tuple[int, int, bytes]


def recording_frames(path: Path, count: int) -> Iterator[Frame]:
    """(source, t_ns, bytes) of the first `count` lines."""
    with gzip.open(path, "rb") as file:
        for number, line in enumerate(file):
            if number >= count:
                return
            t_ns, _, text = line.rstrip(b"\n").partition(b" ")
            yield 0, int(t_ns), text


class ToyVenue:
    """Answers spot requests with execution reports; `symbol` is the only one it knows."""

    def __init__(self, seed: int, symbol: str) -> None:
        self.random = random.Random(seed)
        self.symbol = symbol
        self.trade_id = 0
        self.order_id = 100
        self.live: dict[str, dict[str, Any]] = {}

    def report(self, order: dict[str, Any], kind: str, last: str = "0", **more: Any) -> bytes:
        status = {"TRADE": "PARTIALLY_FILLED"}.get(kind, kind)
        return json.dumps(
            {
                "e": "executionReport", "E": 1, "s": self.symbol, "c": order["id"],
                "S": order["side"], "o": "LIMIT", "f": "GTC", "q": order["quantity"],
                "p": order["price"], "P": "0", "F": "0", "g": -1, "C": "", "x": kind, "X": status,
                "r": "NONE", "i": order["venue_id"], "l": last, "z": "0", "L": order["price"],
                "n": "0", "N": None, "T": 1, "t": -1, "w": True, "m": True, **more,
            }
        ).encode()  # fmt: skip

    def answer(self, request: bytes) -> list[bytes]:
        """Reports for one request, in order."""
        message = json.loads(request)
        params, method = message["params"], message["method"]
        if method == "order.cancel":
            return self.cancel(params["origClientOrderId"], message["id"])
        out = []
        if method == "order.cancelReplace":
            out += self.cancel(params["cancelOrigClientOrderId"], message["id"])
        return out + self.place(params)

    def place(self, params: dict[str, Any]) -> list[bytes]:
        self.order_id += 1
        order = {
            "id": params["newClientOrderId"],
            "side": params["side"],
            "price": params["price"],
            "quantity": params["quantity"],
            "venue_id": self.order_id,
        }
        draw = self.random.random()
        if draw < 0.05:
            return [self.report(order, "REJECTED", r="INSUFFICIENT_BALANCE")]
        self.live[order["id"]] = order
        out = [self.report(order, "NEW")]
        if draw < 0.3:
            self.trade_id += 1
            size = order["quantity"]
            fill = self.report(order, "TRADE", size, t=self.trade_id, z=size, X="FILLED")
            out.append(fill)
            if draw < 0.1:
                out.append(fill)
            del self.live[order["id"]]
        return out

    def cancel(self, name: str, request_id: str) -> list[bytes]:
        order = self.live.pop(name, None)
        if order is None:
            return []
        done = self.report({**order, "id": request_id}, "CANCELED", C=name)
        if self.random.random() < 0.1:
            self.trade_id += 1
            late = self.report(order, "TRADE", order["quantity"], t=self.trade_id)
            return [done, late]
        return [done]


def drive(
    engine: Any,
    config: Config,
    frames: Iterable[Frame],
    seed: int = 3,
    wire: Callable[[bytes], bytes] = bytes,
) -> dict[str, Any]:
    """Feed the frames, answer the orders; returns hashes of everything that left. `wire`: how the
    venue says what is given in JSON."""
    venue = ToyVenue(seed, config.instruments[0].symbol)
    index = config.instruments[0].venue
    decisions, sent = hashlib.blake2b(digest_size=8), hashlib.blake2b(digest_size=8)
    orders = 0
    for source, t_ns, data in frames:
        while (due := engine.next_timer()) <= t_ns:
            engine.on_timer(due)
        engine.on_market_frame(source, data, t_ns)
        pending = engine.take_out()
        for _ in range(64):
            if not pending:
                break
            answers = []
            for _venue, _identity, request in pending:
                sent.update(request)
                orders += 1
                answers += venue.answer(request)
            pending = []
            for answer in answers:
                engine.on_order_frame(index, wire(answer), t_ns)
                pending += engine.take_out()
        decisions.update(engine.take_decisions().tobytes())
    return {
        "decisions": decisions.hexdigest(),
        "bytes": sent.hexdigest(),
        "orders": orders,
        "state": engine.export_state(),
        "codes": {int(k): int(v) for k, v in engine.codes.items() if v},
    }
