"""What a venue really holds, as plain data: exact, for tests and the admin endpoint.

Numbers are decimal text. `totals` shows whether money only moved: over all accounts, fees and the
crowd, less what open positions cost, it is what was deposited.
"""

from collections import Counter
from typing import Any

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.orders import BUY, SELL, Fill, Order
from tickpath.venues.sim.server.units import plain
from tickpath.venues.sim.server.venue import Venue

SIDES = ("BUY", "SELL")


def order_row(order: Order) -> dict[str, Any]:
    """One order."""
    return {
        "id": order.id,
        "client_id": order.client_id,
        "account": order.account.name if order.account else "",
        "symbol": order.market.symbol,
        "side": SIDES[order.side],
        "kind": order.kind.value,
        "force": order.force.value,
        "price": plain(order.price),
        "stop_price": plain(order.stop_price),
        "quantity": plain(order.quantity),
        "filled": plain(order.filled),
        "paid": plain(order.paid),
        "status": order.status.value,
        "open": order.open,
        "created_ns": order.created_ns,
        "updated_ns": order.updated_ns,
    }


def fill_row(fill: Fill) -> dict[str, Any]:
    """One fill of an account."""
    return {
        "trade_id": fill.trade_id,
        "order_id": fill.order.id,
        "client_id": fill.order.client_id,
        "symbol": fill.order.market.symbol,
        "side": SIDES[fill.order.side],
        "price": plain(fill.price),
        "quantity": plain(fill.quantity),
        "money": plain(fill.money),
        "fee": plain(fill.fee),
        "fee_asset": fill.fee_asset,
        "maker": fill.maker,
        "realised": plain(fill.realised),
        "t_ns": fill.t_ns,
    }


def _money(account: Account) -> dict[str, int]:
    """Balances less what open positions cost, by asset."""
    found = {asset: balance.total for asset, balance in account.balances.items()}
    for position in account.positions.values():
        found[position.market.quote] -= position.cost
    return found


def account_truth(account: Account, history: bool = True) -> dict[str, Any]:
    """Everything of an account but its keys; without `history` no list of its orders and fills.
    `reused` are client order ids that more than one order has."""
    names = Counter(order.client_id for order in account.orders if order.client_id)
    found = {
        "balances": {
            asset: {"free": plain(balance.free), "locked": plain(balance.locked)}
            for asset, balance in sorted(account.balances.items())
        },
        "money": {asset: plain(units) for asset, units in sorted(_money(account).items())},
        "positions": [
            {
                "symbol": symbol,
                "side": side,
                "quantity": plain(position.quantity),
                "entry": plain(position.entry),
            }
            for (symbol, side), position in account.positions.items()
            if position.quantity
        ],
        "open_orders": [order_row(order) for order in account.open_orders.values()],
        "order_count": len(account.orders),
        "fill_count": len(account.fills),
        "reused": [name for name, count in names.items() if count > 1],
        "can_trade": account.can_trade,
    }
    if history:
        found["orders"] = [order_row(order) for order in account.orders]
        found["fills"] = [fill_row(fill) for fill in account.fills]
    return found


def book_truth(venue: Venue, symbol: str, limit: int) -> dict[str, Any]:
    """The best levels of a book."""
    book = venue.exchange.books[symbol]
    sides = [[[plain(p), plain(q)] for p, q in book.depth(side, limit)] for side in (BUY, SELL)]
    return {"id": book.id, "bids": sides[0], "asks": sides[1]}


def venue_truth(venue: Venue, history: bool = True) -> dict[str, Any]:
    """The whole state; without `history` no lists that grow with time."""
    exchange = venue.exchange
    return {
        "name": venue.name,
        "protocol": venue.protocol.name,
        "t_ns": venue.t_ns,
        "venue_ns": venue.venue_ns(),
        "slipped_ns": venue.slipped_ns,
        "accounts": {n: account_truth(a, history) for n, a in exchange.accounts.items()},
        "books": {symbol: book_truth(venue, symbol, 20) for symbol in exchange.books},
        "halted": sorted(exchange.halted),
        "totals": {
            asset: plain(units) for asset, units in sorted(exchange.settlement.totals().items())
        },
        "fees": {asset: plain(units) for asset, units in exchange.settlement.fees.items()},
        "links": [
            {
                "number": link.number,
                "channel": link.channel,
                "account": link.account.name if link.account else "",
                "sent": link.sent,
            }
            for link in venue.links.values()
        ],
        "requests": venue.requests.count,
        "faults_waiting": len(venue.faults.waiting),
        "faults_struck": [
            {
                "t_ns": s.t_ns,
                "kind": s.kind,
                "channel": s.channel,
                "tag": s.tag,
                "symbol": s.symbol,
                "account": s.account,
            }
            for s in (venue.faults.struck if history else ())
        ],
    }
