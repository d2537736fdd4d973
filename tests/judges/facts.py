"""What a recorded request says, as lines of text that two clients can be compared by.

Ids, nonces and times become OWN, secrets are hidden by the simulator; of headers only those that
say who asks and how a body is written. Pings are left out: each client keeps alive as it likes.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tickpath.venues.sim.server.requests import same

OWN = "(own)"
OWN_NAMES = frozenset(
    {
        "timestamp",
        "nonce",
        "deadline",
        "newClientOrderId",
        "origClientOrderId",
        "orderId",
        "cl_ord_id",
        "client_order_id",
        "order_id",
        "order_ids",
        "txid",
    }
)
HEADERS = frozenset({"x-mbx-apikey", "api-key", "api-sign", "authorization", "content-type"})
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Row = dict[str, Any]


def facts(sent: Iterable[Row]) -> set[str]:
    """Of all requests of one action together."""
    return {fact for row in sent if row["method"] != "ping" for fact in _facts(row)}


def _facts(row: Row) -> Iterator[str]:
    yield f"{row['channel']} {row['method']} {UUID.sub(OWN, row['path'])}"
    yield from _values("", row["params"], own=False)
    for name in HEADERS & row["headers"].keys():
        secret = name != "content-type"
        yield f"header {name}" if secret else f"{name}: {row['headers'][name].partition(';')[0]}"


def _values(name: str, value: Any, own: bool) -> Iterator[str]:
    """Every value with the names that lead to it; a list is told apart from one value."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _values(f"{name}.{key}" if name else key, value[key], key in OWN_NAMES)
        return
    if isinstance(value, list):
        for each in value:
            yield from _values(f"{name}[]", each, own)
        return
    yield f"{name} = {OWN if own else same(value)}"
