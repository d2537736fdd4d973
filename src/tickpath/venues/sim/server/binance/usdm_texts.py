"""Orders, positions and events of USD-M as the venue writes them. Sources: the venue's derivatives
pages New-Order, Query-Order, Account-Information-V3, Position-Information-V3,
Event-Order-Update, Event-Balance-and-Position-Update."""

from typing import Any

from tickpath.venues.sim.server.accounts import Account, Position
from tickpath.venues.sim.server.binance.texts import SIDES, STEPS, ms
from tickpath.venues.sim.server.exchange import Exchange
from tickpath.venues.sim.server.orders import BUY, Execution, Fill, Force, Happening, Kind, Order
from tickpath.venues.sim.server.units import PPM, UNIT, cost_of, fixed, plain

ZERO = fixed(0)


def force_of(order: Order) -> str:
    """Post-only is a time in force here."""
    return "GTX" if order.post_only else order.force.value


def type_of(order: Order) -> str:
    return "MARKET" if order.kind is Kind.MARKET else "LIMIT"


def average(order: Order) -> str:
    """Average price of the fills."""
    price = order.paid * UNIT // order.filled if order.filled else 0
    return fixed(price, max(2, order.market.price_decimals))


def standing(order: Order) -> dict[str, Any]:
    """An order in any answer."""
    market = order.market
    price, quantity = market.price_decimals, market.quantity_decimals
    return {
        "orderId": order.id,
        "symbol": market.symbol,
        "status": order.status.value,
        "clientOrderId": order.client_id,
        "price": fixed(order.price, price),
        "avgPrice": average(order),
        "origQty": fixed(order.quantity, quantity),
        "executedQty": fixed(order.filled, quantity),
        "cumQty": fixed(order.filled, quantity),
        "cumQuote": plain(order.paid),
        "timeInForce": force_of(order),
        "type": type_of(order),
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": SIDES[order.side],
        "positionSide": order.position_side,
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": type_of(order),
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": ms(order.expire_ns),
        "updateTime": ms(order.updated_ns),
    }


def asked(order: Order) -> dict[str, Any]:
    """The same with when it was made, in answers to queries."""
    return standing(order) | {"time": ms(order.created_ns)}


def own_trade(fill: Fill) -> dict[str, Any]:
    """A row of userTrades."""
    order, market = fill.order, fill.order.market
    return {
        "symbol": market.symbol,
        "id": fill.trade_id,
        "orderId": order.id,
        "side": SIDES[order.side],
        "price": fixed(fill.price, market.price_decimals),
        "qty": fixed(fill.quantity, market.quantity_decimals),
        "realizedPnl": fixed(fill.realised),
        "quoteQty": fixed(fill.money),
        "commission": fixed(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": ms(fill.t_ns),
        "positionSide": order.position_side,
        "buyer": order.side == BUY,
        "maker": fill.maker,
    }


def position_row(
    exchange: Exchange, account: Account, position: Position, side: str
) -> dict[str, Any]:
    """A row of positionRisk."""
    market, mark = position.market, exchange.mark(position.market)
    notional = cost_of(mark, position.quantity)
    margin = abs(notional) // account.leverage
    return {
        "symbol": market.symbol,
        "positionSide": side,
        "positionAmt": fixed(position.quantity, market.quantity_decimals),
        "entryPrice": fixed(position.entry),
        "breakEvenPrice": fixed(position.entry),
        "markPrice": fixed(mark),
        "unRealizedProfit": fixed(position.gain(mark)),
        "liquidationPrice": "0",
        "isolatedMargin": "0",
        "notional": fixed(notional),
        "marginAsset": market.quote,
        "isolatedWallet": "0",
        "initialMargin": fixed(margin),
        "maintMargin": fixed(margin // 2),
        "positionInitialMargin": fixed(margin),
        "openOrderInitialMargin": "0",
        "leverage": str(account.leverage),
        "marginType": "cross",
        "adl": 1,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": ms(exchange.now_ns()),
    }


def wallet_row(exchange: Exchange, account: Account, asset: str) -> dict[str, Any]:
    """A row of balance."""
    wallet = account.balance(asset).total
    gain = gain_of(exchange, account, asset)
    free = max(0, exchange.settlement.available(account, asset))
    return {
        "accountAlias": f"sim{account.number}",
        "asset": asset,
        "balance": fixed(wallet),
        "crossWalletBalance": fixed(wallet),
        "crossUnPnl": fixed(gain),
        "availableBalance": fixed(free),
        "maxWithdrawAmount": fixed(free),
        "marginAvailable": True,
        "updateTime": ms(exchange.now_ns()),
    }


def gain_of(exchange: Exchange, account: Account, asset: str) -> int:
    """What the positions of an asset have gained."""
    found = (p for p in account.positions.values() if p.market.quote == asset)
    return sum(p.gain(exchange.mark(p.market)) for p in found)


def account_row(exchange: Exchange, account: Account) -> dict[str, Any]:
    """Answer to account."""
    assets, totals = [], dict.fromkeys(("wallet", "gain", "free"), 0)
    for asset in sorted(account.balances):
        wallet, gain = account.balance(asset).total, gain_of(exchange, account, asset)
        free = max(0, exchange.settlement.available(account, asset))
        totals["free"] += free
        totals["wallet"] += wallet
        totals["gain"] += gain
        assets.append(
            {
                "asset": asset,
                "walletBalance": fixed(wallet),
                "unrealizedProfit": fixed(gain),
                "marginBalance": fixed(wallet + gain),
                "maintMargin": ZERO,
                "initialMargin": ZERO,
                "positionInitialMargin": ZERO,
                "openOrderInitialMargin": ZERO,
                "crossWalletBalance": fixed(wallet),
                "crossUnPnl": fixed(gain),
                "availableBalance": fixed(free),
                "maxWithdrawAmount": fixed(free),
                "marginAvailable": True,
                "updateTime": ms(exchange.now_ns()),
            }
        )
    margin = max(0, totals["wallet"] + totals["gain"] - totals["free"])
    return {
        "feeTier": 0,
        "canTrade": account.can_trade,
        "canDeposit": True,
        "canWithdraw": account.can_withdraw,
        "multiAssetsMargin": False,
        "totalInitialMargin": fixed(margin),
        "totalMaintMargin": fixed(margin // 2),
        "totalWalletBalance": fixed(totals["wallet"]),
        "totalUnrealizedProfit": fixed(totals["gain"]),
        "totalMarginBalance": fixed(totals["wallet"] + totals["gain"]),
        "totalPositionInitialMargin": fixed(margin),
        "totalOpenOrderInitialMargin": ZERO,
        "totalCrossWalletBalance": fixed(totals["wallet"]),
        "totalCrossUnPnl": fixed(totals["gain"]),
        "availableBalance": fixed(totals["free"]),
        "maxWithdrawAmount": fixed(totals["free"]),
        "assets": assets,
        "positions": [
            position_row(exchange, account, position, side)
            for (_, side), position in account.positions.items()
            if position.quantity
        ],
    }


def order_update(e: Execution, event_ns: int) -> dict[str, Any]:
    """ORDER_TRADE_UPDATE of an execution."""
    order, fill, market = e.order, e.fill, e.order.market
    price, quantity = market.price_decimals, market.quantity_decimals
    step = "AMENDMENT" if e.what is Happening.AMENDED else STEPS[e.what]
    found: dict[str, Any] = {
        "s": market.symbol,
        "c": e.client_id,
        "S": SIDES[order.side],
        "o": type_of(order),
        "f": force_of(order),
        "q": fixed(e.quantity, quantity),
        "p": fixed(order.price, price),
        "ap": fixed(e.paid * UNIT // e.filled, max(2, price)) if e.filled else "0",
        "sp": "0",
        "x": step,
        "X": e.status.value,
        "i": order.id,
        "l": fixed(fill.quantity if fill else 0, quantity),
        "z": fixed(e.filled, quantity),
        "L": fixed(fill.price if fill else 0, price),
    }
    if fill is not None:
        found |= {"n": fixed(fill.fee), "N": fill.fee_asset}
    return {
        "e": "ORDER_TRADE_UPDATE",
        "E": ms(event_ns),
        "T": ms(e.t_ns),
        "o": found
        | {
            "T": ms(e.t_ns),
            "t": fill.trade_id if fill else 0,
            "b": "0",
            "a": "0",
            "m": fill.maker if fill else False,
            "R": order.reduce_only,
            "wt": "CONTRACT_PRICE",
            "ot": type_of(order),
            "ps": order.position_side,
            "cp": False,
            "rp": plain(fill.realised) if fill else "0",
            "pP": False,
            "si": 0,
            "ss": 0,
            "V": "NONE",
            "pm": "NONE",
            "gtd": ms(order.expire_ns) if order.force is Force.GTD else 0,
        },
    }


def account_update(exchange: Exchange, e: Execution, event_ns: int) -> dict[str, Any]:
    """ACCOUNT_UPDATE after a fill."""
    order, account = e.order, e.order.account
    assert account is not None
    market, wallet = order.market, account.balance(order.market.quote).total
    position = account.position(market, order.position_side)
    return {
        "e": "ACCOUNT_UPDATE",
        "E": ms(event_ns),
        "T": ms(e.t_ns),
        "a": {
            "m": "ORDER",
            "B": [{"a": market.quote, "wb": fixed(wallet), "cw": fixed(wallet), "bc": "0"}],
            "P": [
                {
                    "s": market.symbol,
                    "pa": fixed(position.quantity, market.quantity_decimals),
                    "ep": fixed(position.entry),
                    "bep": fixed(position.entry),
                    "cr": fixed(e.fill.realised if e.fill else 0),
                    "up": fixed(position.gain(exchange.mark(market))),
                    "mt": "cross",
                    "iw": "0",
                    "ps": order.position_side,
                }
            ],
        },
    }


def rate(ppm: int) -> str:
    """A fee as a share."""
    return fixed(ppm * UNIT // PPM, 6)
