"""Orders and fills as Kraken's REST writes them, and its parameters in the WebSocket's words."""

from typing import Any

from tickpath.venues.sim.server.kraken.events import SIDES
from tickpath.venues.sim.server.kraken.terms import PRICED, KrakenError
from tickpath.venues.sim.server.kraken.texts import pair_names, seconds, stamp, txid
from tickpath.venues.sim.server.orders import Fill, Order, Status
from tickpath.venues.sim.server.units import UNIT, fixed

STATUSES = {
    Status.NEW: "open",
    Status.PARTIALLY_FILLED: "open",
    Status.FILLED: "closed",
    Status.CANCELED: "canceled",
    Status.EXPIRED: "expired",
}


def add_terms(params: dict[str, Any], symbol: str, now_ns: int) -> dict[str, Any]:
    """AddOrder in the words of add_order."""
    kind, flags = str(params.get("ordertype") or ""), str(params.get("oflags") or "")
    limits = kind in ("limit", "stop-loss-limit", "take-profit-limit")
    trigger = kind.startswith(("stop-loss", "take-profit"))
    terms: dict[str, Any] = {
        "symbol": symbol,
        "side": params.get("type"),
        "order_type": kind,
        "order_qty": params.get("volume"),
        "time_in_force": params.get("timeinforce") or "gtc",
        "post_only": "post" in flags.split(","),
        "cl_ord_id": params.get("cl_ord_id"),
        "order_userref": params.get("userref"),
        "validate": params.get("validate") in (True, "true", "1"),
        "deadline": params.get("deadline"),
    }
    if "viqc" in flags.split(","):
        terms |= {"order_qty": None, "cash_order_qty": params.get("volume")}
    if limits:
        terms["limit_price"] = params.get("price2") if trigger else params.get("price")
    if trigger:
        terms["triggers"] = {"price": params.get("price")}
    expire = str(params.get("expiretm") or "")
    if expire.startswith("+"):
        if not expire[1:].isdigit():
            raise KrakenError("EGeneral:Invalid arguments:expiretm")
        expire = stamp(now_ns + int(expire[1:]) * 10**9)
    if expire and expire != "0":
        terms["expire_time"] = expire
    return terms


def order_row(order: Order) -> dict[str, Any]:
    """An order of OpenOrders and QueryOrders."""
    market = order.market
    price, quantity = market.price_decimals, market.quantity_decimals
    average = order.paid * UNIT // order.filled if order.filled else 0
    limit = order.price if order.kind in PRICED else 0
    kind = order.tags.get("order_type", "limit")
    pair = pair_names(market)[1]
    words = f"{SIDES[order.side]} {fixed(order.quantity, quantity)} {pair} @ {kind}"
    return {
        "refid": None,
        "userref": order.tags.get("userref", 0),
        "cl_ord_id": order.client_id or None,
        "status": STATUSES[order.status],
        "opentm": seconds(order.created_ns),
        "starttm": 0,
        "expiretm": order.expire_ns // 10**9,
        "descr": {
            "pair": pair,
            "type": SIDES[order.side],
            "ordertype": kind,
            "price": fixed(order.stop_price or limit, price),
            "price2": fixed(limit if order.stop_price else 0, price),
            "leverage": "none",
            "order": f"{words} {fixed(limit, price)}" if limit else words,
            "close": "",
        },
        "vol": fixed(order.quantity, quantity),
        "vol_exec": fixed(order.filled, quantity),
        "cost": fixed(order.paid, 5),
        "fee": fixed(order.fee, 5),
        "price": fixed(average, price),
        "stopprice": fixed(order.stop_price, 5),
        "limitprice": fixed(0, 5),
        "misc": "",
        "oflags": "fciq,post" if order.post_only else "fciq",
        "timeinforce": order.force.value,
    }


def closed(order: Order) -> dict[str, Any]:
    """An order that is over."""
    reason = order.reason or None
    return order_row(order) | {"reason": reason, "closetm": seconds(order.updated_ns)}


def trade_row(fill: Fill) -> dict[str, Any]:
    """A fill of TradesHistory."""
    market = fill.order.market
    return {
        "ordertxid": txid("O", fill.order.id),
        "postxid": txid("P", fill.order.id),
        "pair": pair_names(market)[0],
        "time": seconds(fill.t_ns),
        "type": SIDES[fill.order.side],
        "ordertype": fill.order.tags.get("order_type", "limit"),
        "price": fixed(fill.price, market.price_decimals),
        "cost": fixed(fill.money, 5),
        "fee": fixed(fill.fee),
        "vol": fixed(fill.quantity, market.quantity_decimals),
        "margin": fixed(0, 5),
        "misc": "",
        "trade_id": fill.trade_id,
        "maker": fill.maker,
    }
