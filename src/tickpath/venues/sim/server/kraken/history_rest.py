"""What Kraken's REST says of orders and trades that a request names: by client order id, with the
ids of their trades, by trade id. Source: the venue's pages OpenOrders, ClosedOrders, QueryTrades.

Trades are never put together here, whatever `consolidate_taker` says.
"""

from collections.abc import Iterable
from typing import Any

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.kraken.orders_rest import closed, order_row, trade_row
from tickpath.venues.sim.server.kraken.terms import KrakenError, flag, invalid
from tickpath.venues.sim.server.kraken.texts import txid
from tickpath.venues.sim.server.orders import Order

Params = dict[str, Any]
QUERY_TRADES_MAX = 20


def named(orders: Iterable[Order], params: Params) -> list[Order]:
    """Orders with the client order id of a request, all when it names none."""
    own = params.get("cl_ord_id")
    return [order for order in orders if not own or order.client_id == own]


def told(orders: Iterable[Order], params: Params) -> Params:
    """Orders by their ids, open or over, with the ids of their trades when those are asked for."""
    with_trades = flag(params, "trades")
    found = {}
    for order in orders:
        row = order_row(order) if order.open else closed(order)
        if with_trades and order.account is not None:
            fills = [fill for fill in order.account.fills if fill.order is order]
            row["trades"] = [txid("T", fill.trade_id) for fill in fills]
        found[txid("O", order.id)] = row
    return found


def trades(params: Params, account: Account) -> Params:
    """QueryTrades. Raises KrakenError."""
    names = str(params.get("txid") or "").split(",")
    if len(names) > QUERY_TRADES_MAX:
        raise invalid("txid")
    known = {txid("T", fill.trade_id): fill for fill in account.fills}
    if any(name not in known for name in names):
        raise KrakenError("EQuery:Unknown trade")
    return {name: trade_row(known[name]) for name in names}


def withdraw_addresses(account: Account) -> list[Any]:
    """WithdrawAddresses: no account has any. Raises KrakenError without the permission."""
    if not account.can_withdraw:
        raise KrakenError("EGeneral:Permission denied")
    return []
