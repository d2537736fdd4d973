"""Public data of a market as the venue writes it: snapshots, trades, tickers, stream events."""

from typing import Any

from tickpath.venues.sim.server.exchange import Exchange
from tickpath.venues.sim.server.orders import BUY, SELL, Levels, Market, Trade
from tickpath.venues.sim.server.units import UNIT, fixed


def rows(levels: Levels, decimals: tuple[int, int] = (8, 8)) -> list[list[str]]:
    """Levels as pairs of text."""
    price, quantity = decimals
    return [[fixed(p, price), fixed(q, quantity)] for p, q in levels]


def row_text(levels: Levels, decimals: tuple[int, int]) -> str:
    """The same as JSON text."""
    price, quantity = decimals
    return ",".join(f'["{fixed(p, price)}","{fixed(q, quantity)}"]' for p, q in levels)


def trade_rows(trades: list[Trade], limit: int) -> list[dict[str, Any]]:
    """Recent public trades, oldest first."""
    return [
        {
            "id": trade.id,
            "price": fixed(trade.price),
            "qty": fixed(trade.quantity),
            "quoteQty": fixed(trade.price * trade.quantity // UNIT),
            "time": trade.t_ns // 10**6,
            "isBuyerMaker": trade.taker_side == SELL,
            "isBestMatch": True,
        }
        for trade in trades[-limit:]
    ]


def agg_rows(trades: list[Trade], limit: int) -> list[dict[str, Any]]:
    """Recent trades, each its own aggregate."""
    return [
        {
            "a": trade.id,
            "p": fixed(trade.price),
            "q": fixed(trade.quantity),
            "f": trade.id,
            "l": trade.id,
            "T": trade.t_ns // 10**6,
            "m": trade.taker_side == SELL,
            "M": True,
        }
        for trade in trades[-limit:]
    ]


def book_ticker(exchange: Exchange, market: Market) -> dict[str, Any]:
    bid, bid_quantity, ask, ask_quantity = exchange.books[market.symbol].top()
    return {
        "symbol": market.symbol,
        "bidPrice": fixed(bid),
        "bidQty": fixed(bid_quantity),
        "askPrice": fixed(ask),
        "askQty": fixed(ask_quantity),
    }


def day_ticker(exchange: Exchange, market: Market, now_ns: int) -> dict[str, Any]:
    """Statistics of the day."""
    day, ticker = exchange.day(market), book_ticker(exchange, market)
    return {
        "symbol": market.symbol,
        "priceChange": fixed(day.last - day.open),
        "priceChangePercent": fixed(day.change_percent, 3),
        "weightedAvgPrice": fixed(day.average),
        "prevClosePrice": fixed(day.open),
        "lastPrice": fixed(day.last),
        "lastQty": fixed(day.last_quantity),
        **{name: ticker[name] for name in ("bidPrice", "bidQty", "askPrice", "askQty")},
        "openPrice": fixed(day.open),
        "highPrice": fixed(day.high),
        "lowPrice": fixed(day.low),
        "volume": fixed(day.volume),
        "quoteVolume": fixed(day.money),
        "openTime": day.start_ns // 10**6,
        "closeTime": now_ns // 10**6,
        "firstId": day.first_id,
        "lastId": day.last_id,
        "count": day.count,
    }


def depth(exchange: Exchange, market: Market, limit: int) -> tuple[int, Levels, Levels]:
    """(last id, bids, asks), best first."""
    book = exchange.books[market.symbol]
    return book.id, book.depth(BUY, limit), book.depth(SELL, limit)


def symbol_info(market: Market, filters: list[dict[str, Any]], halted: bool) -> dict[str, Any]:
    """A symbol of spot's exchangeInfo."""
    return {
        "symbol": market.symbol,
        "status": "BREAK" if halted else "TRADING",
        "baseAsset": market.base,
        "baseAssetPrecision": 8,
        "quoteAsset": market.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": [
            "LIMIT",
            "LIMIT_MAKER",
            "MARKET",
            "STOP_LOSS",
            "STOP_LOSS_LIMIT",
            "TAKE_PROFIT",
            "TAKE_PROFIT_LIMIT",
        ],
        "icebergAllowed": True,
        "ocoAllowed": False,
        "otoAllowed": False,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": filters,
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
    }
