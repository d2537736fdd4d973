"""Requests of a Kraken session beside the orders of the engine: text only, no I/O.

Each is one frame; `number` is its `req_id`, from request_ids.SESSION_FIRST on, so that no reply to
one is taken for a reply to an order. Private ones carry the empty token of token.py. Batches and
amends are for people and supervisors: the engine sends orders one by one.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tickpath.core import ids
from tickpath.core.config import Instrument
from tickpath.core.errors import ConfigError
from tickpath.core.records import Request
from tickpath.venues.abilities import markets
from tickpath.venues.kraken.orders import order_text
from tickpath.venues.kraken.request_ids import SESSION_FIRST
from tickpath.venues.text.order_fields import price_text, quantity_text

_ORDERS = markets("kraken")["kraken-spot"]["orders"]
BATCH_ADD_MIN, BATCH_ADD_MAX = _ORDERS["batch_add"]
BATCH_CANCEL_MAX: int = _ORDERS["batch_cancel_max"]
CANCEL_AFTER_S_MAX: int = _ORDERS["cancel_after_s_max"]


def _frame(method: str, params: str, number: int) -> bytes:
    if number < SESSION_FIRST:
        raise ConfigError(f"req_id {number} is an order's: count from {SESSION_FIRST}")
    return f'{{"method":"{method}","params":{{{params}}},"req_id":{number}}}'.encode()


def _members(params: Mapping[str, Any]) -> str:
    return json.dumps(params, separators=(",", ":"))[1:-1]


def _private(method: str, params: str, number: int) -> bytes:
    return _frame(method, '"token":""' + ("," + params if params else ""), number)


def ping(number: int) -> bytes:
    """Answered by a pong with the same number."""
    return f'{{"method":"ping","req_id":{number}}}'.encode()


def subscribe(channel: str, symbols: Sequence[str], number: int, **options: Any) -> bytes:
    """A public channel: book (depth, snapshot), trade, ticker (event_trigger) or instrument."""
    named: dict[str, Any] = {"channel": channel}
    if symbols:
        named["symbol"] = list(symbols)
    return _frame("subscribe", _members({**named, **options}), number)


def unsubscribe(channel: str, symbols: Sequence[str], number: int, **options: Any) -> bytes:
    """The end of a public channel; to resync one book, this and `subscribe` again."""
    named = {"channel": channel, "symbol": list(symbols), **options}
    return _frame("unsubscribe", _members(named), number)


def subscribe_private(channel: str, number: int, **options: Any) -> bytes:
    """executions (snap_orders, snap_trades, order_status, ratecounter) or balances."""
    return _private("subscribe", _members({"channel": channel, **options}), number)


def cancel_all(number: int) -> bytes:
    """Every open order of the account."""
    return _private("cancel_all", "", number)


def cancel_all_after(timeout_s: int, number: int) -> bytes:
    """The dead man's switch: all orders are cancelled unless asked again within the time; 0 ends
    it. Raises ConfigError for times the venue does not take."""
    if not 0 <= timeout_s <= CANCEL_AFTER_S_MAX:
        raise ConfigError(f"cancel_all_orders_after {timeout_s} s: choose 0..{CANCEL_AFTER_S_MAX}")
    return _private("cancel_all_orders_after", f'"timeout":{timeout_s}', number)


def batch_cancel(orders: Sequence[int], number: int) -> bytes:
    """Up to 50 orders by their client order ids."""
    if not 1 <= len(orders) <= BATCH_CANCEL_MAX:
        raise ConfigError(f"batch_cancel of {len(orders)}: 1..{BATCH_CANCEL_MAX} orders")
    named = ",".join(f'"{ids.to_text(order)}"' for order in orders)
    return _private("batch_cancel", f'"cl_ord_id":[{named}]', number)


def amend(
    instrument: Instrument,
    order: int,
    number: int,
    *,
    quantity_lots: int | None = None,
    price_ticks: int | None = None,
) -> bytes:
    """New quantity or price of an open order, which keeps its ids and, where the quantity only
    falls, its place in the queue. Raises ConfigError when neither is given."""
    parts = [f'"cl_ord_id":"{ids.to_text(order)}"']
    if quantity_lots is not None:
        parts.append(f'"order_qty":{quantity_text(instrument, quantity_lots)}')
    if price_ticks is not None:
        parts.append(f'"limit_price":{price_text(instrument, price_ticks)}')
    if len(parts) == 1:
        raise ConfigError("an amend without quantity and price changes nothing: give one")
    return _private("amend_order", ",".join(parts), number)


def batch_add(instrument: Instrument, orders: Sequence[Request], number: int) -> bytes:
    """2 to 15 new orders of one pair. Raises EncodeError for one that cannot be said."""
    if not BATCH_ADD_MIN <= len(orders) <= BATCH_ADD_MAX:
        raise ConfigError(f"batch_add of {len(orders)}: {BATCH_ADD_MIN}..{BATCH_ADD_MAX} orders")
    rows = [
        f'{{{order_text(instrument, order)},"cl_ord_id":"{ids.to_text(order.client_order_id)}"}}'
        for order in orders
    ]
    params = f'"symbol":"{instrument.symbol}","orders":[{",".join(rows)}]'
    return _private("batch_add", params, number)
