"""What the tests of the Coinbase decoders share: sources, builders of frames, the corpus."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from support import btcusdt, config_of

from tickpath.core.config import VENUES, Config, Instrument, Source
from tickpath.core.records import MarketEvent

CORPUS = Path(__file__).resolve().parents[2] / "corpus/coinbase"
ADVANCED, EXCHANGE = VENUES.index("coinbase"), VENUES.index("coinbase-exchange")
TIME = "2026-04-07T14:30:00.123456Z"
TIME_NS = 1_775_572_200_123_456_000

PRODUCTS = (
    ("BTC-USD", "0.01", "0.00000001"),
    ("ETH-USDC", "0.05", "0.003"),
    ("TINY-BTC", "0.0000000001", "0.000000001"),
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZ0-USD", "0.01", "1"),
)


def product(symbol: str, tick: str, lot: str, venue: int = ADVANCED, **changes: Any) -> Instrument:
    """An instrument of a Coinbase market."""
    sizes = {"tick_size": Decimal(tick), "lot_size": Decimal(lot), "quantity_min": Decimal(lot)}
    return btcusdt(symbol=symbol, venue=venue, notional_min=Decimal(1), **sizes, **changes)


def config_for(venue: int = ADVANCED, products: Any = PRODUCTS, **changes: Any) -> Config:
    """One source with all products of a market."""
    instruments = tuple(product(*item, venue=venue) for item in products)
    source = Source(name="all", venue=venue, instruments=tuple(range(len(instruments))))
    return replace(config_of(*instruments, sources=(source,)), **changes)


def text(value: Any) -> bytes:
    """Compact JSON, as on the wire."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def frame(channel: str, *events: Any, sequence: int = 7, **fields: Any) -> bytes:
    """A frame of Advanced Trade."""
    head = {"channel": channel, "client_id": "", "timestamp": TIME, "sequence_num": sequence}
    return text(head | {"events": list(events)} | fields)


def update(side: str, price: str, quantity: str) -> dict[str, str]:
    """One changed level."""
    return {"side": side, "event_time": TIME, "price_level": price, "new_quantity": quantity}


def l2(kind: str, name: str, *updates: Any) -> dict[str, Any]:
    """An event of l2_data."""
    return {"type": kind, "product_id": name, "updates": list(updates)}


def trade(trade_id: Any, name: str, price: str, size: str, side: str = "BUY") -> dict[str, Any]:
    """One trade of market_trades."""
    return {
        "trade_id": trade_id,
        "product_id": name,
        "price": price,
        "size": size,
        "side": side,
        "time": TIME,
    }


def ticker(name: str, *best: str) -> dict[str, str]:
    """One ticker: bid, its quantity, ask, its quantity."""
    keys = ("best_bid", "best_bid_quantity", "best_ask", "best_ask_quantity")
    return {"type": "ticker", "product_id": name} | dict(zip(keys, best, strict=True))


def corpus(name: str) -> list[dict[str, Any]]:
    """The cases of one corpus file; `data` is the frame."""
    cases = []
    for line in (CORPUS / name).read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        case["data"] = bytes.fromhex(case["hex"]) if "hex" in case else case["frame"].encode()
        cases.append(case)
    return cases


def plain(event: MarketEvent | None) -> dict[str, Any] | None:
    """An event as the corpus writes it: fields that are not zero or empty."""
    if event is None:
        return None
    fields = {name: getattr(event, name) for name in MarketEvent.__slots__}
    for name in ("bids", "asks", "trades"):
        fields[name] = [list(entry) for entry in fields[name]]
    return {k: v for k, v in fields.items() if v or k in ("kind", "instrument")}


def drained(decoder: Any, data: bytes) -> list[tuple[int, Any]]:
    """Every event of a frame."""
    found = [decoder.decode(data)]
    while (item := decoder.decode_next()) is not None:
        found.append(item)
    return found
