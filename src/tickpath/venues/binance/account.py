"""Reconciliation with a Binance account: what became of the engine's orders, what it holds.

Orders that stand open at the venue are told by one list; each other order of the engine is asked
for by its client order id. Where the venue counts more than the engine, the trades of that order
are asked for and told first, so that an order ends with every fill. An order that the venue does
not know is only believed absent once its request can no longer arrive (its receive window).
"""

import json
from collections.abc import Generator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tickpath.core import ids
from tickpath.core.config import Instrument
from tickpath.core.records import OrderState
from tickpath.venues.binance.errors import NO_SUCH_ORDER, TIMEOUT
from tickpath.venues.binance.replies import error_frame
from tickpath.venues.order_steps import (
    Known,
    Script,
    ScriptError,
    Standing,
    Step,
    Wait,
    open_cost,
)
from tickpath.venues.script_values import compact, decimal_of

if TYPE_CHECKING:
    from tickpath.venues.binance.order_session import BinanceOrderDialect

DOUBTED = (OrderState.PENDING_NEW, OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE)
"""States whose request died with the line: unknown until the venue's word is told."""

Row = Mapping[str, Any]


def reconcile(dialect: "BinanceOrderDialect", known: Sequence[Known]) -> Script:
    """Returns a `Standing`; see the module."""
    standing = Standing()
    rows = yield from dialect.ask("open_orders", "")
    opened = {str(row["clientOrderId"]): row for row in rows if isinstance(row, dict)}
    symbols = {i.index: i for i in dialect.instruments.values()}
    for order in known:
        row = opened.pop(ids.to_text(order.client_order_id), None)
        yield from _order(dialect, standing, order, symbols[order.instrument], row)
    standing.strays = [dialect.stray_of(row) for row in opened.values()]
    content = yield from dialect.ask("balances", "")
    standing.balances = balances_of(content)
    if not dialect.spot:
        rows = yield from dialect.ask("positions", "")
        for row in rows:
            _hold(dialect, standing, row)
    return standing


def _hold(dialect: "BinanceOrderDialect", standing: Standing, row: Row) -> None:
    """Add a row of positionRisk; in hedge mode a symbol has two."""
    name, quantity = str(row["symbol"]), decimal_of(row["positionAmt"])
    standing.positions[name] = standing.positions.get(name, Decimal(0)) + quantity
    about = dialect.instruments.get(name)
    if about is not None:
        asset, price = dialect.settles[name], decimal_of(row["entryPrice"])
        cost = open_cost(about, quantity, price)
        standing.costs[asset] = standing.costs.get(asset, Decimal(0)) + cost


def _order(
    dialect: "BinanceOrderDialect", standing: Standing, order: Known, about: Instrument,
    row: Row | None,
) -> Script:  # fmt: skip
    """Bring one order up to date: doubts, then fills, then how it stands."""
    own = ids.to_text(order.client_order_id)
    if order.state in DOUBTED and not order.ended:
        standing.frames.append(error_frame(own.encode(), 500, TIMEOUT))
    if row is None:
        row = yield from _find(dialect, order, about)
    if row is None:
        standing.frames.append(error_frame(b"q" + own.encode(), 400, NO_SUCH_ORDER))
        return
    lots = decimal_of(row["executedQty"]) / about.lot_size
    if lots > order.filled_lots:
        query = f"symbol={about.symbol}&orderId={int(row['orderId'])}&limit=1000"
        trades = yield from dialect.ask("trades", query)
        standing.frames += [
            _fill(dialect.spot, own, trade)
            for trade in sorted(trades, key=lambda trade: int(trade["id"]))
        ]
    if not order.ended:
        reply = {"id": f"q{own}", "status": 200, "result": dict(row)}
        standing.frames.append(compact(reply))


def _find(
    dialect: "BinanceOrderDialect", order: Known, about: Instrument
) -> Generator[Step, Any, Row | None]:
    """An order by its client order id, None once it is certain that the venue never had it."""
    query = f"symbol={about.symbol}&origClientOrderId={ids.to_text(order.client_order_id)}"
    for _ in range(2):
        reply = yield dialect.signed("GET", "order", query)
        try:
            content = json.loads(reply.body)
        except (ValueError, RecursionError):
            raise ScriptError(f"HTTP {reply.status}: the answer is no JSON") from None
        if reply.status == 200:
            return dict(content)
        if not isinstance(content, dict) or content.get("code") != NO_SUCH_ORDER:
            raise ScriptError(f"query of order {query}: HTTP {reply.status}")
        left_ns = order.t_sent_ns + dialect.in_flight_ns - dialect.now_ns()
        if left_ns <= 0:
            return None
        yield Wait(left_ns)
    return None


def balances_of(content: Any) -> dict[str, Decimal]:
    """Totals by asset: /account of spot, /balance of futures. Raises ScriptError."""
    rows = content.get("balances") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise ScriptError("the venue's answer has no balances")
    found = {}
    for row in rows:
        total = [row["balance"]] if "balance" in row else [row["free"], row["locked"]]
        found[str(row["asset"])] = sum(map(decimal_of, total), Decimal(0))
    return found


def _fill(spot: bool, own: str, trade: Row) -> bytes:
    """A trade of the account as the event that was not heard."""
    fields = {
        "s": trade["symbol"], "c": own, "C": "", "x": "TRADE", "i": trade["orderId"],
        "l": trade["qty"], "L": trade["price"], "n": trade["commission"],
        "N": trade["commissionAsset"], "T": trade["time"], "t": trade["id"],
        "m": trade["isMaker" if spot else "maker"],
    }  # fmt: skip
    if spot:
        return compact({"e": "executionReport", "E": trade["time"], **fields})
    return compact({"e": "ORDER_TRADE_UPDATE", "E": trade["time"], "o": fields})
