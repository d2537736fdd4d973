"""Seeded frames and requests for the simulated venue, sound ones and broken ones."""

import json
from random import Random
from typing import Any

from support import btcusd_inverse, btcusdt, btcusdt_linear

from tickpath.core.ids import to_text

MARKETS = (btcusdt(), btcusdt_linear(symbol="BTCUSDT"), btcusd_inverse())
PRICE_DIGITS, QUANTITY_DIGITS = (2, 1, 1), (5, 3, 0)


class Storm:
    """Seeded frames and requests around a price, most of them sound."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.last_id = [10, 10, 10]
        self.ids = 0
        self.now_ms = 0
        self.live: list[tuple[int, str]] = []

    def price(self, market: int, away: int = 8) -> str:
        ticks = 100 * 10 ** PRICE_DIGITS[market] + self.random.randint(-away, away)
        digits = str(ticks)
        return f"{digits[: -PRICE_DIGITS[market]]}.{digits[-PRICE_DIGITS[market] :]}"

    def quantity(self, market: int, top: int = 9) -> str:
        if QUANTITY_DIGITS[market] == 0:
            return str(self.random.randint(1, top))
        return f"{self.random.uniform(0.2, top):.{QUANTITY_DIGITS[market]}f}"

    def levels(self, market: int, side: int, count: int) -> list[list[str]]:
        rows = []
        for _ in range(count):
            price = float(self.price(market)) + (6 if side else -6) / 10 ** PRICE_DIGITS[market]
            quantity = "0" if self.random.random() < 0.4 else self.quantity(market)
            rows.append([f"{price:.{PRICE_DIGITS[market]}f}", quantity])
        return rows

    def frame(self, market: int) -> bytes:
        """A depth diff mostly; a trade, a bookTicker, seldom a snapshot or a gap."""
        kind = self.random.random()
        symbol = MARKETS[market].symbol
        if kind < 0.35:
            return json.dumps(
                {"e": "trade", "E": 1, "T": 1, "s": symbol, "t": 5, "p": self.price(market, 4),
                 "q": self.quantity(market), "m": self.random.random() < 0.5}
            ).encode()  # fmt: skip
        self.last_id[market] += 1
        last = self.last_id[market]
        if kind < 0.5:
            return json.dumps(
                {"e": "bookTicker", "u": last, "s": symbol, "b": self.price(market, 2),
                 "B": "1", "a": self.price(market, 2), "A": "2", "T": 1, "E": 1}
            ).encode()  # fmt: skip
        bids, asks = (self.levels(market, side, self.random.randint(0, 5)) for side in (0, 1))
        if kind < 0.52:
            return json.dumps({"lastUpdateId": last, "bids": bids, "asks": asks}).encode()
        event = {"e": "depthUpdate", "E": 1, "T": 1, "s": symbol, "U": last, "u": last}
        if market:
            event["pu"] = last - 1 - (self.random.random() < 0.01)
        return json.dumps(event | {"b": bids, "a": asks}).encode()

    def request(self) -> tuple[int, bytes]:
        market = self.random.choice((0, 0, 1, 2))
        self.ids += 1
        own = to_text(0x0001000100000000 + self.ids)
        params: dict[str, Any] = {"symbol": MARKETS[market].symbol}
        old = self.random.choice([i for m, i in self.live if m == market] or [own])
        roll = self.random.random()
        if roll < 0.25:
            body = {"id": "c" + old, "method": "order.cancel"}
            params["origClientOrderId"] = old
            return market, self.bend(json.dumps(body | {"params": params}))
        if roll < 0.32:
            body = {"id": "q" + old, "method": "order.status"}
            params["origClientOrderId"] = old
            return market, self.bend(json.dumps(body | {"params": params}))
        params |= self.terms(market)
        params["newClientOrderId"] = own if self.random.random() < 0.97 else old
        method = "order.place"
        if roll > 0.7:
            method = "order.cancelReplace"
            params |= {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": old}
        self.live = [*self.live[-12:], (market, own)]
        return market, self.bend(json.dumps({"id": own, "method": method, "params": params}))

    def terms(self, market: int) -> dict[str, Any]:
        pick = self.random.choice
        terms: dict[str, Any] = {
            "side": pick(("BUY", "SELL")),
            "type": pick(
                (
                    "LIMIT",
                    "LIMIT",
                    "LIMIT",
                    "MARKET",
                    "LIMIT_MAKER",
                    "LIMIT_MAKER",
                    "STOP",
                    "STOP_LOSS",
                    "STOP_LOSS_LIMIT",
                )
            ),
            "quantity": self.quantity(market, 25),
        }
        if terms["type"] not in ("MARKET", "STOP_LOSS"):
            terms["price"] = self.price(market)
        if terms["type"] in ("STOP_LOSS", "STOP_LOSS_LIMIT"):
            terms["stopPrice"] = self.price(market, 5)
        if terms["type"] in ("LIMIT", "STOP_LOSS_LIMIT"):
            terms["timeInForce"] = pick(
                ("GTC", "GTC", "GTC", "IOC", "FOK", "GTX", "GTX", "DAY", "GTD", "GTD")
            )
        if terms.get("timeInForce") == "GTD":
            terms["goodTillDate"] = self.now_ms + pick((600_000, 600_001, 603_000, -5, 2**70))
        if self.random.random() < 0.15:
            terms["icebergQty"] = self.quantity(market, 6)
        if self.random.random() < 0.1:
            terms["reduceOnly"] = pick(("true", "false"))
        if self.random.random() < 0.05:
            terms.pop(pick(sorted(terms)))
        return terms

    def bend(self, body: str) -> bytes:
        """Now and then one byte is another, or the end is missing."""
        data = bytearray(body.encode())
        if self.random.random() < 0.15:
            data[self.random.randrange(len(data))] = self.random.choice(b'"{}:,0.1a\\ \0\xc3')
        if self.random.random() < 0.03:
            del data[self.random.randrange(len(data)) :]
        return bytes(data)
