"""Orders of an account by the ids that the engine gave them, over the venue's list of orders.

The venue finds an order by its own id only. While that is not known, the list is read page by page,
newest first, from shortly before the order was sent until shortly after it could have arrived, so
that it is as short after a day as after a minute. That an order is not in it says something only
when the whole list was read, and read after the request could no longer arrive.
"""

from collections.abc import Collection, Generator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tickpath.venues.coinbase.replies import Row, body_of, rows_of
from tickpath.venues.coinbase.rest import LIST_TAG, answer
from tickpath.venues.order_steps import ScriptError, Step

if TYPE_CHECKING:
    from tickpath.venues.coinbase.order_session import CoinbaseOrderDialect

NS_PER_S = 10**9
PAGES_MAX = 64
PAGE_ORDERS = 100
PAGE_ACCOUNTS = 250
OPEN = f"order_status=OPEN&limit={PAGE_ORDERS}"
AROUND_NS = 60 * NS_PER_S
"""How long before it was sent, or after it could arrive, an order may have been made by the venue's
clock."""

Found = tuple[dict[str, Row], bool]


def search(
    dialect: "CoinbaseOrderDialect", names: Collection[str], sent_ns: int, *, repeat: bool = True
) -> Generator[Step, Any, Found]:
    """Orders of these client order ids, sent at that time or up to AROUND_NS later (0: at any
    time), and whether every one that is not found is not there. The list of open orders is read as
    well: that the list of all has them is not confirmed. Raises ScriptError."""
    query = f"limit={PAGE_ORDERS}"
    if sent_ns > AROUND_NS:
        until_ns = sent_ns + dialect.in_flight_ns + 2 * AROUND_NS
        query += f"&start_date={date(sent_ns - AROUND_NS)}&end_date={date(until_ns)}"
    found, whole = yield from _scan(dialect, names, query, repeat=repeat)
    left = [name for name in names if name not in found]
    if not whole or not left:
        return found, whole
    opened, whole = yield from _scan(dialect, left, OPEN, repeat=repeat)
    return found | opened, whole


def date(t_ns: int) -> str:
    """A time as a query has it, whole seconds."""
    at = datetime.fromtimestamp(t_ns // NS_PER_S, UTC)
    return quote(f"{at:%Y-%m-%dT%H:%M:%SZ}")


def _scan(
    dialect: "CoinbaseOrderDialect", names: Collection[str], query: str, *, repeat: bool
) -> Generator[Step, Any, Found]:
    """What of these is in a list, read until all are found, and whether it was read as far as
    there was need."""
    found: dict[str, Row] = {}
    cursor: str | None = ""
    for _ in range(PAGES_MAX):
        rows, cursor = yield from page(dialect, "open_orders", query, cursor or "", repeat=repeat)
        told = {str(row.get("client_order_id")): row for row in rows}
        found |= {name: told[name] for name in names if name in told}
        if cursor is None or len(found) == len(names):
            return found, True
    return found, False


def every(
    dialect: "CoinbaseOrderDialect", entry: str, query: str, name: str = "orders"
) -> Generator[Step, Any, list[Row]]:
    """All rows of a list. Raises ScriptError."""
    rows: list[Row] = []
    cursor: str | None = ""
    for _ in range(PAGES_MAX):
        more, cursor = yield from page(dialect, entry, query, cursor or "", name)
        rows += more
        if cursor is None:
            return rows
    raise ScriptError(f"the list of {name} does not end after {PAGES_MAX} pages")


def page(
    dialect: "CoinbaseOrderDialect", entry: str, query: str, cursor: str, name: str = "orders",
    *, repeat: bool = True,
) -> Generator[Step, Any, tuple[list[Row], str | None]]:  # fmt: skip
    """One page and the cursor of the next, None when it was the last. Raises ScriptError."""
    if cursor:
        query += f"&cursor={quote(cursor, safe='')}"
    reply = yield from dialect.get(dialect.path(entry), query, repeat=repeat)
    body = body_of(reply)
    rows = rows_of(body, name)
    dialect.ids.learn(answer(200, LIST_TAG, reply.body))
    if body.get("has_next") in (None, False):
        return rows, None
    following = body.get("cursor")
    if not isinstance(following, str) or following in ("", cursor):
        raise ScriptError(f"the list of {name} goes on without saying where")
    return rows, following
