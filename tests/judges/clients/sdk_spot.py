"""The venue's own client, binance-sdk-spot, unchanged: REST, WebSocket API and streams.

In: one JSON object (urls, keys, symbol). Out: one JSON object of what the client understood.
"""

import asyncio
import json
import sys
from typing import Any

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_sdk_spot.spot import Spot

TOLD = json.loads(sys.argv[1])
SYMBOL = TOLD["symbol"]
LIMIT = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "time_in_force": "GTC"}


def rest() -> dict[str, Any]:
    """Place, query, replace, amend, cancel, trade."""
    client = Spot(
        config_rest_api=ConfigurationRestAPI(
            api_key=TOLD["hmac_key"],
            api_secret=TOLD["hmac_secret"],
            base_path=TOLD["rest"],
            timeout=30_000,
        )
    ).rest_api
    info = client.exchange_info(symbol=SYMBOL).data()
    depth = client.depth(symbol=SYMBOL, limit=5).data()
    placed = client.new_order(
        **LIMIT, quantity=0.01, price=59000.0, new_client_order_id="sdk-1"
    ).data()
    found = client.get_order(symbol=SYMBOL, orig_client_order_id="sdk-1").data()
    replaced = client.order_cancel_replace(
        **LIMIT,
        cancel_replace_mode="STOP_ON_FAILURE",
        cancel_orig_client_order_id="sdk-1",
        new_client_order_id="sdk-2",
        quantity=0.02,
        price=58000.0,
    ).data()
    amended = client.order_amend_keep_priority(
        symbol=SYMBOL, new_qty=0.015, orig_client_order_id="sdk-2"
    ).data()
    cancelled = client.delete_order(symbol=SYMBOL, orig_client_order_id="sdk-2").data()
    market = client.new_order(symbol=SYMBOL, side="BUY", type="MARKET", quantity=0.01).data()
    trades = client.my_trades(symbol=SYMBOL).data()
    account = client.get_account(omit_zero_balances=True).data()
    return {
        "tick": [f.tick_size for f in found_filters(info, "PRICE_FILTER")],
        "bids": len(depth.bids),
        "placed": placed.status,
        "found": found.client_order_id,
        "replaced": [replaced.cancel_result, replaced.new_order_result],
        "amended": amended.amended_order.qty,
        "cancelled": cancelled.status,
        "market": [market.status, market.executed_qty],
        "trades": [t.qty for t in trades],
        "assets": sorted(b.asset for b in account.balances),
    }


def found_filters(info: Any, kind: str) -> list[Any]:
    """Filters of the first symbol, unwrapped as the client has them."""
    found = [getattr(f, "actual_instance", None) or f for f in info.symbols[0].filters]
    return [f for f in found if f.filter_type == kind]


async def api() -> dict[str, Any]:
    """Log on, place, replace, cancel, and the events that follow."""
    config = ConfigurationWebSocketAPI(
        api_key=TOLD["ed25519_key"],
        private_key=TOLD["ed25519_private"],
        stream_url=TOLD["api"],
        timeout=30_000,
    )
    client = Spot(config_ws_api=config).websocket_api
    connection = await client.create_connection()
    events: list[Any] = []
    try:
        await connection.session_logon()
        stream = await connection.user_data_stream_subscribe()
        stream.stream.on("message", lambda event: events.append(event))
        placed = await connection.order_place(
            **LIMIT, quantity=0.01, price=59000.0, new_client_order_id="api-1"
        )
        replaced = await connection.order_cancel_replace(
            **LIMIT,
            cancel_replace_mode="STOP_ON_FAILURE",
            cancel_orig_client_order_id="api-1",
            new_client_order_id="api-2",
            quantity=0.02,
            price=58000.0,
        )
        status = await connection.order_status(symbol=SYMBOL, orig_client_order_id="api-2")
        cancelled = await connection.order_cancel(symbol=SYMBOL, orig_client_order_id="api-2")
        for _ in range(1500):
            if len(events) >= 8:
                break
            await asyncio.sleep(0.02)
        return {
            "placed": placed.data().result.client_order_id,
            "replaced": replaced.data().result.new_order_result,
            "status": status.data().result.status,
            "cancelled": cancelled.data().result.status,
            "events": len(events),
            "reports": [e.x for e in map(inner, events) if type(e).__name__ == "ExecutionReport"],
        }
    finally:
        await connection.close_connection(close_session=True)


def inner(event: Any) -> Any:
    """The event itself, out of the client's union of events."""
    return getattr(event, "actual_instance", None) or event


async def streams() -> dict[str, Any]:
    """Diffs, trades and tickers as the client reads them."""
    client = Spot(
        config_ws_streams=ConfigurationWebSocketStreams(stream_url=TOLD["market"])
    ).websocket_streams
    connection = await client.create_connection()
    seen: dict[str, int] = {"depth": 0, "trade": 0, "ticker": 0}

    def count(name: str) -> Any:
        def note(event: Any) -> None:
            seen[name] += 1

        return note

    try:
        depth = await connection.diff_book_depth(symbol=SYMBOL.lower(), update_speed="100ms")
        depth.on("message", count("depth"))
        trade = await connection.trade(symbol=SYMBOL.lower())
        trade.on("message", count("trade"))
        ticker = await connection.book_ticker(symbol=SYMBOL.lower())
        ticker.on("message", count("ticker"))
        for _ in range(1500):
            if all(seen.values()):
                break
            await asyncio.sleep(0.02)
        return {name: n > 0 for name, n in seen.items()}
    finally:
        await connection.close_connection(close_session=True)


print(json.dumps({"rest": rest(), "api": asyncio.run(api()), "streams": asyncio.run(streams())}))
