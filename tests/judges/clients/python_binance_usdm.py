"""python-binance, unchanged, on USD-M: REST, user events on a listen key, market streams; then ccxt
on the same venue."""

import asyncio
import json
import sys
from typing import Any

import ccxt
from binance import AsyncClient, BinanceSocketManager
from binance.client import Client

TOLD = json.loads(sys.argv[1])
SYMBOL = TOLD["symbol"]
LIMIT = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}

Client.FUTURES_URL = AsyncClient.FUTURES_URL = TOLD["rest"] + "/fapi"
BinanceSocketManager.FSTREAM_URL = TOLD["market"] + "/"


def rest() -> dict[str, Any]:
    client = Client(TOLD["hmac_key"], TOLD["hmac_secret"], ping=False)
    placed = client.futures_create_order(
        **LIMIT, quantity="0.01", price="59000.0", newClientOrderId="pb-1"
    )
    named = {"symbol": SYMBOL, "orderId": placed["orderId"]}
    modified = client.futures_modify_order(**named, side="BUY", quantity="0.02", price="58000.0")
    found = client.futures_get_order(**named)
    cancelled = client.futures_cancel_order(**named)
    client.futures_create_order(symbol=SYMBOL, side="BUY", type="MARKET", quantity="0.01")
    (position,) = client.futures_position_information(symbol=SYMBOL)
    client.futures_create_order(
        symbol=SYMBOL, side="SELL", type="MARKET", quantity="0.01", reduceOnly="true"
    )
    return {
        "placed": placed["status"],
        "modified": modified["price"],
        "found": found["origQty"],
        "cancelled": cancelled["status"],
        "position": position["positionAmt"],
        "flat": client.futures_position_information(symbol=SYMBOL) == [],
        "wallet": [b["asset"] for b in client.futures_account_balance()],
        "depth": len(client.futures_order_book(symbol=SYMBOL, limit=5)["asks"]),
    }


async def sockets() -> dict[str, Any]:
    client = AsyncClient(TOLD["hmac_key"], TOLD["hmac_secret"])
    manager = BinanceSocketManager(client)
    user = manager.futures_user_socket()
    depth = manager.futures_depth_socket(SYMBOL, depth="10")
    async with user as events, depth as books:
        placed = await client.futures_create_order(**LIMIT, quantity="0.01", price="59000.0")
        await client.futures_cancel_order(symbol=SYMBOL, orderId=placed["orderId"])
        steps: list[str] = []
        while len(steps) < 2:
            event = await asyncio.wait_for(events.recv(), 60)
            if event.get("e") == "ORDER_TRADE_UPDATE":
                steps.append(event["o"]["x"])
        book = await asyncio.wait_for(books.recv(), 60)
    await client.close_connection()
    return {"steps": steps, "book": book.get("data", book)["e"]}


def other() -> dict[str, Any]:
    """ccxt on the same venue."""
    exchange = ccxt.binanceusdm(
        {
            "apiKey": TOLD["hmac_key"],
            "secret": TOLD["hmac_secret"],
            "options": {"fetchCurrencies": False, "fetchMargins": False},
        }
    )
    for name in ("fapiPublic", "fapiPrivate"):
        exchange.urls["api"][name] = TOLD["rest"] + "/fapi/v1"
    for version in ("V2", "V3"):
        for kind in ("fapiPublic", "fapiPrivate"):
            exchange.urls["api"][kind + version] = f"{TOLD['rest']}/fapi/{version.lower()}"
    pair = f"{SYMBOL.removesuffix('USDT')}/USDT:USDT"
    placed = exchange.create_order(pair, "limit", "buy", 0.01, 59000)
    edited = exchange.edit_order(placed["id"], pair, "limit", "buy", 0.02, 58000)
    cancelled = exchange.cancel_order(placed["id"], pair)
    return {
        "placed": placed["status"],
        "edited": [edited["id"] == placed["id"], edited["price"]],
        "cancelled": cancelled["status"],
    }


print(json.dumps({"rest": rest(), "sockets": asyncio.run(sockets()), "ccxt": other()}))
