"""Orders of Kraken's requests, in the words of the WebSocket; REST is translated to them.

Errors are the venue's families: EGeneral, EOrder, EAPI, EService. Source: the venue's pages
add_order, amend_order, AddOrder; texts of refusals that no page lists are marked in the reference.
"""

import datetime
import re
from decimal import Decimal
from typing import Any

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.clock import SECOND
from tickpath.venues.sim.server.orders import BUY, SELL, Force, Kind, Market, Order, Why
from tickpath.venues.sim.server.units import NumberError, cost_of, parse

SIDES = {"buy": BUY, "sell": SELL}
FORCES = {"gtc": Force.GTC, "ioc": Force.IOC, "gtd": Force.GTD, "fok": Force.FOK}
KINDS = {
    "limit": Kind.LIMIT,
    "market": Kind.MARKET,
    "stop-loss": Kind.STOP,
    "stop-loss-limit": Kind.STOP_LIMIT,
    "take-profit": Kind.PROFIT,
    "take-profit-limit": Kind.PROFIT_LIMIT,
}
PRICED = (Kind.LIMIT, Kind.STOP_LIMIT, Kind.PROFIT_LIMIT)
CLIENT_ID = re.compile(
    r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}|[!-~]{1,18}", re.ASCII
)
WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)
EXPONENT = re.compile(r"\d(?:\.\d+)?[eE][+-]?\d{1,2}", re.ASCII)
"""JSON numbers may come with an exponent."""

REASONS = {
    Why.CLOSED: "EService:Market in cancel_only mode",
    Why.FUNDS: "EOrder:Insufficient funds",
    Why.DUPLICATE: "EOrder:cl_ord_id is already in use",
    Why.CROSSES: "EOrder:Post only order",
    Why.TRIGGERS: "EOrder:Trigger price would trigger immediately",
    Why.UNKNOWN: "EOrder:Unknown order",
    Why.QUANTITY: "EOrder:Invalid amend quantity",
    Why.NO_CHANGE: "EOrder:No change",
    Why.EXPIRED: "EGeneral:Invalid arguments:expire_time",
}
DEADLINE_NS = (SECOND // 2, 60 * SECOND)


class KrakenError(Exception):
    """A request is refused, in the venue's words."""


def invalid(name: str) -> KrakenError:
    return KrakenError(f"EGeneral:Invalid arguments:{name}")


def units(params: dict[str, Any], name: str, needed: bool = False) -> int:
    """A number of a request in 10^-8; 0 when it is not sent."""
    value = params.get(name)
    if value is None or value == "":
        if needed:
            raise invalid(name)
        return 0
    text = str(value)
    found = EXPONENT.fullmatch(text)
    try:
        return parse(format(Decimal(text), "f") if found else text)
    except NumberError as error:
        raise invalid(name) from error


def whole(params: dict[str, Any], name: str, default: int, low: int, high: int) -> int:
    """A whole number within bounds; the default when it is not sent. Raises KrakenError."""
    value = params.get(name)
    if value is None or value == "":
        return default
    text = str(value)
    if isinstance(value, bool) or not WHOLE.fullmatch(text) or not low <= int(text) <= high:
        raise invalid(name)
    return int(text)


def entries_of(value: Any) -> list[dict[str, Any]]:
    """A list of objects. Raises KrakenError."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise invalid("orders")
    return value


def flag(params: dict[str, Any], name: str) -> bool:
    value = params.get(name, False)
    if isinstance(value, str):
        value = {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)
    if not isinstance(value, bool):
        raise invalid(name)
    return value


def new_order(params: dict[str, Any], market: Market, account: Account, now_ns: int) -> Order:
    """An order of its parameters. Raises KrakenError."""
    side = SIDES.get(str(params.get("side")))
    kind = KINDS.get(str(params.get("order_type")))
    if side is None:
        raise invalid("side")
    if kind is None:
        raise invalid("order_type")
    order = Order(0, market, side, 0, 0, account=account, kind=kind)
    order.tags["order_type"] = str(params["order_type"])
    order.quantity = units(params, "order_qty")
    if not order.quantity and kind is Kind.MARKET and side == BUY:
        order.spend = units(params, "cash_order_qty", needed=True)
        order.quantity = 10**20
    if kind in PRICED:
        order.price = units(params, "limit_price", needed=True)
    if "stop" in order.tags["order_type"] or "profit" in order.tags["order_type"]:
        trigger = params.get("triggers")
        if not isinstance(trigger, dict):
            raise invalid("triggers")
        order.stop_price = units(trigger, "price", needed=True)
    set_force(params, order, now_ns)
    order.post_only = flag(params, "post_only")
    order.client_id = str(params.get("cl_ord_id") or "")
    if order.client_id and not CLIENT_ID.fullmatch(order.client_id):
        raise invalid("cl_ord_id")
    order.tags["userref"] = whole(params, "order_userref", 0, -(2**31), 2**31 - 1)
    order.clip = units(params, "display_qty")
    check_sizes(order)
    check_deadline(params, now_ns)
    return order


def set_force(params: dict[str, Any], order: Order, now_ns: int) -> None:
    """Time in force and date."""
    name = str(params.get("time_in_force") or "gtc").lower()
    if name not in FORCES:
        raise invalid("time_in_force")
    order.force = FORCES[name]
    if order.force is Force.GTD:
        order.expire_ns = date_ns(params, "expire_time")
        if order.expire_ns <= now_ns:
            raise invalid("expire_time")


def date_ns(params: dict[str, Any], name: str) -> int:
    """An RFC 3339 time, or seconds since 1970, or "+seconds" as REST has it. Raises KrakenError."""
    text = str(params.get(name) or "")
    try:
        if WHOLE.fullmatch(text):
            return int(text) * SECOND
        when = datetime.datetime.fromisoformat(text)
        if when.tzinfo is None:
            raise ValueError(text)
        return int(when.timestamp() * 10**6) * 1000
    except (ValueError, OverflowError) as error:
        raise invalid(name) from error


def check_deadline(params: dict[str, Any], now_ns: int) -> None:
    """A request that came later than its sender wanted is refused."""
    if not params.get("deadline"):
        return
    left = date_ns(params, "deadline") - now_ns
    if left <= 0:
        raise KrakenError("EGeneral:Deadline passed")
    if left > DEADLINE_NS[1]:
        raise invalid("deadline")


def check_sizes(order: Order) -> None:
    """Sizes and prices that the pair allows."""
    market = order.market
    for name, price in (("price", order.price), ("trigger price", order.stop_price)):
        if price % market.tick:
            raise KrakenError(f"EOrder:Invalid {name}")
    if order.kind in PRICED and not order.price:
        raise KrakenError("EOrder:Invalid price")
    if order.spend:
        return
    if order.quantity % market.step:
        raise invalid("volume")
    if order.quantity < market.quantity_min:
        raise invalid("volume minimum not met")
    if order.price and cost_of(order.price, order.quantity) < market.notional_min:
        raise KrakenError("EOrder:Cost minimum not met")
    if order.clip and order.clip * 15 < order.quantity:
        raise invalid("display_qty")
