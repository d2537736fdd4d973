"""coinbase-advanced-py, unchanged: REST orders, and the channels of its WebSocket clients."""

import json
import sys
import time
from typing import Any

from coinbase.rest import RESTClient
from coinbase.websocket import WSClient, WSUserClient

TOLD = json.loads(sys.argv[1])
KEYS = {"api_key": "judge-es256", "api_secret": TOLD["es256_private"]}
PRODUCT = "BTC-USD"


def rest(client: RESTClient) -> dict[str, Any]:
    placed = client.limit_order_gtc_buy(
        client_order_id="sdk-1", product_id=PRODUCT, base_size="0.01", limit_price="59000"
    )
    name = placed["response"]["order_id"]
    found = client.get_order(name)["order"]
    edited = client.edit_order(order_id=name, size="0.02", price="58000")
    listed = client.list_orders(product_ids=[PRODUCT], order_status=["OPEN"])["orders"]
    cancelled = client.cancel_orders(order_ids=[name])["results"]
    market = client.market_order_buy(client_order_id="sdk-2", product_id=PRODUCT, base_size="0.01")
    refused = client.limit_order_gtc_buy(
        client_order_id="sdk-3", product_id=PRODUCT, base_size="100", limit_price="59000"
    )
    fills = client.get_fills(product_ids=[PRODUCT])["fills"]
    return {
        "found": [found["status"], found["client_order_id"]],
        "edited": edited["success"],
        "open": [o["order_id"] == name for o in listed],
        "cancelled": [r["success"] for r in cancelled],
        "market": market["success"],
        "refused": refused["response"]["error"],
        "filled": round(sum(float(f["size"]) for f in fills), 8),
        "wallets": sorted(a["currency"] for a in client.get_accounts()["accounts"]),
        "book": len(client.get_product_book(PRODUCT, limit=5)["pricebook"]["bids"]),
        "product": client.get_product(PRODUCT)["quote_increment"],
    }


def until(ready: Any) -> None:
    """Wait for messages that another thread receives."""
    for _ in range(1500):
        if ready():
            return
        time.sleep(0.02)


def sockets(client: RESTClient) -> dict[str, Any]:
    seen: dict[str, int] = {}
    statuses: list[str] = []
    sequence: list[int] = []

    def note(text: str) -> None:
        message = json.loads(text)
        sequence.append(message["sequence_num"])
        seen[message["channel"]] = seen.get(message["channel"], 0) + 1

    def user(text: str) -> None:
        for event in json.loads(text)["events"]:
            statuses.extend(o["status"] for o in event.get("orders", []))

    market = WSClient(**KEYS, on_message=note)
    market.base_url = TOLD["market"]
    own = WSUserClient(**KEYS, on_message=user)
    own.base_url = TOLD["user"]
    market.open()
    market.subscribe([PRODUCT], ["level2", "market_trades", "heartbeats"])
    own.open()
    own.subscribe([PRODUCT], ["user"])
    placed = client.limit_order_gtc_buy(
        client_order_id="sdk-4", product_id=PRODUCT, base_size="0.01", limit_price="59000"
    )
    client.cancel_orders(order_ids=[placed["response"]["order_id"]])
    until(lambda: "CANCELLED" in statuses and len(seen) == 4 and seen["l2_data"] > 5)
    market.close()
    own.close()
    return {
        "channels": sorted(seen),
        "chained": sequence == list(range(len(sequence))),
        "statuses": statuses,
    }


def main() -> None:
    client = RESTClient(**KEYS, base_url=TOLD["rest"].removeprefix("https://"))
    print(json.dumps({"rest": rest(client), "sockets": sockets(client)}))


main()
