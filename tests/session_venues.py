"""How the venues of `session_world` speak: subscriptions, books and changes, each in its words.

A venue turns a change of a `TruthBook` into the frame of one wire, and answers a request with the
frames that follow it. Checksums are computed here by themselves, from the truth.
"""

import json
import zlib
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any, Protocol

from support import btcusdt, config_of

from tickpath.core.config import VENUES, Config, Source
from tickpath.venues.dialects import market_dialect
from tickpath.venues.session_actions import MarketDialect

TIME = "2026-04-07T14:30:00.123456Z"
Rows = list[tuple[int, int]]


def text(count: int, decimals: int) -> str:
    """A count of the last decimal as the venue writes it."""
    whole, part = divmod(count, 10**decimals)
    return f"{whole}.{part:0{decimals}d}"


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


@dataclass
class Change:
    """Levels that changed, bids and asks, and the ids of it."""

    first_id: int
    last_id: int
    rows: tuple[Rows, Rows]


class TruthBook:
    """One symbol at the venue: levels by price and side, ids of its updates and trades."""

    def __init__(self, symbol: str, random: Random) -> None:
        self.symbol = symbol
        self.random = random
        self.last_id = 1000
        self.trade_id = 0
        self.sides: list[dict[int, int]] = [
            {5_000_00 - k: 10 + k for k in range(1, 20)},
            {5_000_00 + k: 10 + k for k in range(1, 20)},
        ]

    def change(self) -> Change:
        """Something happens; both sides stay apart at 5 000."""
        first = self.last_id + 1
        self.last_id += self.random.randint(1, 3)
        rows: tuple[Rows, Rows] = ([], [])
        for side, sign in ((0, -1), (1, 1)):
            for _ in range(self.random.randint(0, 3)):
                price = 5_000_00 + sign * self.random.randint(1, 60)
                lots = self.random.choice((0, self.random.randint(1, 10**6)))
                self.sides[side].pop(price, None)
                if lots:
                    self.sides[side][price] = lots
                rows[side].append((price, lots))
        return Change(first, self.last_id, rows)

    def levels(self) -> tuple[Rows, Rows]:
        """Best first."""
        bids, asks = self.sides
        return sorted(bids.items(), reverse=True), sorted(asks.items())


@dataclass
class Wire:
    """A line as the venue sees it."""

    url: str
    open_at_ns: int
    open: bool = False
    silent: bool = False
    late_ns: int = 0
    sequence: int = 0
    flying: list[tuple[int, bytes]] = field(default_factory=list)
    subscribed: set[str] = field(default_factory=set)
    requests: list[bytes] = field(default_factory=list)
    sent_ns: list[int] = field(default_factory=list)


class Speech(Protocol):
    """One venue's words."""

    name: str
    symbols: tuple[str, ...]

    def change(self, wire: Wire, book: TruthBook, change: Change, spoilt: bool) -> bytes:
        """A change as a frame of a wire; `spoilt`: with a checksum that is wrong, if it has one."""

    def trade(self, wire: Wire, book: TruthBook) -> bytes:
        """The last trade."""

    def book(self, wire: Wire, symbol: str, levels: tuple[Rows, Rows], last_id: int) -> bytes:
        """A whole book."""

    def answer(self, wire: Wire, message: Any) -> list[bytes | str]:
        """Frames that follow a request; a text stands for the book of that symbol."""


def dialect_of(speech: Speech) -> MarketDialect:
    return market_dialect(speech.name, 1000 if speech.name == "kraken-spot" else 0)


def world_config(speech: Speech) -> Config:
    """All symbols on one source."""
    venue = VENUES.index(speech.name)
    sizes = {"tick_size": Decimal("0.01"), "lot_size": Decimal("0.00001")}
    instruments = [btcusdt(symbol=symbol, venue=venue, **sizes) for symbol in speech.symbols]
    depth = 1000 if speech.name == "kraken-spot" else 0
    every = tuple(range(len(instruments)))
    source = Source(name="market", venue=venue, instruments=every, depth=depth)
    return config_of(*instruments, sources=(source,))


class BinanceSpeech:
    name = "binance-spot"
    symbols = ("BTCUSDT", "ETHUSDT", "XRPUSDT")

    def change(self, wire: Wire, book: TruthBook, change: Change, spoilt: bool) -> bytes:
        bids, asks = ([[text(p, 2), text(q, 5)] for p, q in rows] for rows in change.rows)
        return compact({"e": "depthUpdate", "E": 1_700_000_000_000 + change.first_id,
                        "s": book.symbol, "U": change.first_id, "u": change.last_id,
                        "b": bids, "a": asks})  # fmt: skip

    def trade(self, wire: Wire, book: TruthBook) -> bytes:
        return compact({"e": "trade", "E": 1_700_000_000_000, "s": book.symbol,
                        "t": book.trade_id, "p": "5000.00", "q": "1.00000",
                        "T": 1_700_000_000_000, "m": True, "M": True})  # fmt: skip

    def book(self, wire: Wire, symbol: str, levels: tuple[Rows, Rows], last_id: int) -> bytes:
        bids, asks = ([[text(p, 2), text(q, 5)] for p, q in rows] for rows in levels)
        return compact({"lastUpdateId": last_id, "bids": bids, "asks": asks})

    def answer(self, wire: Wire, message: Any) -> list[bytes | str]:
        assert message["method"] == "SUBSCRIBE"
        wire.subscribed |= {name.partition("@")[0].upper() for name in message["params"]}
        return [compact({"result": None, "id": message["id"]})]


class KrakenSpeech:
    name = "kraken-spot"
    symbols = ("BTC/USD", "ETH/USD", "XRP/USD")

    def __init__(self) -> None:
        self.books: dict[str, TruthBook] = {}

    def checksum(self, levels: tuple[Rows, Rows]) -> int:
        digits = "".join(
            text(count, decimals).replace(".", "").lstrip("0")
            for rows in reversed(levels)
            for level in rows[:10]
            for count, decimals in zip(level, (2, 5), strict=True)
        )
        return zlib.crc32(digits.encode())

    def frame(self, kind: str, symbol: str, rows: tuple[Rows, Rows], checksum: int) -> bytes:
        bids, asks = (
            ",".join(f'{{"price":{text(p, 2)},"qty":{text(q, 5)}}}' for p, q in side)
            for side in rows
        )
        return (
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{symbol}","bids":[{bids}],'
            f'"asks":[{asks}],"checksum":{checksum},"timestamp":"{TIME}"}}]}}'
        ).encode()

    def change(self, wire: Wire, book: TruthBook, change: Change, spoilt: bool) -> bytes:
        checksum = self.checksum(book.levels()) ^ spoilt
        return self.frame("update", book.symbol, change.rows, checksum)

    def trade(self, wire: Wire, book: TruthBook) -> bytes:
        row = {"symbol": book.symbol, "side": "buy", "price": 5000.0, "qty": 1.0,
               "ord_type": "limit", "trade_id": book.trade_id, "timestamp": TIME}  # fmt: skip
        return compact({"channel": "trade", "type": "update", "data": [row]})

    def book(self, wire: Wire, symbol: str, levels: tuple[Rows, Rows], last_id: int) -> bytes:
        return self.frame("snapshot", symbol, levels, self.checksum(levels))

    def answer(self, wire: Wire, message: Any) -> list[bytes | str]:
        found: list[bytes | str] = []
        method, number = message["method"], message["req_id"]
        if method == "ping":
            return [compact({"method": "pong", "req_id": number})]
        channel = message["params"]["channel"]
        for symbol in message["params"]["symbol"]:
            result = {"channel": channel, "symbol": symbol}
            known = channel == "book" and symbol in wire.subscribed
            if known == (method == "subscribe"):
                refusal = {"success": False, "error": "Already subscribed", "symbol": symbol}
                found.append(compact({"method": method, "req_id": number, **refusal}))
                continue
            found.append(
                compact({"method": method, "req_id": number, "success": True, "result": result})
            )
            if channel == "book":
                (wire.subscribed.add if method == "subscribe" else wire.subscribed.discard)(symbol)
                found += [symbol] if method == "subscribe" else []
        return found


class CoinbaseSpeech:
    """Advanced Trade: one counter a connection over all channels."""

    name = "coinbase"
    symbols = ("BTC-USD", "ETH-USD", "XRP-USD")

    def frame(self, wire: Wire, channel: str, event: Any) -> bytes:
        wire.sequence += 1
        return compact({"channel": channel, "client_id": "", "timestamp": TIME,
                        "sequence_num": wire.sequence - 1, "events": [event]})  # fmt: skip

    def updates(self, rows: tuple[Rows, Rows]) -> list[dict[str, str]]:
        return [
            {"side": side, "event_time": TIME, "price_level": text(p, 2),
             "new_quantity": text(q, 5)}
            for side, levels in zip(("bid", "offer"), rows, strict=True) for p, q in levels
        ]  # fmt: skip

    def l2(self, wire: Wire, kind: str, symbol: str, rows: tuple[Rows, Rows]) -> bytes:
        event = {"type": kind, "product_id": symbol, "updates": self.updates(rows)}
        return self.frame(wire, "l2_data", event)

    def change(self, wire: Wire, book: TruthBook, change: Change, spoilt: bool) -> bytes:
        return self.l2(wire, "update", book.symbol, change.rows)

    def trade(self, wire: Wire, book: TruthBook) -> bytes:
        trade = {"trade_id": str(book.trade_id), "product_id": book.symbol, "price": "5000",
                 "size": "1", "side": "BUY", "time": TIME}  # fmt: skip
        return self.frame(wire, "market_trades", {"type": "update", "trades": [trade]})

    def book(self, wire: Wire, symbol: str, levels: tuple[Rows, Rows], last_id: int) -> bytes:
        return self.l2(wire, "snapshot", symbol, levels)

    def answer(self, wire: Wire, message: Any) -> list[bytes | str]:
        products, channel = message.get("product_ids", []), message["channel"]
        books = products if channel == "level2" else []
        reply = self.frame(wire, "subscriptions", {"subscriptions": {channel: products}})
        if message["type"] == "unsubscribe":
            wire.subscribed -= set(books)
            return [reply]
        fresh = [symbol for symbol in books if symbol not in wire.subscribed]
        wire.subscribed |= set(books)
        return [reply, *fresh]


class ExchangeSpeech:
    """The Exchange feed: nothing is numbered."""

    name = "coinbase-exchange"
    symbols = CoinbaseSpeech.symbols

    def change(self, wire: Wire, book: TruthBook, change: Change, spoilt: bool) -> bytes:
        changes = [
            [side, text(p, 2), text(q, 5)]
            for side, rows in zip(("buy", "sell"), change.rows, strict=True)
            for p, q in rows
        ]
        return compact({"type": "l2update", "product_id": book.symbol, "changes": changes,
                        "time": TIME})  # fmt: skip

    def trade(self, wire: Wire, book: TruthBook) -> bytes:
        return compact({"type": "match", "trade_id": book.trade_id, "product_id": book.symbol,
                        "price": "5000", "size": "1", "side": "buy", "time": TIME})  # fmt: skip

    def book(self, wire: Wire, symbol: str, levels: tuple[Rows, Rows], last_id: int) -> bytes:
        bids, asks = ([[text(p, 2), text(q, 5)] for p, q in rows] for rows in levels)
        return compact({"type": "snapshot", "product_id": symbol, "bids": bids, "asks": asks})

    def answer(self, wire: Wire, message: Any) -> list[bytes | str]:
        books = message["product_ids"] if "level2_batch" in message["channels"] else []
        reply = compact({"type": "subscriptions", "channels": []})
        if message["type"] == "unsubscribe":
            wire.subscribed -= set(books)
            return [reply]
        fresh = [symbol for symbol in books if symbol not in wire.subscribed]
        wire.subscribed |= set(books)
        return [reply, *fresh]


SPEECHES: dict[str, type[Speech]] = {
    speech.name: speech for speech in (BinanceSpeech, KrakenSpeech, CoinbaseSpeech, ExchangeSpeech)
}
