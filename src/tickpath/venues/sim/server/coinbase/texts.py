"""Coinbase's words: times, ids, orders, fills, products, accounts. Source: the venue's pages of the
Advanced Trade REST API and WebSocket channels."""

import uuid
from typing import Any

from tickpath.venues.sim.server.accounts import Account, Balance
from tickpath.venues.sim.server.exchange import Exchange
from tickpath.venues.sim.server.kraken.texts import stamp
from tickpath.venues.sim.server.orders import (
    Execution,
    Fill,
    Force,
    Kind,
    Market,
    Order,
    Status,
    Trade,
    opposite,
)
from tickpath.venues.sim.server.units import UNIT, plain

SIDES = ("BUY", "SELL")
FORCES = {
    Force.GTC: "GOOD_UNTIL_CANCELLED",
    Force.GTD: "GOOD_UNTIL_DATE_TIME",
    Force.IOC: "IMMEDIATE_OR_CANCEL",
    Force.FOK: "FILL_OR_KILL",
}
NAMESPACE = uuid.UUID(int=0x7EA5E)


def order_id(order: Order) -> str:
    return str(uuid.uuid5(NAMESPACE, f"order {order.id}"))


def wallet_id(account: Account, asset: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"wallet {account.name} {asset}"))


def portfolio_id(account: Account) -> str:
    return str(uuid.uuid5(NAMESPACE, f"portfolio {account.name}"))


def kind_of(order: Order) -> str:
    if order.kind is Kind.MARKET:
        return "MARKET"
    return "STOP_LIMIT" if order.stop_price else "LIMIT"


def force_of(order: Order) -> str:
    return FORCES[Force.IOC] if order.kind is Kind.MARKET else FORCES[order.force]


def status_of(order: Order, status: Status) -> str:
    """Immediate orders that are not filled end as cancelled, dated ones as expired."""
    if status in (Status.NEW, Status.PARTIALLY_FILLED):
        return "OPEN"
    if status is Status.FILLED:
        return "FILLED"
    dated = status is Status.EXPIRED and order.force is Force.GTD
    return "EXPIRED" if dated else "CANCELLED"


def average(paid: int, filled: int) -> str:
    return plain(paid * UNIT // filled) if filled else "0"


def order_row(order: Order) -> dict[str, Any]:
    """An order of the REST API."""
    account = order.account
    assert account is not None
    with_fees = order.paid + order.fee if order.side == 0 else order.paid - order.fee
    done = order.filled * 10_000 // order.quantity if order.quantity else 0
    return {
        "order_id": order_id(order),
        "product_id": order.market.symbol,
        "user_id": portfolio_id(account),
        "order_configuration": order.tags["configuration"],
        "side": SIDES[order.side],
        "client_order_id": order.client_id,
        "status": status_of(order, order.status),
        "time_in_force": force_of(order),
        "created_time": stamp(order.created_ns),
        "completion_percentage": plain(done * UNIT // 100),
        "filled_size": plain(order.filled),
        "average_filled_price": average(order.paid, order.filled),
        "fee": "",
        "number_of_fills": str(order.fill_count),
        "filled_value": plain(order.paid),
        "pending_cancel": False,
        "size_in_quote": order.spend > 0,
        "total_fees": plain(order.fee),
        "size_inclusive_of_fees": False,
        "total_value_after_fees": plain(with_fees),
        "trigger_status": trigger_of(order),
        "order_type": kind_of(order),
        "reject_reason": "REJECT_REASON_UNSPECIFIED",
        "settled": order.status is Status.FILLED,
        "product_type": "SPOT",
        "reject_message": "",
        "cancel_message": order.reason,
        "order_placement_source": "RETAIL_ADVANCED",
        "outstanding_hold_amount": plain(order.locked),
        "is_liquidation": False,
        "last_fill_time": stamp(order.filled_ns) if order.filled_ns else None,
        "edit_history": order.tags.get("edits", []),
        "leverage": "",
        "margin_type": "UNKNOWN_MARGIN_TYPE",
        "retail_portfolio_id": portfolio_id(account),
        "originating_order_id": "",
        "attached_order_id": "",
    }


def trigger_of(order: Order) -> str:
    if not order.stop_price:
        return "INVALID_ORDER_TYPE"
    return "STOP_PENDING" if order.waiting else "STOP_TRIGGERED"


def user_row(order: Order, e: Execution | None = None) -> dict[str, Any]:
    """An order of the user channel, as it was right after an execution."""
    filled, paid = (e.filled, e.paid) if e else (order.filled, order.paid)
    quantity = e.quantity if e else order.quantity
    status = status_of(order, e.status if e else order.status)
    leaves = quantity - filled if status == "OPEN" else 0
    fee = order.fee
    account = order.account
    assert account is not None
    return {
        "order_id": order_id(order),
        "client_order_id": order.client_id,
        "cumulative_quantity": plain(filled),
        "leaves_quantity": "0" if order.spend else plain(leaves),
        "avg_price": average(paid, filled),
        "total_fees": plain(fee),
        "status": status,
        "product_id": order.market.symbol,
        "creation_time": stamp(order.created_ns),
        "order_side": SIDES[order.side],
        "order_type": {"MARKET": "Market", "LIMIT": "Limit"}.get(kind_of(order), "Stop Limit"),
        "cancel_reason": order.reason if status == "CANCELLED" else "",
        "reject_Reason": "",
        "limit_price": plain(order.price) if order.price else "",
        "stop_price": plain(order.stop_price) if order.stop_price else "",
        "outstanding_hold_amount": plain(order.locked),
        "filled_value": plain(paid),
        "number_of_fills": str(order.fill_count),
        "total_value_after_fees": plain(paid + fee if order.side == 0 else paid - fee),
        "contract_expiry_type": "UNKNOWN_CONTRACT_EXPIRY_TYPE",
        "product_type": "SPOT",
        "risk_managed_by": "UNKNOWN_RISK_MANAGEMENT_TYPE",
        "time_in_force": force_of(order),
        "trigger_status": trigger_of(order),
        "post_only": "true" if order.post_only else "false",
        "retail_portfolio_id": portfolio_id(account),
    }


def fill_row(fill: Fill) -> dict[str, Any]:
    """A fill of the REST API."""
    account = fill.order.account
    assert account is not None
    return {
        "entry_id": str(uuid.uuid5(NAMESPACE, f"entry {fill.trade_id} {fill.order.id}")),
        "trade_id": str(uuid.uuid5(NAMESPACE, f"trade {fill.trade_id}")),
        "order_id": order_id(fill.order),
        "trade_time": stamp(fill.t_ns),
        "trade_type": "FILL",
        "price": plain(fill.price),
        "size": plain(fill.quantity),
        "commission": plain(fill.fee),
        "product_id": fill.order.market.symbol,
        "sequence_timestamp": stamp(fill.t_ns),
        "liquidity_indicator": "MAKER" if fill.maker else "TAKER",
        "size_in_quote": False,
        "user_id": portfolio_id(account),
        "side": SIDES[fill.order.side],
        "retail_portfolio_id": portfolio_id(account),
    }


def trade_row(trade: Trade) -> dict[str, Any]:
    """A public trade; the side is the maker's."""
    return {
        "trade_id": str(trade.id),
        "product_id": trade.market.symbol,
        "price": plain(trade.price),
        "size": plain(trade.quantity),
        "side": SIDES[opposite(trade.taker_side)],
        "time": stamp(trade.t_ns),
    }


def product_row(exchange: Exchange, market: Market) -> dict[str, Any]:
    """A product of the REST API."""
    halted = market.symbol in exchange.halted
    return {
        "product_id": market.symbol,
        "price": plain(exchange.mark(market)),
        "price_percentage_change_24h": "0",
        "volume_24h": plain(exchange.day(market).volume),
        "volume_percentage_change_24h": "0",
        "base_increment": plain(market.step),
        "quote_increment": plain(market.tick),
        "quote_min_size": plain(market.notional_min),
        "quote_max_size": "150000000",
        "base_min_size": plain(market.quantity_min),
        "base_max_size": plain(market.quantity_max),
        "base_name": market.base,
        "quote_name": market.quote,
        "watched": False,
        "is_disabled": False,
        "new": False,
        "status": "online",
        "cancel_only": halted,
        "limit_only": False,
        "post_only": False,
        "trading_disabled": halted,
        "auction_mode": False,
        "product_type": "SPOT",
        "quote_currency_id": market.quote,
        "base_currency_id": market.base,
        "mid_market_price": "",
        "alias": "",
        "alias_to": [],
        "base_display_symbol": market.base,
        "quote_display_symbol": market.quote,
        "view_only": False,
        "price_increment": plain(market.tick),
        "display_name": market.symbol,
        "product_venue": "CBE",
        "approximate_quote_24h_volume": "0",
    }


def wallet_row(account: Account, asset: str, balance: Balance, t_ns: int) -> dict[str, Any]:
    """An account of the REST API: one currency."""
    return {
        "uuid": wallet_id(account, asset),
        "name": f"{asset} Wallet",
        "currency": asset,
        "available_balance": {"value": plain(balance.free), "currency": asset},
        "default": True,
        "active": True,
        "created_at": stamp(0),
        "updated_at": stamp(t_ns),
        "deleted_at": None,
        "type": "ACCOUNT_TYPE_FIAT" if asset in ("USD", "EUR", "GBP") else "ACCOUNT_TYPE_CRYPTO",
        "ready": True,
        "hold": {"value": plain(balance.locked), "currency": asset},
        "retail_portfolio_id": portfolio_id(account),
        "platform": "ACCOUNT_PLATFORM_CONSUMER",
    }
