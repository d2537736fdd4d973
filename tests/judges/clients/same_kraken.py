"""Each action once at Kraken: orders and executions by ccxt.pro over the WebSocket, the rest by
python-kraken-sdk; both unchanged."""

import asyncio
import json
import sys
from typing import Any

import ccxt.pro
from kraken.spot import Market, SpotWSClient, Trade, User
from marks import Marks

TOLD = json.loads(sys.argv[1])
PAIR, SYMBOL = "XBTUSD", "BTC/USD"
KEYS = {"key": TOLD["hmac_key"], "secret": TOLD["kraken_secret"]}


def rest(marks: Marks) -> None:
    user, trade = User(**KEYS, url=TOLD["rest"]), Trade(**KEYS, url=TOLD["rest"])
    with marks.of("instruments"):
        Market(url=TOLD["rest"]).get_asset_pairs(pair=PAIR)
    with marks.of("open orders"):
        user.get_open_orders(trades=True)
    with marks.of("balances"):
        user.get_account_balance()
    placed = trade.create_order(
        ordertype="limit", side="buy", pair=PAIR, volume="0.01", price="59000.0"
    )
    with marks.of("query"):
        user.get_orders_info(txid=placed["txid"][0], trades=True)


def exchange() -> Any:
    """ccxt, pointed at the simulator: only URLs change, and it does not wait between calls."""
    found = ccxt.pro.kraken(
        {"apiKey": KEYS["key"], "secret": KEYS["secret"], "enableRateLimit": False}
    )
    found.urls["api"] |= {"public": TOLD["rest"], "private": TOLD["rest"]}
    found.urls["api"]["ws"] |= {
        "private": TOLD["user"].removesuffix("/v2"),
        "privateV2": TOLD["user"],
        "publicV2": TOLD["market"],
    }
    return found


async def orders(marks: Marks) -> None:
    client = exchange()
    await client.load_markets()
    with marks.of("token"):
        await client.authenticate()
    limit: tuple[Any, ...] = (SYMBOL, "limit", "buy", 0.01)
    with marks.of("limit"):
        placed = await client.create_order_ws(*limit, 59000.0, {"clientOrderId": "same-1"})
    with marks.of("private stream"):
        await client.watch_orders()
    with marks.of("cancel"):
        await client.cancel_order_ws(placed["id"])
    with marks.of("post-only"):
        await client.create_order_ws(*limit, 59000.0, {"clientOrderId": "same-2", "postOnly": True})
    with marks.of("ioc"):
        await client.create_order_ws(
            *limit, 61000.0, {"clientOrderId": "same-3", "timeInForce": "IOC"}
        )
    with marks.of("market"):
        await client.create_order_ws(
            SYMBOL, "market", "buy", 0.01, None, {"clientOrderId": "same-4"}
        )
    await client.close()


async def wallets(marks: Marks) -> None:
    told = asyncio.Event()

    class Client(SpotWSClient):
        async def on_message(self, message: Any) -> None:
            if message.get("method") == "subscribe":
                told.set()

    urls = {"rest_url": TOLD["rest"], "auth_ws_url": TOLD["user"].removesuffix("/v2")}
    client = Client(**KEYS, no_public=True, **urls)
    await client.start()
    with marks.of("balances stream"):
        await client.subscribe(params={"channel": "balances"})
        await asyncio.wait_for(told.wait(), 60)
    await client.close()


async def main() -> None:
    marks = Marks(TOLD)
    await orders(marks)  # its nonces are smaller: first
    rest(marks)
    await wallets(marks)
    print(json.dumps(marks.found))


asyncio.run(main())
