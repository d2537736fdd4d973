"""Orders of requests: which parameters each type needs and refuses. Sources: rest-api.md "New
order", web-socket-api.md `order.place`."""

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.binance.errors import ApiError, missing
from tickpath.venues.sim.server.binance.params import Params
from tickpath.venues.sim.server.orders import BUY, SELL, Force, Kind, Market, Order

SIDES = {"BUY": BUY, "SELL": SELL}
FORCES = {"GTC": Force.GTC, "IOC": Force.IOC, "FOK": Force.FOK}
RESPONSES = ("ACK", "RESULT", "FULL")
ORDER = frozenset(
    [
        "symbol",
        "side",
        "type",
        "timeInForce",
        "quantity",
        "quoteOrderQty",
        "price",
        "newClientOrderId",
        "strategyId",
        "strategyType",
        "stopPrice",
        "trailingDelta",
        "icebergQty",
        "newOrderRespType",
        "selfTradePreventionMode",
        "pegPriceType",
        "pegOffsetValue",
        "pegOffsetType",
    ]
)
SPOT_TYPES = {
    "LIMIT": Kind.LIMIT,
    "LIMIT_MAKER": Kind.LIMIT,
    "MARKET": Kind.MARKET,
    "STOP_LOSS": Kind.STOP,
    "STOP_LOSS_LIMIT": Kind.STOP_LIMIT,
    "TAKE_PROFIT": Kind.PROFIT,
    "TAKE_PROFIT_LIMIT": Kind.PROFIT_LIMIT,
}
PRICED = (Kind.LIMIT, Kind.STOP_LIMIT, Kind.PROFIT_LIMIT)
STOPS = (Kind.STOP, Kind.STOP_LIMIT, Kind.PROFIT, Kind.PROFIT_LIMIT)
SPEND_QUANTITY = 10**20
"""Quantity of an order that is bounded by its money alone."""


def spot_order(params: Params, market: Market, account: Account) -> tuple[Order, str]:
    """(order, how to answer). Raises ApiError."""
    side = SIDES[params.choice("side", -1117, SIDES, "side")]
    type_ = params.choice("type", -1116, SPOT_TYPES, "orderType")
    kind = SPOT_TYPES[type_]
    refuse_special(params)
    order = Order(0, market, side, 0, 0, account=account, kind=kind)
    order.tags["type"] = type_
    if kind in PRICED:
        order.price = positive(params, "price")
    else:
        params.absent("price")
    set_force(params, order, type_)
    set_quantity(params, order)
    if kind in STOPS:
        order.stop_price = positive(params, "stopPrice")
    else:
        params.absent("stopPrice")
    if params.values.get("icebergQty"):
        order.clip = positive(params, "icebergQty")
        if kind not in PRICED or (order.force is not Force.GTC and type_ != "LIMIT_MAKER"):
            raise ApiError(-2010, "Iceberg orders must be of timeInForce GTC.")
    for name in ("strategyId", "strategyType"):
        if name in params:
            order.tags[name] = params.integer(name)
    default = "FULL" if type_ in ("LIMIT", "MARKET") else "ACK"
    response = params.text("newOrderRespType", default)
    if response not in RESPONSES:
        raise ApiError(-1100, "Invalid newOrderRespType.")
    return order, response


def refuse_special(params: Params) -> None:
    """What the symbols of the simulator do not allow."""
    if "trailingDelta" in params:
        raise ApiError(-2010, "Trailing stop orders are not supported for this symbol.")
    if "pegPriceType" in params:
        raise ApiError(-2010, "Pegged orders are not supported for this symbol.")
    if params.text("selfTradePreventionMode", "NONE") != "NONE":
        raise ApiError(
            -1013, "This symbol does not allow the specified self-trade prevention mode."
        )


def positive(params: Params, name: str) -> int:
    """A number above 0."""
    units = params.units(name, needed=True)
    if units <= 0:
        raise ApiError(-1013, f"Invalid {name}.")
    return units


def set_force(params: Params, order: Order, type_: str) -> None:
    """Time in force, mandatory for what has a price and is not a maker only order."""
    if type_ == "LIMIT_MAKER":
        params.absent("timeInForce")
        order.post_only = True
    elif order.kind in PRICED:
        order.force = FORCES[params.choice("timeInForce", -1115, FORCES, "timeInForce")]
    else:
        params.absent("timeInForce")


def set_quantity(params: Params, order: Order) -> None:
    """Quantity, or for market orders the money to spend or earn."""
    if "quoteOrderQty" in params and params.values["quoteOrderQty"]:
        if order.kind is not Kind.MARKET:
            raise ApiError(-1106, "Parameter 'quoteOrderQty' sent when not required.")
        params.absent("quantity")
        order.spend = positive(params, "quoteOrderQty")
        order.quantity = SPEND_QUANTITY
        return
    if order.kind is Kind.MARKET and "quantity" not in params:
        raise missing("quantity")
    order.quantity = positive(params, "quantity")
