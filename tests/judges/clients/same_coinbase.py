"""coinbase-advanced-py, unchanged: each action once."""

import json
import queue
import sys
from typing import Any

from coinbase.rest import RESTClient
from coinbase.websocket import WSUserClient
from marks import Marks

TOLD = json.loads(sys.argv[1])
KEYS = {"api_key": "judge-es256", "api_secret": TOLD["es256_private"]}
PRODUCT = "BTC-USD"
SIZE = {"product_id": PRODUCT, "base_size": "0.01"}


def rest(marks: Marks) -> None:
    client = RESTClient(**KEYS, base_url=TOLD["rest"].removeprefix("https://"))
    limit: dict[str, Any] = {**SIZE, "limit_price": "59000"}
    with marks.of("clock"):
        client.get_unix_time()
    with marks.of("instruments"):
        client.get_products(product_ids=[PRODUCT])
    with marks.of("open orders"):
        client.list_orders(order_status=["OPEN"], limit=100)
    with marks.of("balances"):
        client.get_accounts(limit=250)
    with marks.of("limit"):
        placed = client.limit_order_gtc_buy(client_order_id="same-1", **limit)
    name = placed["response"]["order_id"]
    with marks.of("query"):
        client.get_order(name)
    with marks.of("cancel"):
        client.cancel_orders(order_ids=[name])
    with marks.of("post-only"):
        client.limit_order_gtc_buy(client_order_id="same-2", post_only=True, **limit)
    with marks.of("ioc"):
        client.limit_order_ioc_buy(client_order_id="same-3", **SIZE, limit_price="61000")
    with marks.of("market"):
        client.market_order_buy(client_order_id="same-4", **SIZE)


def stream(marks: Marks) -> None:
    """Subscriptions, each until the venue tells of it."""
    told: queue.Queue[str] = queue.Queue()

    def note(text: str) -> None:
        if json.loads(text)["channel"] == "subscriptions":
            told.put(text)

    client = WSUserClient(**KEYS, on_message=note)
    client.base_url = TOLD["user"]
    with marks.of("line"):
        client.open()
    with marks.of("heartbeats"):
        client.subscribe([], ["heartbeats"])
        told.get(timeout=60)
    with marks.of("private stream"):
        client.subscribe([PRODUCT], ["user"])
        told.get(timeout=60)
    client.close()


def main() -> None:
    marks = Marks(TOLD)
    rest(marks)
    stream(marks)
    print(json.dumps(marks.found))


main()
