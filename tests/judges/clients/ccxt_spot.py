"""ccxt, unchanged: Binance spot over REST, and over its socket API (ccxt.pro)."""

import asyncio
import json
import sys
from typing import Any

import ccxt
import ccxt.pro

TOLD = json.loads(sys.argv[1])
BASE, QUOTE = TOLD["symbol"].removesuffix("USDT"), "USDT"
PAIR = f"{BASE}/{QUOTE}"
OPTIONS = {
    "defaultType": "spot",
    "fetchMarkets": {"types": ["spot"]},
    "fetchCurrencies": False,
    "fetchMargins": False,
}


def pointed(exchange: Any) -> Any:
    """At the simulator: only URLs change."""
    for name in ("public", "private", "v1"):
        exchange.urls["api"][name] = TOLD["rest"] + "/api/v3"
    exchange.urls["api"]["ws"] = {
        "spot": TOLD["market"] + "/ws",
        "ws-api": {"spot": TOLD["api"]},
    }
    return exchange


def keys() -> dict[str, Any]:
    return {"apiKey": TOLD["hmac_key"], "secret": TOLD["hmac_secret"], "options": OPTIONS}


def rest() -> dict[str, Any]:
    exchange = pointed(ccxt.binance(keys()))
    markets = exchange.load_markets()
    placed = exchange.create_order(PAIR, "limit", "buy", 0.01, 59000)
    found = exchange.fetch_order(placed["id"], PAIR)
    edited = exchange.edit_order(placed["id"], PAIR, "limit", "buy", 0.02, 58000)
    listed = exchange.fetch_open_orders(PAIR)
    cancelled = exchange.cancel_order(edited["id"], PAIR)
    market = exchange.create_order(PAIR, "market", "buy", 0.01)
    balance = exchange.fetch_balance()
    book = exchange.fetch_order_book(PAIR, 5)
    return {
        "precision": [str(markets[PAIR]["precision"][k]) for k in ("price", "amount")],
        "placed": placed["status"],
        "found": found["price"],
        "edited": edited["price"],
        "open": len(listed),
        "cancelled": cancelled["status"],
        "market": [market["status"], market["filled"]],
        "traded": round(sum(t["amount"] for t in exchange.fetch_my_trades(PAIR)), 8),
        "free": balance["free"]["BTC"] > 0,
        "book": [len(book["bids"]), len(book["asks"])],
    }


async def pro() -> dict[str, Any]:
    exchange = pointed(ccxt.pro.binance(keys()))
    try:
        book = await asyncio.wait_for(exchange.watch_order_book(PAIR), 60)
        trades = await asyncio.wait_for(exchange.watch_trades(PAIR), 60)
        return {
            "book": book["bids"][0][0] < book["asks"][0][0],
            "trades": trades[0]["symbol"],
        }
    finally:
        await exchange.close()


print(json.dumps({"rest": rest(), "pro": asyncio.run(pro())}))
