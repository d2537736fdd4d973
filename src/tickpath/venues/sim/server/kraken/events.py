"""Executions and balances as Kraken's private channels tell them. Source: the venue's pages
executions, balances; fields of balance updates beyond asset, amount and balance are unconfirmed."""

from typing import Any

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.kraken.texts import number, short, stamp, txid
from tickpath.venues.sim.server.orders import Execution, Fill, Force, Happening, Order, Status
from tickpath.venues.sim.server.units import UNIT

SIDES = ("buy", "sell")
STATUSES = {
    Status.NEW: "new",
    Status.PARTIALLY_FILLED: "partially_filled",
    Status.FILLED: "filled",
    Status.CANCELED: "canceled",
    Status.EXPIRED: "expired",
}
STEPS = {
    Happening.NEW: "new",
    Happening.CANCELED: "canceled",
    Happening.EXPIRED: "expired",
    Happening.AMENDED: "amended",
    Happening.TRIGGERED: "status",
}


def order_fields(order: Order) -> dict[str, Any]:
    """What every row about an order says."""
    found: dict[str, Any] = {
        "order_id": txid("O", order.id),
        "symbol": order.market.symbol,
        "side": SIDES[order.side],
        "order_type": order.tags.get("order_type", "limit"),
        "order_qty": short(order.quantity),
    }
    if order.client_id:
        found["cl_ord_id"] = order.client_id
    if order.tags.get("userref"):
        found["order_userref"] = order.tags["userref"]
    if order.price:
        found["limit_price"] = number(order.price, order.market.price_decimals)
    found["time_in_force"] = order.force.value
    if order.force is Force.GTD:
        found["expire_time"] = stamp(order.expire_ns)
    found["post_only"] = order.post_only
    return found


def sums(filled: int, paid: int) -> dict[str, Any]:
    """What is filled so far."""
    average = paid * UNIT // filled if filled else 0
    return {"cum_qty": short(filled), "cum_cost": short(paid), "avg_price": short(average)}


def standing_row(order: Order) -> dict[str, Any]:
    """An open order of the snapshot."""
    status = "pending_new" if order.waiting else STATUSES[order.status]
    row = order_fields(order) | {
        "exec_type": "new",
        "order_status": status,
        "timestamp": stamp(order.updated_ns),
    }
    return row | sums(order.filled, order.paid)


def fill_row(fill: Fill, status: str) -> dict[str, Any]:
    """A fill, whose figures are its own."""
    order = fill.order
    return order_fields(order) | {
        "exec_type": "trade",
        "exec_id": txid("T", fill.trade_id),
        "trade_id": fill.trade_id,
        "last_qty": short(fill.quantity),
        "last_price": number(fill.price, order.market.price_decimals),
        "cost": short(fill.money),
        "liquidity_ind": "m" if fill.maker else "t",
        "fees": [{"asset": fill.fee_asset, "qty": short(fill.fee)}],
        "order_status": status,
        "timestamp": stamp(fill.t_ns),
    }


def rows(e: Execution) -> list[dict[str, Any]]:
    """What an execution is told as; the last is the state of the order when it is filled."""
    order, status = e.order, STATUSES[e.status]
    if e.what is Happening.TRADE:
        assert e.fill is not None
        found = [fill_row(e.fill, status) | sums(e.filled, e.paid)]
        if e.status is Status.FILLED:
            state = {"exec_type": "filled", "order_status": "filled", "timestamp": stamp(e.t_ns)}
            found.append(order_fields(order) | state | sums(e.filled, e.paid))
        return found
    if e.what is Happening.NEW and order.stop_price and not order.working_ns:
        status = "pending_new"
    row = order_fields(order) | {
        "exec_type": STEPS[e.what],
        "order_status": status,
        "timestamp": stamp(e.t_ns),
    }
    if e.what in (Happening.CANCELED, Happening.EXPIRED):
        row["reason"] = order.reason or "Order expired"
    return [row | sums(e.filled, e.paid)]


def balance_rows(account: Account) -> list[dict[str, Any]]:
    """The balances snapshot."""
    return [
        {
            "asset": asset,
            "asset_class": "currency",
            "balance": short(balance.total),
            "wallets": [{"type": "spot", "id": "main", "balance": short(balance.total)}],
        }
        for asset, balance in sorted(account.balances.items())
    ]


def ledger_row(account: Account, asset: str, amount: int, fee: int, e: Execution) -> dict[str, Any]:
    """A change of a balance by a trade."""
    assert e.fill is not None
    return {
        "ledger_id": txid("L", e.id * 2 + (asset == e.order.market.base)),
        "ref_id": txid("T", e.fill.trade_id),
        "timestamp": stamp(e.t_ns),
        "type": "trade",
        "asset": asset,
        "asset_class": "currency",
        "category": "trade",
        "wallet_type": "spot",
        "wallet_id": "main",
        "amount": short(amount),
        "fee": short(fee),
        "balance": short(account.balance(asset).total),
    }
