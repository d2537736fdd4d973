"""What became of an order: the venue's REST lists as the reply that the order codec reads.

The engine asks with `query_order` (orders.py), which is no request of the venue. A session asks
OpenOrders and ClosedOrders by REST, both with `cl_ord_id`, and feeds the engine `standing_frame`:
{"method":"query_order","req_id":n,"success":true,"symbol":s,"result":{...}}. The result is the
order's `status`, `order_id` and `vol_exec`; `absent` only when both lists were told and have no
such order. No I/O here.
"""

import json
from collections.abc import Mapping
from typing import Any

from tickpath.core.errors import DataError
from tickpath.venues.kraken.orders import ABSENT


def query_of(request: bytes) -> tuple[str, str, int] | None:
    """(cl_ord_id, symbol, req_id) of a request of the engine that REST answers, None for others."""
    found = json.loads(request)
    if found.get("method") != "query_order":
        return None
    params = found["params"]
    return params["cl_ord_id"], params["symbol"], found["req_id"]


def standing_frame(
    request: bytes, opened: Mapping[str, Any], closed: Mapping[str, Any] | None
) -> bytes | None:
    """The reply to a query: `opened` and `closed` are the `result` of OpenOrders and ClosedOrders,
    numbers as text; `closed` is None while it was not asked. None: it has to be asked. Raises
    DataError for lists that are none."""
    asked = query_of(request)
    if asked is None:
        raise DataError("this request is no query: feed the venue's reply to it instead")
    own, symbol, number = asked
    found = find(opened, "open", own) or (None if closed is None else find(closed, "closed", own))
    if found is None and closed is None:
        return None
    return reply_frame(number, symbol, found)


def reply_frame(number: int, symbol: str, found: tuple[str, Mapping[str, Any]] | None) -> bytes:
    """The reply to query `number` by what was found: the venue's id of the order and its row."""
    name, order = found or ("", {"status": ABSENT})
    result = {key: order[key] for key in ("status", "vol_exec") if key in order}
    if name:
        result["order_id"] = name
    reply = {
        "method": "query_order",
        "req_id": number,
        "success": True,
        "symbol": symbol,
        "result": result,
    }
    return json.dumps(reply, separators=(",", ":")).encode()


def find(result: Mapping[str, Any], key: str, own: str) -> tuple[str, Mapping[str, Any]] | None:
    """The order of a list with the client order id."""
    orders = result.get(key)
    if not isinstance(orders, dict):
        raise DataError(f"REST answer without the orders {key!r}: ask again")
    for name, order in orders.items():
        if isinstance(order, dict) and order.get("cl_ord_id") == own:
            return name, order
    return None
