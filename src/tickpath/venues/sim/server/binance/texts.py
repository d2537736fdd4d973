"""Orders, fills and events of spot as the venue writes them. Sources: rest-api.md,
web-socket-api.md, user-data-stream.md."""

from typing import Any

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.clock import MS
from tickpath.venues.sim.server.orders import BUY, Execution, Fill, Happening, Kind, Order
from tickpath.venues.sim.server.units import fixed

SIDES = ("BUY", "SELL")
ZERO = fixed(0)
STP = "NONE"


TYPES = {
    Kind.LIMIT: "LIMIT",
    Kind.MARKET: "MARKET",
    Kind.STOP: "STOP_LOSS",
    Kind.STOP_LIMIT: "STOP_LOSS_LIMIT",
    Kind.PROFIT: "TAKE_PROFIT",
    Kind.PROFIT_LIMIT: "TAKE_PROFIT_LIMIT",
}


def type_of(order: Order) -> str:
    """The type as the client named it; for orders made in the process, that of their kind."""
    named: str | None = order.tags.get("type")
    return named or ("LIMIT_MAKER" if order.post_only else TYPES[order.kind])


def ms(ns: int) -> int:
    return ns // MS


def amounts(order: Order) -> dict[str, Any]:
    """What every answer about an order says of its sizes."""
    return {
        "price": fixed(order.price),
        "origQty": fixed(0 if order.spend and not order.filled and order.open else order.quantity),
        "executedQty": fixed(order.filled),
        "origQuoteOrderQty": fixed(order.spend),
        "cummulativeQuoteQty": fixed(order.paid),
        "status": order.status.value,
        "timeInForce": order.force.value,
        "type": type_of(order),
        "side": SIDES[order.side],
    }


def optional(order: Order) -> dict[str, Any]:
    """Fields that only some orders have."""
    found: dict[str, Any] = {}
    if order.stop_price:
        found["stopPrice"] = fixed(order.stop_price)
    if order.clip:
        found["icebergQty"] = fixed(order.clip)
    for name in ("strategyId", "strategyType"):
        if name in order.tags:
            found[name] = order.tags[name]
    return found


def placed(order: Order, response: str, fills: list[Fill]) -> dict[str, Any]:
    """Answer to a new order: ACK, RESULT or FULL."""
    found: dict[str, Any] = {
        "symbol": order.market.symbol,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.client_id,
        "transactTime": ms(order.updated_ns),
    }
    if response == "ACK":
        return found
    found |= amounts(order) | optional(order)
    found |= {"workingTime": working(order), "selfTradePreventionMode": STP}
    if response == "FULL":
        found["fills"] = [
            {
                "price": fixed(fill.price),
                "qty": fixed(fill.quantity),
                "commission": fixed(fill.fee),
                "commissionAsset": fill.fee_asset,
                "tradeId": fill.trade_id,
            }
            for fill in fills
        ]
    return found


def working(order: Order) -> int:
    return ms(order.working_ns) if order.working_ns else -1


def cancelled(order: Order) -> dict[str, Any]:
    """Answer to a cancel."""
    head = {
        "symbol": order.market.symbol,
        "origClientOrderId": order.client_id,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.cancel_client_id,
        "transactTime": ms(order.updated_ns),
    }
    return head | amounts(order) | optional(order) | {"selfTradePreventionMode": STP}


def standing(order: Order) -> dict[str, Any]:
    """Answer to a query."""
    head = {
        "symbol": order.market.symbol,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.client_id,
    }
    tail = {
        "stopPrice": fixed(order.stop_price),
        "icebergQty": fixed(order.clip),
        "time": ms(order.created_ns),
        "updateTime": ms(order.updated_ns),
        "isWorking": order.working_ns > 0,
        "workingTime": working(order),
        "selfTradePreventionMode": STP,
    }
    return head | amounts(order) | tail


def amended(order: Order, old_client_id: str, execution_id: int) -> dict[str, Any]:
    """Answer to an amendment."""
    return {
        "transactTime": ms(order.updated_ns),
        "executionId": execution_id,
        "amendedOrder": {
            "symbol": order.market.symbol,
            "orderId": order.id,
            "orderListId": -1,
            "origClientOrderId": old_client_id,
            "clientOrderId": order.client_id,
            "price": fixed(order.price),
            "qty": fixed(order.quantity),
            "executedQty": fixed(order.filled),
            "preventedQty": ZERO,
            "quoteOrderQty": ZERO,
            "cumulativeQuoteQty": fixed(order.paid),
            "status": order.status.value,
            "timeInForce": order.force.value,
            "type": type_of(order),
            "side": SIDES[order.side],
            "workingTime": working(order),
            "selfTradePreventionMode": STP,
        },
    }


def own_trade(fill: Fill) -> dict[str, Any]:
    """A row of myTrades."""
    order = fill.order
    return {
        "symbol": order.market.symbol,
        "id": fill.trade_id,
        "orderId": order.id,
        "orderListId": -1,
        "price": fixed(fill.price),
        "qty": fixed(fill.quantity),
        "quoteQty": fixed(fill.money),
        "commission": fixed(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": ms(fill.t_ns),
        "isBuyer": order.side == BUY,
        "isMaker": fill.maker,
        "isBestMatch": True,
    }


def account(found: Account, maker_ppm: int, taker_ppm: int, updated_ns: int) -> dict[str, Any]:
    """Answer to account.status."""
    rates = {"maker": fixed(maker_ppm * 100), "taker": fixed(taker_ppm * 100)}
    return {
        "makerCommission": maker_ppm // 100,
        "takerCommission": taker_ppm // 100,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": rates | {"buyer": ZERO, "seller": ZERO},
        "canTrade": found.can_trade,
        "canWithdraw": found.can_withdraw,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": ms(updated_ns),
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": fixed(balance.free), "locked": fixed(balance.locked)}
            for asset, balance in sorted(found.balances.items())
        ],
        "permissions": ["SPOT"],
        "uid": 354_900_000 + found.number,
    }


STEPS = {
    Happening.NEW: "NEW",
    Happening.TRIGGERED: "NEW",
    Happening.TRADE: "TRADE",
    Happening.CANCELED: "CANCELED",
    Happening.EXPIRED: "EXPIRED",
    Happening.AMENDED: "REPLACED",
}


def execution_report(e: Execution, event_ns: int) -> dict[str, Any]:
    """A user event of an order; on a cancel `c` is the cancel's own id and `C` the order's."""
    order, fill = e.order, e.fill
    own, original = e.client_id, e.old_client_id
    if e.what is Happening.CANCELED and order.cancel_client_id:
        own, original = order.cancel_client_id, e.client_id
    return {
        "e": "executionReport",
        "E": ms(event_ns),
        "s": order.market.symbol,
        "c": own,
        "S": SIDES[order.side],
        "o": type_of(order),
        "f": order.force.value,
        "q": fixed(0 if order.spend and not order.filled and order.open else e.quantity),
        "p": fixed(order.price),
        "P": fixed(order.stop_price),
        "F": fixed(order.clip),
        "g": -1,
        "C": original,
        "x": STEPS[e.what],
        "X": e.status.value,
        "r": "NONE",
        "i": order.id,
        "l": fixed(fill.quantity if fill else 0),
        "z": fixed(e.filled),
        "L": fixed(fill.price if fill else 0),
        "n": fixed(fill.fee) if fill else "0",
        "N": fill.fee_asset if fill else None,
        "T": ms(e.t_ns),
        "t": fill.trade_id if fill else -1,
        "I": e.id,
        "w": order.open and not order.waiting and not (order.stop_price and not order.working_ns),
        "m": fill.maker if fill else False,
        "M": False,
        "O": ms(order.created_ns),
        "Z": fixed(e.paid),
        "Y": fixed(fill.money if fill else 0),
        "Q": fixed(order.spend),
        "W": ms(order.working_ns or order.created_ns),
        "V": STP,
    }


def account_position(found: Account, assets: tuple[str, ...], t_ns: int) -> dict[str, Any]:
    """The balances that may have changed."""
    return {
        "e": "outboundAccountPosition",
        "E": ms(t_ns),
        "u": ms(t_ns),
        "B": [
            {
                "a": asset,
                "f": fixed(found.balance(asset).free),
                "l": fixed(found.balance(asset).locked),
            }
            for asset in assets
        ],
    }
