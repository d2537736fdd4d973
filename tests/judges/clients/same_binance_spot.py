"""binance-sdk-spot, unchanged: each action once, orders over the WebSocket API."""

import asyncio
import json
import sys
from typing import Any

from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketAPI
from binance_sdk_spot.spot import Spot
from marks import Marks

TOLD = json.loads(sys.argv[1])
SYMBOL = TOLD["symbol"]
BUY = {"symbol": SYMBOL, "side": "BUY", "quantity": 0.01}


def rest(marks: Marks) -> None:
    client = Spot(
        config_rest_api=ConfigurationRestAPI(
            api_key=TOLD["hmac_key"],
            api_secret=TOLD["hmac_secret"],
            base_path=TOLD["rest"],
            timeout=30_000,
        )
    ).rest_api
    with marks.of("clock"):
        client.time()
    with marks.of("instruments"):
        client.exchange_info()
    with marks.of("open orders"):
        client.get_open_orders()
    with marks.of("balances"):
        client.get_account()


async def api(marks: Marks) -> None:
    config = ConfigurationWebSocketAPI(
        api_key=TOLD["ed25519_key"],
        private_key=TOLD["ed25519_private"],
        stream_url=TOLD["api"],
        timeout=30_000,
    )
    client = Spot(config_ws_api=config).websocket_api
    with marks.of("line"):
        connection = await client.create_connection()
    try:
        with marks.of("login"):
            await connection.session_logon()
        with marks.of("private stream"):
            await connection.user_data_stream_subscribe()
        await trade(marks, connection)
    finally:
        await connection.close_connection(close_session=True)


async def trade(marks: Marks, connection: Any) -> None:
    named: dict[str, Any] = {"symbol": SYMBOL, "orig_client_order_id": "same-1"}
    limit: dict[str, Any] = {**BUY, "type": "LIMIT"}
    with marks.of("limit"):
        await connection.order_place(
            **limit, time_in_force="GTC", price=59000.0, new_client_order_id="same-1"
        )
    with marks.of("query"):
        await connection.order_status(**named)
    with marks.of("cancel"):
        await connection.order_cancel(**named)
    with marks.of("post-only"):
        await connection.order_place(
            **BUY, type="LIMIT_MAKER", price=59000.0, new_client_order_id="same-2"
        )
    with marks.of("ioc"):
        await connection.order_place(
            **limit, time_in_force="IOC", price=61000.0, new_client_order_id="same-3"
        )
    with marks.of("market"):
        await connection.order_place(**BUY, type="MARKET", new_client_order_id="same-4")


def main() -> None:
    marks = Marks(TOLD)
    rest(marks)
    asyncio.run(api(marks))
    print(json.dumps(marks.found))


main()
