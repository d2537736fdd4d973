"""Reconciliation with a Coinbase account: what became of the engine's orders, what it holds.

Orders that stand open are told by one list; each other order of the engine is asked for by the
venue's id, or looked for in the list of all orders. The venue tells totals of an order and the
codec knows those told before, so an order told again brings what was missed of its fills and fees
and nothing twice. An order that the venue does not know is only believed absent once its request
can no longer arrive.
"""

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from tickpath.core import ids
from tickpath.core.records import OrderState
from tickpath.venues.coinbase.lookup import AROUND_NS, OPEN, PAGE_ACCOUNTS, every, search
from tickpath.venues.coinbase.replies import (
    NO_SUCH_ORDER,
    Row,
    absent_frame,
    balances_of,
    body_of,
    order_frame,
)
from tickpath.venues.coinbase.rest import STATUS_NONE, answer
from tickpath.venues.order_steps import Known, Script, ScriptError, Standing, Step, Wait

if TYPE_CHECKING:
    from tickpath.venues.coinbase.order_session import CoinbaseOrderDialect

DOUBTED = {
    OrderState.PENDING_NEW: "n", OrderState.PENDING_CANCEL: "c", OrderState.PENDING_REPLACE: "c",
}  # fmt: skip
"""States whose request died with the line, and its letter: unknown until the venue's word is
told."""


def reconcile(dialect: "CoinbaseOrderDialect", known: Sequence[Known]) -> Script:
    """Returns a `Standing`; see the module."""
    opened = yield from every(dialect, "open_orders", OPEN)
    rows = {str(row.get("client_order_id")): row for row in opened}
    missing = [order for order in known if name_of(order) not in rows]
    rows |= yield from _asked(dialect, missing)
    missing = [order for order in known if name_of(order) not in rows]
    rows |= yield from _searched(dialect, missing)
    standing = Standing()
    for order in known:
        standing.frames += _frames(order, rows.get(name_of(order)))
    alive = {name_of(order) for order in known if not order.ended}
    standing.strays = [
        dialect.stray_of(row) for row in opened if str(row.get("client_order_id")) not in alive
    ]
    wallets = yield from every(dialect, "accounts", f"limit={PAGE_ACCOUNTS}", "accounts")
    standing.balances = balances_of(wallets)
    return standing


def name_of(order: Known) -> str:
    """The client order id as the venue has it."""
    return ids.to_text(order.client_order_id)


def _asked(
    dialect: "CoinbaseOrderDialect", orders: Sequence[Known]
) -> Generator[Step, Any, dict[str, Row]]:
    """Orders whose id at the venue is known, each by that."""
    found: dict[str, Row] = {}
    for own in map(name_of, orders):
        venue_id = dialect.ids.find(own)
        if not venue_id:
            continue
        path = dialect.path("order").format(order_id=venue_id)
        reply = yield from dialect.get(path)
        if reply.status == NO_SUCH_ORDER:
            continue
        row = body_of(reply).get("order")
        if not isinstance(row, dict) or row.get("client_order_id") != own:
            raise ScriptError(f"the venue's answer is not about order {own}")
        found[own] = row
    return found


def _searched(
    dialect: "CoinbaseOrderDialect", orders: Sequence[Known]
) -> Generator[Step, Any, dict[str, Row]]:
    """Orders in the lists of when they were sent; those that are not in what is returned are
    nowhere."""
    found: dict[str, Row] = {}
    left = sorted(orders, key=lambda order: order.t_sent_ns)
    while left:
        first_ns = left[0].t_sent_ns
        group = [order for order in left if order.t_sent_ns <= first_ns + AROUND_NS]
        left = left[len(group) :]
        found |= yield from _group(dialect, group, first_ns)
    return found


def _group(
    dialect: "CoinbaseOrderDialect", orders: Sequence[Known], first_ns: int
) -> Generator[Step, Any, dict[str, Row]]:
    """Orders that were sent within AROUND_NS."""
    names = [name_of(order) for order in orders]
    found: dict[str, Row] = {}
    for _ in range(2):
        left_ns = max(dialect.left_ns(order.t_sent_ns) for order in orders)
        found, whole = yield from search(dialect, names, first_ns)
        if not whole:
            raise ScriptError(f"the list of orders is too long to look for {names[0]}")
        if len(found) == len(names) or left_ns <= 0:
            break
        yield Wait(left_ns)
    return found


def _frames(order: Known, row: Row | None) -> list[bytes]:
    """Bring one order up to date: doubts, then what is new of its fills and how it stands."""
    own = name_of(order)
    frames = []
    if order.state in DOUBTED and not order.ended:
        frames.append(answer(STATUS_NONE, f"{DOUBTED[OrderState(order.state)]}{own}", b""))
    frames.append(absent_frame(own) if row is None else order_frame(own, row))
    return frames
