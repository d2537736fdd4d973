"""Long lists of orders, cut to what the engine takes at once.

In: an answer of REST or a frame of the user channel. Out: frames of the same form, in order, with
at most `ORDERS_MAX` orders each: an order makes up to three reports (two fills and its end). Of an
answer to a query only the piece with the order, or the last one, keeps the tag of the query: the
others do not say that it is absent. Numbers keep their digits. No I/O here.
"""

from typing import Any

from tickpath.core.limits import LIMITS
from tickpath.venues.coinbase.orders import ANSWER
from tickpath.venues.coinbase.rest import LIST_TAG
from tickpath.venues.text.pieces import object_read, object_write

ORDERS_MAX = LIMITS["reports_per_frame_max"] // 3
ABOUT = "orders"


def cut(frame: bytes, orders_max: int = ORDERS_MAX) -> list[bytes]:
    """The frame itself when it is short or tells no orders. Raises DataError for what is no JSON
    object."""
    head = ANSWER.match(frame)
    if head is None:
        return _events(frame, orders_max)
    if head[1] != b"200" or head[2] not in (b"q", b"l"):
        return [frame]
    body = frame[head.end() :]
    found = object_read(body, ABOUT)
    orders = found.get("orders")
    if not isinstance(orders, list) or len(orders) <= orders_max:
        return [frame]
    parts = _parts(orders, orders_max)
    own = head[3].decode()
    keeper = next((k for k, part in enumerate(parts) if _holds(part, own)), len(parts) - 1)
    plain = b"%b %b\n" % (head[1], LIST_TAG.encode())
    return [
        (head[0] if k == keeper else plain) + object_write({**found, "orders": part}, body, ABOUT)
        for k, part in enumerate(parts)
    ]


def _events(frame: bytes, orders_max: int) -> list[bytes]:
    """A frame of the user channel: an event a piece."""
    found = object_read(frame, ABOUT)
    events = found.get("events")
    if found.get("channel") != "user" or not isinstance(events, list):
        return [frame]
    if sum(len(_orders(event)) for event in events) <= orders_max:
        return [frame]
    pieces = [
        {**event, "orders": part}
        for event in events
        if isinstance(event, dict)
        for part in _parts(_orders(event), orders_max)
    ]
    return [object_write({**found, "events": [piece]}, frame, ABOUT) for piece in pieces]


def _parts(orders: list[Any], most: int) -> list[list[Any]]:
    return [orders[at : at + most] for at in range(0, len(orders), most)]


def _orders(event: Any) -> list[Any]:
    orders = event.get("orders") if isinstance(event, dict) else None
    return orders if isinstance(orders, list) else []


def _holds(part: list[Any], own: str) -> bool:
    return any(isinstance(order, dict) and order.get("client_order_id") == own for order in part)
