"""python-kraken-sdk, unchanged: REST, WebSocket v2, and its own order book with checksums."""

import asyncio
import json
import sys
from typing import Any

from kraken.spot import Market, SpotOrderBookClient, SpotWSClient, Trade, User

TOLD = json.loads(sys.argv[1])
PAIR, SYMBOL = "XBTUSD", "BTC/USD"
KEYS = {"key": TOLD["hmac_key"], "secret": TOLD["kraken_secret"]}
WS = {
    "rest_url": TOLD["rest"],
    "ws_url": TOLD["market"].removesuffix("/v2"),
    "auth_ws_url": TOLD["user"].removesuffix("/v2"),
}


def rest() -> dict[str, Any]:
    trade, user = Trade(**KEYS, url=TOLD["rest"]), User(**KEYS, url=TOLD["rest"])
    placed = trade.create_order(
        ordertype="limit", side="buy", pair=PAIR, volume="0.01", price="59000.0"
    )
    (txid,) = placed["txid"]
    found = user.get_orders_info(txid=txid)[txid]
    edited = trade.edit_order(txid=txid, pair=PAIR, price="58000.0", volume="0.02")
    listed = list(user.get_open_orders()["open"])
    cancelled = trade.cancel_order(txid=edited["txid"])
    market = trade.create_order(ordertype="market", side="buy", pair=PAIR, volume="0.01")
    pairs = Market(url=TOLD["rest"]).get_asset_pairs(pair=PAIR)
    return {
        "found": [found["status"], found["descr"]["price"]],
        "edited": edited["originaltxid"] == txid,
        "open": listed == [edited["txid"]],
        "cancelled": cancelled["count"],
        "market": len(market["txid"]),
        "trades": sum(float(t["vol"]) for t in user.get_trades_history()["trades"].values()),
        "balance": float(user.get_account_balance()["XXBT"]),
        "decimals": pairs["XXBTZUSD"]["pair_decimals"],
    }


async def orders() -> dict[str, Any]:
    """Order entry over the WebSocket and the executions that follow."""
    steps: list[str] = []
    replies: dict[str, Any] = {}

    class Client(SpotWSClient):
        async def on_message(self, message: Any) -> None:
            if message.get("channel") == "executions" and message["type"] == "update":
                steps.extend(row["exec_type"] for row in message["data"])
            elif message.get("method") and message["method"] not in ("pong", "subscribe"):
                replies[message["method"]] = message

    async def until(name: str) -> Any:
        for _ in range(1500):
            if name in replies:
                return replies[name]
            await asyncio.sleep(0.02)
        raise TimeoutError(name)

    client = Client(**KEYS, no_public=True, **WS)
    await client.start()
    await client.subscribe(params={"channel": "executions"})
    terms = {"order_type": "limit", "side": "buy", "symbol": SYMBOL, "limit_price": 59000.0}
    order = terms | {"order_qty": 0.01, "cl_ord_id": "judge-1"}
    await client.send_message({"method": "add_order", "params": order})
    placed = await until("add_order")
    order_id = placed["result"]["order_id"]
    amend = {"order_id": order_id, "order_qty": 0.02}
    await client.send_message({"method": "amend_order", "params": amend})
    amended = await until("amend_order")
    await client.send_message({"method": "cancel_order", "params": {"order_id": [order_id]}})
    cancelled = await until("cancel_order")
    for _ in range(1500):
        if "canceled" in steps:
            break
        await asyncio.sleep(0.02)
    await client.close()
    return {
        "placed": placed["success"],
        "amended": amended["success"],
        "cancelled": cancelled["result"]["order_id"] == order_id,
        "steps": steps,
    }


async def book() -> dict[str, Any]:
    """The client's own book: it checks each checksum and says whether all were right."""
    seen = 0

    class Book(SpotOrderBookClient):
        async def on_book_update(self, pair: str, message: Any) -> None:
            nonlocal seen
            seen += 1

    Market.URL, SpotWSClient.WS_URL = TOLD["rest"], WS["ws_url"]
    client = Book(depth=10)
    await client.start()
    await client.add_book(pairs=[SYMBOL])
    for _ in range(1500):
        if seen > 30:
            break
        await asyncio.sleep(0.02)
    found = client.get(pair=SYMBOL)
    await client.close()
    return {"valid": found["valid"], "enough": seen > 30, "levels": len(found["bid"])}


print(json.dumps({"rest": rest(), "orders": asyncio.run(orders()), "book": asyncio.run(book())}))
