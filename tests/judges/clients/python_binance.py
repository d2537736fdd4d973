"""python-binance, unchanged: REST, WebSocket API with signed requests, streams, user events."""

import asyncio
import json
import sys
from typing import Any

from binance import AsyncClient, BinanceSocketManager
from binance.client import Client
from binance.exceptions import BinanceAPIException

TOLD = json.loads(sys.argv[1])
SYMBOL = TOLD["symbol"]
LIMIT = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}

Client.API_URL = AsyncClient.API_URL = TOLD["rest"] + "/api"
Client.WS_API_URL = AsyncClient.WS_API_URL = TOLD["api"]
BinanceSocketManager.STREAM_URL = TOLD["market"] + "/"


def rest() -> dict[str, Any]:
    client = Client(TOLD["hmac_key"], TOLD["hmac_secret"])
    placed = client.create_order(
        **LIMIT, quantity="0.01", price="59000.00", newClientOrderId="pb-1"
    )
    found = client.get_order(symbol=SYMBOL, origClientOrderId="pb-1")
    replaced = client.cancel_replace_order(
        **LIMIT,
        cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrigClientOrderId="pb-1",
        newClientOrderId="pb-2",
        quantity="0.02",
        price="58000.00",
    )
    listed = client.get_open_orders(symbol=SYMBOL)
    cancelled = client.cancel_order(symbol=SYMBOL, origClientOrderId="pb-2")
    market = client.order_market_buy(symbol=SYMBOL, quantity="0.01")
    account = client.get_account()
    return {
        "placed": placed["status"],
        "found": found["clientOrderId"],
        "replaced": replaced["newOrderResult"],
        "open": [o["clientOrderId"] for o in listed],
        "cancelled": cancelled["status"],
        "market": market["status"],
        "assets": [b["asset"] for b in account["balances"]],
        "depth": len(client.get_order_book(symbol=SYMBOL, limit=5)["asks"]),
    }


async def sockets() -> dict[str, Any]:
    """User events, order entry over the WebSocket API, and a market stream."""
    client = AsyncClient(TOLD["hmac_key"], TOLD["hmac_secret"])
    manager = BinanceSocketManager(client)
    seen: dict[str, Any] = {}
    async with manager.user_socket() as user, manager.depth_socket(SYMBOL, interval=100) as depth:
        placed = await client.ws_create_order(
            **LIMIT, quantity="0.01", price="59000.00", newClientOrderId="pb-3"
        )
        cancelled = await client.ws_cancel_order(symbol=SYMBOL, origClientOrderId="pb-3")
        events = []
        while sum(e.get("e") == "executionReport" for e in events) < 2:
            events.append(await asyncio.wait_for(user.recv(), 60))
        seen["events"] = [e["x"] for e in events if e.get("e") == "executionReport"]
        diff = await asyncio.wait_for(depth.recv(), 60)
        seen |= {"placed": placed["status"], "cancelled": cancelled["status"], "diff": diff["e"]}
    await client.close_connection()
    return seen


def wrong() -> int:
    """The code that a wrong secret gets."""
    try:
        Client(TOLD["hmac_key"], "wrong").get_account()
    except BinanceAPIException as error:
        return int(error.code)
    return 0


print(json.dumps({"rest": rest(), "wrong": wrong(), "sockets": asyncio.run(sockets())}))
