"""REST of Kraken: public data, and private methods that become those of the WebSocket.

Errors come with status 200 in `error`. Source: the venue's pages rest-api; the rate counter as in
`rates.py`, which orders and cancels do not touch.
"""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tickpath.venues.sim.server.accounts import Account, ApiKey
from tickpath.venues.sim.server.clock import SECOND
from tickpath.venues.sim.server.faults import Asked, Fault
from tickpath.venues.sim.server.kraken import history_rest, public
from tickpath.venues.sim.server.kraken.orders_rest import add_terms, trade_row
from tickpath.venues.sim.server.kraken.signing import read_body, verify
from tickpath.venues.sim.server.kraken.terms import KrakenError, entries_of, invalid, whole
from tickpath.venues.sim.server.kraken.texts import (
    dump,
    legacy,
    pair_names,
    seconds,
    stamp,
    txid,
)
from tickpath.venues.sim.server.orders import BUY, SELL, Market
from tickpath.venues.sim.server.units import fixed
from tickpath.venues.sim.server.venue import Answer, Call

if TYPE_CHECKING:
    from tickpath.venues.sim.server.kraken.protocol import KrakenSpot

Params = dict[str, Any]
UNCOUNTED = (
    "AddOrder",
    "AmendOrder",
    "EditOrder",
    "CancelOrder",
    "AddOrderBatch",
    "CancelOrderBatch",
)
NS_FROM = 10**12
"""`since` is in seconds below it."""
NONCE = re.compile(r"\d{1,20}", re.ASCII)
COSTLY = ("TradesHistory", "ClosedOrders", "QueryTrades")
TRADING = (*UNCOUNTED, "CancelAll")


class KrakenRest:
    """Everything below `/0`."""

    def __init__(self, protocol: "KrakenSpot") -> None:
        self.protocol, self.venue = protocol, protocol.venue
        self.exchange, self.actions = self.venue.exchange, protocol.actions
        self.nonces: dict[str, int] = {}
        self.public: dict[str, Callable[[Params], Any]] = {
            "Time": self.time,
            "SystemStatus": self.status,
            "Assets": self.assets,
            "AssetPairs": self.pairs,
            "Ticker": self.ticker,
            "Depth": self.depth,
            "Trades": self.trades,
        }
        self.private: dict[str, Callable[[Params, Account, ApiKey], Any]] = {
            "GetWebSocketsToken": self.token,
            "Balance": self.balance,
            "BalanceEx": self.balance_ex,
            "TradeBalance": self.trade_balance,
            "OpenOrders": self.open_orders,
            "ClosedOrders": self.closed_orders,
            "QueryOrders": self.query_orders,
            "TradesHistory": self.history,
            "QueryTrades": lambda params, account, key: history_rest.trades(params, account),
            "WithdrawAddresses": lambda params, account, key: history_rest.withdraw_addresses(
                account
            ),
            "OpenPositions": lambda params, account, key: {},
            "AddOrder": self.add,
            "AddOrderBatch": self.add_batch,
            "AmendOrder": self.amend,
            "EditOrder": self.edit,
            "CancelOrder": self.cancel,
            "CancelOrderBatch": self.cancel_batch,
            "CancelAll": lambda params, account, key: self.actions.cancel_all(params, account),
            "CancelAllOrdersAfter": lambda params, account, key: self.actions.cancel_all_after(
                params, account
            ),
        }

    # -- requests ----------------------------------------------------------------------------------

    def rest(self, call: Call) -> Answer:
        name = call.path.rpartition("/")[2]
        try:
            params = read_body(call.query, "")
            if call.body:
                params |= read_body(call.body, call.header("content-type"))
        except ValueError:
            return failed("EGeneral:Invalid arguments")
        self.venue.requests.add(
            t_ns=self.venue.t_ns,
            channel="rest",
            method=call.method,
            path=call.path,
            params=params,
            headers=call.headers,
        )
        asked = Asked(
            channel="rest",
            tag=f"{call.method} {call.path}",
            symbol=self.symbol(params.get("pair")),
            account=self.venue.owner(call.header("api-key")),
            trading=name in TRADING,
        )
        return self.venue.answer(asked, lambda: self.run(call, name, params), struck)

    def symbol(self, name: Any) -> str:
        """The symbol of a pair by any of its names, empty when it is none."""
        try:
            return self.market(name).symbol if name else ""
        except KrakenError:
            return ""

    def run(self, call: Call, name: str, params: Params) -> Answer:
        """The request itself."""
        try:
            if not name.startswith("SystemStatus"):
                self.protocol.check_open()
            if call.path.startswith("/0/public/") and name in self.public:
                result = self.public[name](params)
            elif call.path.startswith("/0/private/") and name in self.private:
                account, key = self.identify(call, name, params)
                result = self.private[name](params, account, key)
            else:
                raise KrakenError("EGeneral:Unknown method")
        except KrakenError as error:
            return failed(str(error))
        return Answer(body=dump({"error": [], "result": result}))

    def identify(self, call: Call, name: str, params: Params) -> tuple[Account, ApiKey]:
        """Who signed. Raises KrakenError."""
        key_name = call.header("api-key")
        for account in self.exchange.accounts.values():
            key = account.keys.get(key_name)
            if key is not None and account.can_trade:
                break
        else:
            raise KrakenError("EAPI:Invalid key")
        nonce = str(params.get("nonce") or "")
        signed = call.path + (f"?{call.query}" if call.query else "")
        if not verify(key, signed, nonce, call.body, call.header("api-sign")):
            raise KrakenError("EAPI:Invalid signature")
        if not NONCE.fullmatch(nonce) or int(nonce) <= self.nonces.get(key_name, -1):
            raise KrakenError("EAPI:Invalid nonce")
        self.nonces[key_name] = int(nonce)
        cost = 0 if name in UNCOUNTED else 2 if name in COSTLY else 1
        if not self.protocol.rates.ask(key_name, cost, self.venue.t_ns):
            raise KrakenError("EAPI:Rate limit exceeded")
        return account, key

    # -- public ------------------------------------------------------------------------------------

    def market(self, name: Any) -> Market:
        """A market by any of its names. Raises KrakenError."""
        for market in self.exchange.markets.values():
            if name in (market.symbol, *pair_names(market)):
                return market
        raise KrakenError("EQuery:Unknown asset pair")

    def time(self, params: Params) -> Any:
        now = self.venue.venue_ns()
        return {"unixtime": now // 10**9, "rfc1123": stamp(now)}

    def status(self, params: Params) -> Any:
        return {"status": self.protocol.system(), "timestamp": stamp(self.venue.venue_ns())}

    def assets(self, params: Params) -> Any:
        found = sorted({a for m in self.exchange.markets.values() for a in (m.base, m.quote)})
        return {
            legacy(asset): {
                "aclass": "currency",
                "altname": legacy(asset)[1:] if len(legacy(asset)) == 4 else legacy(asset),
                "decimals": 10,
                "display_decimals": 5,
                "status": "enabled",
            }
            for asset in found
        }

    def chosen(self, params: Params) -> dict[str, Market]:
        """Pairs that a request names, all by default, by the name of the answer: a name with a
        slash is echoed."""
        if not params.get("pair"):
            return {pair_names(market)[0]: market for market in self.exchange.markets.values()}
        found = {}
        for name in str(params["pair"]).split(","):
            market = self.market(name)
            found[name if "/" in name else pair_names(market)[0]] = market
        return found

    def one(self, params: Params) -> tuple[str, Market]:
        """The one pair of a request. Raises KrakenError."""
        if not params.get("pair"):
            raise KrakenError("EGeneral:Invalid arguments")
        return next(iter(self.chosen(params).items()))

    def pairs(self, params: Params) -> Any:
        return {n: public.pair_row(self.exchange, m) for n, m in self.chosen(params).items()}

    def ticker(self, params: Params) -> Any:
        found = self.chosen(params).items()
        return {name: public.ticker_row(self.exchange, m) for name, m in found}

    def depth(self, params: Params) -> Any:
        name, market = self.one(params)
        count = whole(params, "count", 100, 1, 500)
        book, now = self.exchange.books[market.symbol], self.venue.venue_ns() // 10**9
        sides = [
            [
                [fixed(p, market.price_decimals), fixed(q, market.quantity_decimals), now]
                for p, q in book.depth(side, count)
            ]
            for side in (SELL, BUY)
        ]
        return {name: {"asks": sides[0], "bids": sides[1]}}

    def trades(self, params: Params) -> Any:
        name, market = self.one(params)
        since, limit = whole(params, "since", 0, 0, 2**62), whole(params, "count", 1000, 1, 1000)
        since_ns = since if since >= NS_FROM else since * SECOND
        found = [t for t in self.exchange.trades[market.symbol] if t.t_ns > since_ns]
        found = found[:limit] if since else found[-limit:]
        last = str(found[-1].t_ns) if found else str(since_ns)
        rows = [
            [
                fixed(t.price, market.price_decimals),
                fixed(t.quantity, market.quantity_decimals),
                seconds(t.t_ns),
                "bs"[t.taker_side],
                "l",
                "",
                t.id,
            ]
            for t in found
        ]
        return {name: rows, "last": last}

    # -- account -----------------------------------------------------------------------------------

    def token(self, params: Params, account: Account, key: ApiKey) -> Any:
        return {"token": self.protocol.new_token(account, key), "expires": 900}

    def balance(self, params: Params, account: Account, key: ApiKey) -> Any:
        return {legacy(a): fixed(b.total) for a, b in sorted(account.balances.items())}

    def balance_ex(self, params: Params, account: Account, key: ApiKey) -> Any:
        return {
            legacy(a): {"balance": fixed(b.total), "hold_trade": fixed(b.locked)}
            for a, b in sorted(account.balances.items())
        }

    def trade_balance(self, params: Params, account: Account, key: ApiKey) -> Any:
        quote = next(iter(self.exchange.markets.values())).quote
        total = fixed(account.balance(quote).total, 4)
        return {"eb": total, "tb": total, "m": "0.0000", "n": "0.0000", "e": total, "mf": total}

    def open_orders(self, params: Params, account: Account, key: ApiKey) -> Any:
        found = history_rest.named(account.open_orders.values(), params)
        return {"open": history_rest.told(found, params)}

    def closed_orders(self, params: Params, account: Account, key: ApiKey) -> Any:
        low, high = span_ns(params)
        over = [o for o in account.orders if not o.open and low < o.updated_ns <= high]
        found = history_rest.named(over[::-1], params)
        offset = whole(params, "ofs", 0, 0, 10**9)
        page = history_rest.told(found[offset : offset + 50], params)
        return {"closed": page, "count": len(found)}

    def query_orders(self, params: Params, account: Account, key: ApiKey) -> Any:
        found = []
        for name in str(params.get("txid") or params.get("cl_ord_id") or "").split(","):
            order = self.actions.orders.get(name) or account.client_ids.get(name)
            if order is None or order.account is not account:
                raise KrakenError("EOrder:Unknown order")
            found.append(order)
        return history_rest.told(found, params)

    def history(self, params: Params, account: Account, key: ApiKey) -> Any:
        (low, high), offset = span_ns(params), whole(params, "ofs", 0, 0, 10**9)
        fills = [fill for fill in reversed(account.fills) if low < fill.t_ns <= high]
        page = {txid("T", f.trade_id): trade_row(f) for f in fills[offset : offset + 50]}
        return {"trades": page, "count": len(fills)}

    # -- orders ------------------------------------------------------------------------------------

    def add(self, params: Params, account: Account, key: ApiKey) -> Any:
        market = self.market(params.get("pair"))
        terms = add_terms(params, market.symbol, self.venue.venue_ns())
        result = self.actions.add_order(terms, account)
        price = f" @ limit {params['price']}" if params.get("price") else " @ market"
        words = (params.get("type"), params.get("volume"), pair_names(market)[1])
        told: Params = {"descr": {"order": " ".join(str(w) for w in words) + price}}
        return told | ({"txid": [result["order_id"]]} if result else {})

    def add_batch(self, params: Params, account: Account, key: ApiKey) -> Any:
        market, entries = self.market(params.get("pair")), params.get("orders")
        now = self.venue.venue_ns()
        orders = [add_terms(entry, market.symbol, now) for entry in entries_of(read(entries))]
        rows = self.actions.batch_add({"symbol": market.symbol, "orders": orders}, account)
        return {
            "orders": [
                {"txid": row["order_id"], "descr": {"order": ""}}
                if row.get("success")
                else {"error": row.get("error", "")}
                for row in rows
            ]
        }

    def named(self, params: Params) -> Params:
        """The order that a request names, in the WebSocket's words."""
        return {"order_id": params.get("txid"), "cl_ord_id": params.get("cl_ord_id")}

    def amend(self, params: Params, account: Account, key: ApiKey) -> Any:
        more = {k: params.get(k) for k in ("order_qty", "limit_price", "post_only", "deadline")}
        found = self.actions.amend_order(
            self.named(params) | {k: v for k, v in more.items() if v is not None}, account
        )
        return {"amend_id": found["amend_id"]}

    def edit(self, params: Params, account: Account, key: ApiKey) -> Any:
        terms = self.named(params) | {
            "order_qty": params.get("volume"),
            "limit_price": params.get("price"),
        }
        found = self.actions.edit_order(terms, account)
        return {
            "status": "ok",
            "txid": found["order_id"],
            "originaltxid": found["original_order_id"],
            "volume": str(params.get("volume") or ""),
            "price": str(params.get("price") or ""),
            "orders_cancelled": 1,
            "descr": {"order": ""},
        }

    def cancel(self, params: Params, account: Account, key: ApiKey) -> Any:
        self.actions.cancel_order(self.named(params), account)
        return {"count": 1}

    def cancel_batch(self, params: Params, account: Account, key: ApiKey) -> Any:
        names = params.get("orders")
        names = read(names)
        if not isinstance(names, list):
            raise invalid("orders")
        found = [n.get("txid") if isinstance(n, dict) else n for n in names]
        return self.actions.batch_cancel({"orders": found}, account)


def read(value: Any) -> Any:
    """A list that came as JSON text. Raises KrakenError."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_float=str, parse_int=str)
    except ValueError as error:
        raise invalid("orders") from error


def span_ns(params: Params) -> tuple[int, int]:
    """`start` (left out) and `end` of a history, in seconds since 1970. Raises KrakenError."""
    start, end = (whole(params, name, -1, 0, 10**10) for name in ("start", "end"))
    return start * SECOND, (end * SECOND if end >= 0 else 2**63)


def struck(fault: Fault) -> Answer:
    """What a fault makes of an answer."""
    if fault.kind == "rate_limit":
        return failed("EAPI:Rate limit exceeded")
    return Answer(status=503 if fault.kind == "error_before" else 502, body="")


def failed(error: str) -> Answer:
    """An error as REST tells it."""
    return Answer(body=dump({"error": [error]}))
