"""Public data of Kraken: instruments, tickers, trades, and REST's view of pairs."""

from typing import Any

from tickpath.venues.sim.server.exchange import Exchange
from tickpath.venues.sim.server.kraken.texts import legacy, number, pair_names, short, stamp
from tickpath.venues.sim.server.orders import Market, Trade
from tickpath.venues.sim.server.units import PPM, UNIT, fixed, plain

SIDES = ("buy", "sell")


def trade_row(trade: Trade) -> dict[str, Any]:
    """A row of the trade channel."""
    market = trade.market
    return {
        "symbol": market.symbol,
        "side": SIDES[trade.taker_side],
        "price": number(trade.price, market.price_decimals),
        "qty": number(trade.quantity, market.quantity_decimals),
        "ord_type": "limit",
        "trade_id": trade.id,
        "timestamp": stamp(trade.t_ns),
    }


def ticker(exchange: Exchange, market: Market, now_ns: int) -> dict[str, Any]:
    """A row of the ticker channel."""
    day = exchange.day(market)
    bid, bid_quantity, ask, ask_quantity = exchange.books[market.symbol].top()
    price, quantity = market.price_decimals, market.quantity_decimals
    return {
        "symbol": market.symbol,
        "bid": number(bid, price),
        "bid_qty": number(bid_quantity, quantity),
        "ask": number(ask, price),
        "ask_qty": number(ask_quantity, quantity),
        "last": number(day.last, price),
        "volume": short(day.volume),
        "vwap": number(day.average // market.tick * market.tick, price),
        "low": number(day.low, price),
        "high": number(day.high, price),
        "change": number(day.last - day.open, price),
        "change_pct": number(day.change_percent, 2),
        "timestamp": stamp(now_ns),
    }


def instrument(exchange: Exchange) -> dict[str, Any]:
    """The instrument channel: assets and pairs."""
    markets = exchange.markets.values()
    assets = sorted({a for m in markets for a in (m.base, m.quote)})
    return {
        "assets": [
            {
                "id": asset,
                "status": "enabled",
                "precision": 8,
                "precision_display": 5,
                "borrowable": False,
                "collateral_value": 0,
                "margin_rate": 0,
            }
            for asset in assets
        ],
        "pairs": [
            {
                "symbol": m.symbol,
                "base": m.base,
                "quote": m.quote,
                "status": "cancel_only" if m.symbol in exchange.halted else "online",
                "qty_precision": m.quantity_decimals,
                "qty_increment": short(m.step),
                "price_precision": m.price_decimals,
                "price_increment": short(m.tick),
                "cost_precision": 5,
                "qty_min": short(m.quantity_min),
                "cost_min": plain(m.notional_min),
                "marginable": False,
                "has_index": False,
            }
            for m in markets
        ],
    }


def pair_row(exchange: Exchange, market: Market) -> dict[str, Any]:
    """A pair of AssetPairs."""
    _, alt_name, ws_name = pair_names(market)
    percent = [number(ppm * UNIT * 100 // PPM, 4) for ppm in fees_of(market)]
    return {
        "altname": alt_name,
        "wsname": ws_name,
        "aclass_base": "currency",
        "base": legacy(market.base),
        "aclass_quote": "currency",
        "quote": legacy(market.quote),
        "lot": "unit",
        "cost_decimals": 5,
        "pair_decimals": market.price_decimals,
        "lot_decimals": market.quantity_decimals,
        "lot_multiplier": 1,
        "leverage_buy": [],
        "leverage_sell": [],
        "fees": [[0, percent[1]]],
        "fees_maker": [[0, percent[0]]],
        "fee_volume_currency": "ZUSD",
        "margin_call": 80,
        "margin_stop": 40,
        "ordermin": plain(market.quantity_min),
        "costmin": plain(market.notional_min),
        "tick_size": plain(market.tick),
        "status": "cancel_only" if market.symbol in exchange.halted else "online",
    }


def fees_of(market: Market) -> tuple[int, int]:
    return market.maker_fee_ppm, market.taker_fee_ppm


def ticker_row(exchange: Exchange, market: Market) -> dict[str, Any]:
    """A pair of REST's Ticker."""
    day = exchange.day(market)
    bid, bid_quantity, ask, ask_quantity = exchange.books[market.symbol].top()
    price = market.price_decimals
    return {
        "a": [fixed(ask, price), "1", plain(ask_quantity)],
        "b": [fixed(bid, price), "1", plain(bid_quantity)],
        "c": [fixed(day.last, price), plain(day.last_quantity)],
        "v": [plain(day.volume)] * 2,
        "p": [fixed(day.average, price)] * 2,
        "t": [day.count] * 2,
        "l": [fixed(day.low, price)] * 2,
        "h": [fixed(day.high, price)] * 2,
        "o": fixed(day.open, price),
    }
