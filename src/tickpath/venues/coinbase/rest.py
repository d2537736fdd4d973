"""Between the order codec's text and HTTP: requests out, answers in, and the venue's order ids.

Pure: no socket, no clock. A session asks `named` for the request to send. While the venue's id of
an order is not known (a cancel may overtake the answer to its order) there is none, and the session
looks the order up first (`lookup.py`). Every order frame goes through `OrderIds.learn` before the
engine has it. The body is sent as it stands: its bytes are signed.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from tickpath.core import ids
from tickpath.core.limits import LIMITS
from tickpath.venues.coinbase.orders import ANSWER
from tickpath.venues.text.rules import Refused, parse

REQUEST = re.compile(rb"(GET|POST) (/[!-~]*) ([a-z][0-9a-f]{16})\n", re.ASCII)
OWN = re.compile(rb"@([0-9a-f]{16})")
VENUE_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
LIST_TAG = "l" + "0" * 16
"""Of a list of orders that the session asked for itself."""

STATUS_NONE = 0
"""No answer came: cut off, timed out, or not to be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpRequest:
    """One request; `tag` goes into its answer, `order` is the client order id it names, or ""."""

    method: str
    path: str
    tag: str
    body: bytes
    order: str = ""


class OrderIds:
    """The venue's order ids by ours, learned from what the venue says. Holds the newest orders_max
    and ended_orders_max of limits.toml together; the oldest are forgotten."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._most = LIMITS["orders_max"] + LIMITS["ended_orders_max"]

    def __len__(self) -> int:
        return len(self._known)

    def find(self, order: str) -> str:
        """The venue's id of an order by the 16 digits of ours, "" when it is not known yet."""
        return self._known.get(order, "")

    def learn(self, data: bytes) -> int:
        """Take the ids out of an order frame, as the codec gets it. Returns how many were new."""
        head = ANSWER.match(data)
        try:
            body = parse(data[head.end() :] if head else data)
        except Refused:
            return 0
        if not isinstance(body, dict):
            return 0
        found = [body.get("order"), *_items(body.get("orders"))]
        for event in _items(body.get("events")):
            found += _items(event.get("orders")) if isinstance(event, dict) else []
        placed = body.get("success_response")
        if head and head[2] == b"n" and body.get("success") is True and isinstance(placed, dict):
            found.append({**placed, "client_order_id": head[3].decode()})
        return sum(self._keep(item) for item in found)

    def _keep(self, item: Any) -> bool:
        if not isinstance(item, dict):
            return False
        order, venue = item.get("client_order_id"), item.get("order_id")
        if type(order) is not str or type(venue) is not str or ids.from_text(order) == 0:
            return False
        if VENUE_ID.fullmatch(venue) is None or order in self._known:
            return False
        self._known[order] = venue
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        return True


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def split_request(data: bytes) -> HttpRequest:
    """The codec's text in its parts. Raises ValueError for anything else."""
    head = REQUEST.match(data)
    if head is None:
        raise ValueError(f"no request of the Coinbase codec: {data[:40]!r}")
    method, path, tag = (part.decode() for part in head.groups())
    body = data[head.end() :]
    named_order = OWN.search(data)
    order = named_order[1].decode() if named_order else ""
    return HttpRequest(method=method, path=path, tag=tag, body=body, order=order)


def named(data: bytes, known: OrderIds) -> HttpRequest | None:
    """The request to send, the venue's order id in the place of ours; None while that is not known.
    Raises ValueError for anything that the codec did not write."""
    request = split_request(data)
    if not request.order:
        return request
    venue = known.find(request.order)
    if not venue:
        return None
    ours = f"@{request.order}"
    return replace(
        request,
        path=request.path.replace(ours, venue),
        body=request.body.replace(ours.encode(), venue.encode()),
    )


def answer(status: int, tag: str, body: bytes) -> bytes:
    """An answer as the codec reads it; STATUS_NONE when none came."""
    return b"%03d %b\n%b" % (status, tag.encode(), body)
