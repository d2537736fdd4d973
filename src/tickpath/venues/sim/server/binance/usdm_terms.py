"""Orders of USD-M: parameters, filters, published symbols. Sources: the venue's derivatives pages
New-Order, Common-Definition, Exchange-Information, Error-Code. Stops left order.place for the Algo
Service (-4120): they are refused, as the venue does."""

from typing import Any

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.binance.errors import ApiError, not_needed
from tickpath.venues.sim.server.binance.params import Params
from tickpath.venues.sim.server.binance.terms import SIDES
from tickpath.venues.sim.server.exchange import Exchange
from tickpath.venues.sim.server.orders import Force, Kind, Market, Order
from tickpath.venues.sim.server.units import PPM, UNIT, cost_of, fixed, plain

ORDER = frozenset(
    [
        "symbol",
        "side",
        "positionSide",
        "type",
        "timeInForce",
        "quantity",
        "reduceOnly",
        "price",
        "newClientOrderId",
        "newOrderRespType",
        "closePosition",
        "activationPrice",
        "callbackRate",
        "workingType",
        "priceProtect",
        "stopPrice",
        "priceMatch",
        "selfTradePreventionMode",
        "goodTillDate",
    ]
)
FORCES = {"GTC": Force.GTC, "IOC": Force.IOC, "FOK": Force.FOK, "GTX": Force.GTC, "GTD": Force.GTD}
TYPES = {"LIMIT": Kind.LIMIT, "MARKET": Kind.MARKET}
ALGO_TYPES = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
POSITION_SIDES = ("BOTH", "LONG", "SHORT")
ORDERS_MAX = 200
ALGO_ORDERS_MAX = 10
PRICE_MAX = 10**7 * UNIT
GOOD_TILL_MS_MIN = 600_000


def usdm_order(params: Params, market: Market, account: Account, now_ms: int) -> tuple[Order, str]:
    """(order, how to answer). Raises ApiError."""
    side = SIDES[params.choice("side", -1117, SIDES, "side")]
    type_ = params.text("type")
    if type_ in ALGO_TYPES:
        raise ApiError(
            -4120,
            "Order type not supported for this endpoint. Please use the Algo Order API endpoints "
            "instead.",
        )
    kind = TYPES[params.choice("type", -1116, TYPES, "orderType")]
    order = Order(0, market, side, 0, 0, account=account, kind=kind)
    order.tags["type"] = type_
    order.quantity = params.units("quantity", needed=True)
    if kind is Kind.LIMIT:
        order.price = params.units("price", needed=True)
        name = params.choice("timeInForce", -1115, FORCES, "timeInForce")
        order.force, order.post_only = FORCES[name], name == "GTX"
        set_date(params, order, now_ms)
    else:
        params.absent("price", "timeInForce")
    order.reduce_only = params.flag("reduceOnly")
    order.position_side = params.text("positionSide", "BOTH")
    if order.position_side not in POSITION_SIDES:
        raise ApiError(-4060, "Invalid position side.")
    if (order.position_side == "BOTH") == account.hedging:
        raise ApiError(-4061, "Order's position side does not match user's setting.")
    if account.hedging and order.reduce_only:
        raise not_needed("reduceonly")
    response = params.text("newOrderRespType", "ACK")
    if response not in ("ACK", "RESULT"):
        raise ApiError(-1100, "Invalid newOrderRespType.")
    return order, response


def set_date(params: Params, order: Order, now_ms: int) -> None:
    """goodTillDate, for GTD alone: whole seconds, more than 600 ahead."""
    if order.force is not Force.GTD:
        if params.integer("goodTillDate", 0):
            raise not_needed("goodTillDate")
        return
    till_ms = params.integer("goodTillDate") // 1000 * 1000
    if till_ms <= now_ms + GOOD_TILL_MS_MIN:
        raise ApiError(
            -4208, "goodTillDate must be greater than the current time plus 600 seconds."
        )
    order.expire_ns = till_ms * 10**6


def check(exchange: Exchange, order: Order) -> None:
    """Raises ApiError for the first filter that an order fails."""
    market, account = order.market, order.account
    assert account is not None
    check_size(order)
    mark = exchange.mark(market)
    if order.price:
        check_price(order, mark)
    money = cost_of(order.price or mark, order.quantity)
    if money < market.notional_min and not order.reduce_only:
        raise ApiError(
            -4164,
            f"Order's notional must be no smaller than {plain(market.notional_min)} (unless you "
            "choose reduce only).",
        )
    if sum(o.market is market for o in account.open_orders.values()) >= ORDERS_MAX:
        raise ApiError(-2025, "Reach max open order limit.")


def check_size(order: Order) -> None:
    """Quantity above 0, in steps, within bounds."""
    market = order.market
    if order.quantity <= 0:
        raise ApiError(-4003, "Quantity less than or equal to zero.")
    if order.quantity % market.step:
        raise ApiError(-1111, "Precision is over the maximum defined for this asset.")
    if order.quantity < market.quantity_min:
        raise ApiError(-4004, "Quantity less than min quantity.")
    if order.quantity > market.quantity_max:
        raise ApiError(-4005, "Quantity greater than max quantity.")


def check_price(order: Order, mark: int) -> None:
    """Price in ticks and within the band around the mark."""
    market = order.market
    if order.price % market.tick:
        raise ApiError(-4014, "Price not increased by tick size.")
    if not mark or not market.band_ppm:
        return
    low, high = mark * PPM // market.band_ppm, mark * market.band_ppm // PPM
    if order.price > high:
        raise ApiError(-4016, f"Limit price can't be higher than {plain(high)}.")
    if order.price < low:
        raise ApiError(-4024, f"Limit price can't be lower than {plain(low)}.")


def symbol_info(market: Market, halted: bool) -> dict[str, Any]:
    """A symbol of exchangeInfo."""
    sizes = {
        "minQty": plain(market.quantity_min),
        "maxQty": plain(market.quantity_max),
        "stepSize": plain(market.step),
    }
    band = market.band_ppm or 10**9
    return {
        "symbol": market.symbol,
        "pair": market.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": 4_133_404_800_000,
        "onboardDate": 1_569_398_400_000,
        "status": "BREAK" if halted else "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": market.base,
        "quoteAsset": market.quote,
        "marginAsset": market.quote,
        "pricePrecision": market.price_decimals,
        "quantityPrecision": market.quantity_decimals,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.0125",
        "marketTakeBound": "0.05",
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": plain(market.tick),
                "maxPrice": plain(PRICE_MAX),
                "tickSize": fixed(market.tick, market.price_decimals),
            },
            {"filterType": "LOT_SIZE", **sizes},
            {"filterType": "MARKET_LOT_SIZE", **sizes},
            {"filterType": "MAX_NUM_ORDERS", "limit": ORDERS_MAX},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": ALGO_ORDERS_MAX},
            {"filterType": "MIN_NOTIONAL", "notional": plain(market.notional_min)},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": fixed(band * 100, 4),
                "multiplierDown": fixed(PPM * UNIT // band, 4),
                "multiplierDecimal": "4",
            },
        ],
        "orderTypes": ["LIMIT", "MARKET"],
        "timeInForce": list(FORCES),
    }
