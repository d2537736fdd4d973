"""python-binance, unchanged, on USD-M: each action once, orders over the WebSocket API."""

import asyncio
import json
import os
import sys
from typing import Any

from binance import AsyncClient, BinanceSocketManager
from marks import Marks

TOLD = json.loads(sys.argv[1])
SYMBOL = TOLD["symbol"]
BUY = {"symbol": SYMBOL, "side": "BUY", "quantity": "0.01"}

AsyncClient.FUTURES_URL = TOLD["rest"] + "/fapi"
AsyncClient.WS_FUTURES_URL = TOLD["api"]
BinanceSocketManager.FSTREAM_URL = TOLD["user"] + "/"


async def account(marks: Marks, client: AsyncClient) -> None:
    with marks.of("clock"):
        await client.futures_time()
    with marks.of("instruments"):
        await client.futures_exchange_info()
    with marks.of("open orders"):
        await client.futures_get_open_orders()
    with marks.of("balances"):
        await client.futures_account_balance()
    with marks.of("positions"):
        await client.futures_position_information()


async def trade(marks: Marks, client: AsyncClient) -> None:
    limit: dict[str, Any] = {**BUY, "type": "LIMIT"}
    named = {"symbol": SYMBOL, "origClientOrderId": "same-1"}
    with marks.of("limit"):
        await client.ws_futures_create_order(
            **limit, timeInForce="GTC", price="59000.0", newClientOrderId="same-1"
        )
    with marks.of("query"):
        await client.ws_futures_get_order(**named)
    with marks.of("cancel"):
        await client.ws_futures_cancel_order(**named)
    with marks.of("post-only"):
        await client.ws_futures_create_order(
            **limit, timeInForce="GTX", price="59000.0", newClientOrderId="same-2"
        )
    with marks.of("ioc"):
        await client.ws_futures_create_order(
            **limit, timeInForce="IOC", price="61000.0", newClientOrderId="same-3"
        )
    with marks.of("market"):
        await client.ws_futures_create_order(**BUY, type="MARKET", newClientOrderId="same-4")


async def main() -> None:
    marks = Marks(TOLD)
    client = AsyncClient(TOLD["hmac_key"], TOLD["hmac_secret"])
    await account(marks, client)
    user = BinanceSocketManager(client).futures_user_socket()
    with marks.of("private stream"):
        await user.connect()
        key = await client.futures_stream_get_listen_key()
    with marks.of("listen key kept"):
        await client.futures_stream_keepalive(key)
    await trade(marks, client)
    print(json.dumps(marks.found), flush=True)
    os._exit(0)  # a close of its listener takes ten seconds


asyncio.run(main())
