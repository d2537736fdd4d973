"""Filters of symbols, exact, with the venue's codes. Source: filters.md."""

from typing import Any

from tickpath.venues.sim.server.binance.errors import filtered
from tickpath.venues.sim.server.exchange import Exchange
from tickpath.venues.sim.server.orders import Kind, Market, Order
from tickpath.venues.sim.server.units import PPM, UNIT, cost_of, fixed

ORDERS_MAX = 200
ALGO_ORDERS_MAX = 5
ICEBERG_PARTS = 10
PRICE_MAX = 10**6 * UNIT
MARKETS = (Kind.MARKET, Kind.STOP, Kind.PROFIT)


def published(market: Market) -> list[dict[str, Any]]:
    """`filters` of exchangeInfo for spot."""
    up, down = fixed(market.band_ppm * 100, 4), fixed(PPM * UNIT // max(1, market.band_ppm), 4)
    sizes = {"minQty": fixed(market.quantity_min), "maxQty": fixed(market.quantity_max)}
    found: list[dict[str, Any]] = [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": fixed(market.tick),
            "maxPrice": fixed(PRICE_MAX),
            "tickSize": fixed(market.tick),
        },
        {"filterType": "LOT_SIZE", **sizes, "stepSize": fixed(market.step)},
        {"filterType": "ICEBERG_PARTS", "limit": ICEBERG_PARTS},
        {"filterType": "MARKET_LOT_SIZE", **sizes, "stepSize": fixed(market.step)},
        {
            "filterType": "NOTIONAL",
            "minNotional": fixed(market.notional_min),
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 0,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": ORDERS_MAX},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": ALGO_ORDERS_MAX},
    ]
    if market.band_ppm:
        found.insert(
            5,
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": up,
                "bidMultiplierDown": down,
                "askMultiplierUp": up,
                "askMultiplierDown": down,
                "avgPriceMins": 0,
            },
        )
    return found


def check(exchange: Exchange, order: Order) -> None:
    """Raises ApiError for the first filter that an order fails."""
    market, account = order.market, order.account
    for price in (order.price, order.stop_price):
        if price and not (price % market.tick == 0 and market.tick <= price <= PRICE_MAX):
            raise filtered("PRICE_FILTER")
    mark = exchange.mark(market)
    if order.price and mark and market.band_ppm:
        low, high = mark * PPM // market.band_ppm, mark * market.band_ppm // PPM
        if not low <= order.price <= high:
            raise filtered("PERCENT_PRICE_BY_SIDE")
    check_size(order)
    money = order.spend or cost_of(order.price or order.stop_price or mark, order.quantity)
    if money < market.notional_min:
        raise filtered("NOTIONAL")
    if order.clip and -(-order.quantity // order.clip) > ICEBERG_PARTS:
        raise filtered("ICEBERG_PARTS")
    assert account is not None
    there = [o for o in account.open_orders.values() if o.market is market]
    if len(there) >= ORDERS_MAX:
        raise filtered("MAX_NUM_ORDERS")
    if order.stop_price and sum(o.stop_price > 0 for o in there) >= ALGO_ORDERS_MAX:
        raise filtered("MAX_NUM_ALGO_ORDERS")


def check_size(order: Order) -> None:
    """Quantity within bounds and in whole steps; none for orders that spend money."""
    market = order.market
    if order.spend:
        return
    for quantity in (order.quantity, order.clip or order.quantity):
        fits = market.quantity_min <= quantity <= market.quantity_max
        if not fits or quantity % market.step:
            raise filtered("MARKET_LOT_SIZE" if order.kind in MARKETS else "LOT_SIZE")
