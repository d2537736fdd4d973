"""Reconciliation with a Kraken account: what became of the engine's orders, what it holds.

Orders that stand open at the venue are told by one list; those that are over by pages of another,
newest first; what neither holds is asked for by its client order id. Where the venue counts more
than the engine, the trades of that order are told first, with the trade ids that the channel of
executions uses, so that the engine counts each once. An order that the venue does not know is only
believed absent once its request can no longer arrive: add_order leaves with a deadline.
Worst case: PAGES_MAX pages, then two calls an order.
"""

import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tickpath.core import ids
from tickpath.core.config import Instrument
from tickpath.core.records import OrderState
from tickpath.venues.kraken.assets import asset_of, symbol_of
from tickpath.venues.kraken.queries import reply_frame
from tickpath.venues.kraken.replies import stamp_text, steps_of, unknown_frame
from tickpath.venues.kraken.request_ids import QUERY, request_id
from tickpath.venues.order_steps import (
    Call,
    Known,
    Script,
    ScriptError,
    Standing,
    Step,
    Stray,
    Wait,
)
from tickpath.venues.script_values import decimal_of

if TYPE_CHECKING:
    from tickpath.venues.kraken.order_session import KrakenOrderDialect

DOUBTED = (OrderState.PENDING_NEW, OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE)
"""States whose request died with the line: unknown until the venue's word is told."""

PAGE_ROWS = 50
PAGES_MAX = 4
TRADES_MAX = 20
"""Ids of one QueryTrades."""

CANCELS_MAX = 50
"""Orders of one CancelOrderBatch."""

TRADES = {"trades": "true"}
EACH_TRADE = {**TRADES, "consolidate_taker": "false"}
"""The venue puts the trades of a taker together unless it is told not to: the ids would not be
those of the channel."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """An order at the venue: its id there, and what REST says of it."""

    name: str
    row: Row


def reconcile(dialect: "KrakenOrderDialect", known: Sequence[Known]) -> Script:
    """Returns a `Standing`; see the module."""
    opened = _orders((yield from dialect.calls.ask("open_orders", TRADES)), "open")
    wanted = {ids.to_text(order.client_order_id): order for order in known}
    found = {own: each for own, each in _by_own(opened).items() if own in wanted}
    found |= yield from _closed(dialect, [own for own in wanted if own not in found])
    for own in [own for own in wanted if own not in found]:
        yield from _until_late(dialect, wanted[own])
        each = yield from look_up(dialect, own)
        if each is not None:
            found[own] = each
    standing = Standing()
    trades = yield from trades_of(
        dialect,
        [each for own, each in found.items() if _missed(dialect, wanted[own], each)],
    )
    for own, order in wanted.items():
        standing.frames += _frames(dialect, order, found.get(own), trades)
    standing.balances = balances_of((yield from dialect.calls.ask("balances")))
    standing.strays = strays(
        dialect, [each for each in opened if str(each.row.get("cl_ord_id")) not in wanted]
    )
    return standing


def look_up(dialect: "KrakenOrderDialect", own: str) -> Generator[Step, Any, Found | None]:
    """An order by its client order id, None when neither list has it. The open ones first: an order
    that ends in between is in the other list."""
    named = {"cl_ord_id": own}
    opened = yield from dialect.calls.ask("open_orders", {**TRADES, **named})
    found = _by_own(_orders(opened, "open")).get(own)
    if found is None:
        closed = yield from dialect.calls.ask("closed_orders", {**EACH_TRADE, **named})
        found = _by_own(_orders(closed, "closed")).get(own)
    return found


def trades_of(
    dialect: "KrakenOrderDialect", orders: Iterable[Found]
) -> Generator[Step, Any, dict[str, Row]]:
    """The trades of orders by their ids. Raises ScriptError when one is not told."""
    names = [name for each in orders for name in _trade_names(each)]
    found: dict[str, Row] = {}
    for at in range(0, len(names), TRADES_MAX):
        part = names[at : at + TRADES_MAX]
        result = yield from dialect.calls.ask("trades", {"txid": ",".join(part)})
        if not isinstance(result, dict) or any(
            not isinstance(result.get(name), dict) for name in part
        ):
            raise ScriptError("the venue tells of a trade and does not say what it was")
        found |= result
    return found


def fill_frames(
    dialect: "KrakenOrderDialect", client_order_id: int, about: Instrument, each: Found,
    trades: Mapping[str, Row],
) -> list[bytes]:  # fmt: skip
    """The trades of an order as rows of the channel that were not heard, oldest first. Raises
    ScriptError when they are not what the venue says is filled."""
    rows = {name: trades[name] for name in _trade_names(each)}
    lots = sum(steps_of(trade["vol"], about.lot_size) for trade in rows.values())
    if lots != lots_filled(each, about):
        raise ScriptError("the trades of an order are not what is filled of it")
    exact = "fcib" not in str(each.row.get("oflags"))
    frames = []
    for name, trade in sorted(rows.items(), key=lambda item: decimal_of(item[1]["time"])):
        if trade["ordertxid"] != each.name:
            raise ScriptError("the venue names a trade of another order")
        row = _fill_row(about, name, trade)
        row |= {"order_id": each.name, "cl_ord_id": ids.to_text(client_order_id)}
        if exact:
            asset = dialect.currencies[about.quote]
            row["fees"] = [{"asset": asset, "qty": f"{decimal_of(trade['fee']):f}"}]
        frames.append(_compact({"channel": "executions", "type": "update", "data": [row]}))
    return frames


def strays(dialect: "KrakenOrderDialect", orders: Sequence[Found]) -> list[Stray]:
    """Open orders that the engine does not know. One call cancels many of its own, since calls with
    nonces must not overtake each other: the first of each part carries it. For the same reason they
    are signed when nothing else is left to ask."""
    own = [each for each in orders if _is_ours(dialect, each)]
    calls = {
        own[at].name: cancel(dialect, [each.name for each in own[at : at + CANCELS_MAX]])
        for at in range(0, len(own), CANCELS_MAX)
    }
    return [
        Stray(
            symbol=symbol_of(_pair(each), dialect.instruments.values()),
            name=str(each.row.get("cl_ord_id") or each.name),
            ours=_is_ours(dialect, each),
            cancel=calls.get(each.name),
        )
        for each in orders
    ]


def cancel(dialect: "KrakenOrderDialect", names: Sequence[str]) -> Call:
    """Cancel orders by the venue's ids."""
    if len(names) == 1:
        return dialect.calls.call("cancel", {"txid": names[0]})
    return dialect.calls.call("cancel_batch", document=_compact({"orders": list(names)}))


def cancel_all(dialect: "KrakenOrderDialect") -> Script:
    """Every open order of this engine; returns how many were found, so that 0 means that none is
    left."""
    opened = _orders((yield from dialect.calls.ask("open_orders")), "open")
    names = [each.name for each in opened if _is_ours(dialect, each)]
    for at in range(0, len(names), CANCELS_MAX):
        part = names[at : at + CANCELS_MAX]
        if len(part) == 1:
            yield from dialect.calls.ask("cancel", {"txid": part[0]})
        else:
            yield from dialect.calls.ask("cancel_batch", document=_compact({"orders": part}))
    return len(names)


def balances_of(result: Any) -> dict[str, Decimal]:
    """Totals by asset, what open orders hold included. Raises ScriptError."""
    if not isinstance(result, dict):
        raise ScriptError("the venue's answer has no balances")
    found: dict[str, Decimal] = {}
    for name, total in result.items():
        asset = asset_of(name)
        found[asset] = found.get(asset, Decimal(0)) + decimal_of(total)
    return found


def _closed(
    dialect: "KrakenOrderDialect", names: Iterable[str]
) -> Generator[Step, Any, dict[str, Found]]:
    """Orders that are over, by client order id, as far as the newest pages have them."""
    left = set(names)
    found: dict[str, Found] = {}
    for page in range(PAGES_MAX if left else 0):
        fields = {**EACH_TRADE, "ofs": str(page * PAGE_ROWS)}
        rows = _orders((yield from dialect.calls.ask("closed_orders", fields)), "closed")
        found = {own: each for own, each in _by_own(rows).items() if own in left} | found
        if len(rows) < PAGE_ROWS or left <= found.keys():
            break
    return found


def _until_late(dialect: "KrakenOrderDialect", order: Known) -> Generator[Step, Any, None]:
    """Until the request of an order can no longer arrive."""
    left_ns = order.t_sent_ns + dialect.in_flight_ns - dialect.now_ns()
    if left_ns > 0:
        yield Wait(left_ns)


def _frames(
    dialect: "KrakenOrderDialect", order: Known, each: Found | None, trades: Mapping[str, Row]
) -> list[bytes]:
    """Bring one order up to date: doubts, then fills, then how it stands."""
    about = dialect.by_index[order.instrument]
    frames = []
    if order.state in DOUBTED and not order.ended:
        frames.append(unknown_frame(order.client_order_id))
    if each is not None and _missed(dialect, order, each):
        frames += fill_frames(dialect, order.client_order_id, about, each, trades)
    if not order.ended:
        number = request_id(order.client_order_id, QUERY)
        told = None if each is None else (each.name, each.row)
        frames.append(reply_frame(number, about.symbol, told))
    return frames


def _missed(dialect: "KrakenOrderDialect", order: Known, each: Found) -> bool:
    """Whether the venue has filled more than the engine knows."""
    return lots_filled(each, dialect.by_index[order.instrument]) > order.filled_lots


def lots_filled(each: Found, about: Instrument) -> int:
    """What the venue has filled of an order."""
    return steps_of(each.row["vol_exec"], about.lot_size)


def _fill_row(about: Instrument, name: str, trade: Row) -> dict[str, Any]:
    """A trade in the words of the channel. Raises ScriptError for one without its number: the
    engine could count it twice."""
    number = trade.get("trade_id")
    if type(number) is not int or number <= 0:
        raise ScriptError("the venue tells of a trade without its trade_id")
    price = steps_of(trade["price"], about.tick_size) * about.tick_size
    quantity = steps_of(trade["vol"], about.lot_size) * about.lot_size
    row = {
        "exec_type": "trade",
        "exec_id": name,
        "trade_id": number,
        "symbol": about.symbol,
        "last_qty": f"{quantity:f}",
        "last_price": f"{price:f}",
        "timestamp": stamp_text(int(decimal_of(trade["time"]) * 10**9)),
    }
    if isinstance(trade.get("maker"), bool):
        row["liquidity_ind"] = "m" if trade["maker"] else "t"
    return row


def _orders(result: Any, key: str) -> list[Found]:
    """The orders of a list of REST. Raises ScriptError for what is none."""
    orders = result.get(key) if isinstance(result, dict) else None
    if not isinstance(orders, dict) or any(not isinstance(row, dict) for row in orders.values()):
        raise ScriptError(f"the venue's answer has no list of {key} orders")
    return [Found(name, row) for name, row in orders.items()]


def _by_own(orders: Iterable[Found]) -> dict[str, Found]:
    """Orders that have a client order id, by it."""
    return {str(each.row["cl_ord_id"]): each for each in orders if each.row.get("cl_ord_id")}


def _is_ours(dialect: "KrakenOrderDialect", each: Found) -> bool:
    """Whether an order has a client order id of this engine."""
    return dialect.minted(str(each.row.get("cl_ord_id")))


def _pair(each: Found) -> str:
    described = each.row.get("descr")
    return str(described.get("pair", "")) if isinstance(described, dict) else ""


def _trade_names(each: Found) -> list[str]:
    """Ids of an order's trades. Raises ScriptError when they are not told."""
    names = each.row.get("trades")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ScriptError("the venue tells of an order that is filled and names no trades")
    return list(dict.fromkeys(names))


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
