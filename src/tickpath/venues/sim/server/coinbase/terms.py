"""Orders of Coinbase's requests: an `order_configuration` of one of the kinds below.

A refusal is an answer with status 200 and `success` false. Source: the venue's page Create Order;
which reason a size or price gets is unconfirmed.
"""

import datetime
from typing import Any

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.exchange import Exchange
from tickpath.venues.sim.server.orders import BUY, SELL, Force, Kind, Market, Order, Why
from tickpath.venues.sim.server.units import NumberError, cost_of, parse

SIDES = {"BUY": BUY, "SELL": SELL}
KINDS = {
    "limit_limit_gtc": (Kind.LIMIT, Force.GTC),
    "limit_limit_gtd": (Kind.LIMIT, Force.GTD),
    "limit_limit_fok": (Kind.LIMIT, Force.FOK),
    "sor_limit_ioc": (Kind.LIMIT, Force.IOC),
    "market_market_ioc": (Kind.MARKET, Force.GTC),
    "market_market_fok": (Kind.MARKET, Force.FOK),
    "stop_limit_stop_limit_gtc": (Kind.STOP_LIMIT, Force.GTC),
    "stop_limit_stop_limit_gtd": (Kind.STOP_LIMIT, Force.GTD),
}
REASONS = {
    Why.CLOSED: ("UNSUPPORTED_ORDER_CONFIGURATION", "Trading is disabled for this product"),
    Why.FUNDS: ("INSUFFICIENT_FUND", "Insufficient balance in source account"),
    Why.CROSSES: ("INVALID_LIMIT_PRICE_POST_ONLY", "Invalid limit price for post only limit order"),
    Why.TRIGGERS: ("INVALID_STOP_PRICE", "Stop price would trigger at once"),
    Why.EXPIRED: ("UNSUPPORTED_ORDER_CONFIGURATION", "end_time is in the past"),
    Why.DUPLICATE: ("UNKNOWN_FAILURE_REASON", "Duplicate client_order_id"),
}


class CoinbaseError(Exception):
    """A refusal: reason and message."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


def units(fields: dict[str, Any], name: str, needed: bool = False) -> int:
    """A number in 10^-8; 0 when it is not sent. Raises CoinbaseError."""
    value = fields.get(name)
    if value in (None, ""):
        if needed:
            raise CoinbaseError("UNSUPPORTED_ORDER_CONFIGURATION", f"{name} is missing")
        return 0
    try:
        return parse(str(value))
    except NumberError as error:
        raise CoinbaseError("UNSUPPORTED_ORDER_CONFIGURATION", f"{name} is no number") from error


def new_order(body: dict[str, Any], market: Market, account: Account) -> Order:
    """The order of a request. Raises CoinbaseError."""
    side, configuration = SIDES.get(str(body.get("side"))), body.get("order_configuration")
    if side is None:
        raise CoinbaseError("INVALID_SIDE", "side is BUY or SELL")
    if not isinstance(configuration, dict) or len(configuration) != 1:
        raise CoinbaseError(
            "UNSUPPORTED_ORDER_CONFIGURATION", "The order configuration was invalid"
        )
    (name, fields), *_ = configuration.items()
    if name not in KINDS or not isinstance(fields, dict):
        raise CoinbaseError("UNSUPPORTED_ORDER_CONFIGURATION", f"{name} is not supported")
    kind, force = KINDS[name]
    order = Order(0, market, side, 0, 0, account=account, kind=kind, force=force)
    order.tags["configuration"] = configuration
    order.client_id = str(body.get("client_order_id") or "")
    if kind is Kind.MARKET and fields.get("quote_size"):
        order.spend, order.quantity = units(fields, "quote_size"), 10**20
    else:
        order.quantity = units(fields, "base_size", needed=True)
    if kind is not Kind.MARKET:
        order.price = units(fields, "limit_price", needed=True)
    if kind is Kind.STOP_LIMIT:
        order.stop_price = units(fields, "stop_price", needed=True)
        up = fields.get("stop_direction") == "STOP_DIRECTION_STOP_UP"
        order.kind = Kind.STOP_LIMIT if up == (side == BUY) else Kind.PROFIT_LIMIT
    if force is Force.GTD:
        order.expire_ns = date_ns(fields.get("end_time"))
    order.post_only = fields.get("post_only") is True
    return order


def date_ns(value: Any) -> int:
    """An RFC 3339 time. Raises CoinbaseError."""
    try:
        return int(datetime.datetime.fromisoformat(str(value)).timestamp() * 10**6) * 1000
    except (ValueError, OverflowError) as error:
        raise CoinbaseError("UNSUPPORTED_ORDER_CONFIGURATION", "end_time is no time") from error


def check(exchange: Exchange, order: Order) -> None:
    """Sizes and prices that the product allows. Raises CoinbaseError."""
    market = order.market
    for price in (order.price, order.stop_price):
        if price % market.tick:
            raise CoinbaseError("INVALID_PRICE_PRECISION", "Too many decimals in order price")
    if order.kind is not Kind.MARKET and not order.price:
        raise CoinbaseError("INVALID_LIMIT_PRICE", "Limit price is invalid")
    if order.spend:
        if order.spend < market.notional_min:
            raise CoinbaseError("INVALID_QUOTE_SIZE", "Order size is below the minimum")
        return
    if order.quantity % market.step:
        raise CoinbaseError("INVALID_SIZE_PRECISION", "Too many decimals in order size")
    if not market.quantity_min <= order.quantity <= market.quantity_max:
        raise CoinbaseError("INVALID_BASE_SIZE", "Order size is not within the limits")
    money = cost_of(order.price or exchange.mark(market), order.quantity)
    if money < market.notional_min:
        raise CoinbaseError("INVALID_BASE_SIZE", "Order value is below the minimum")
