"""REST of Coinbase Advanced Trade: products, accounts, orders, fills.

Private requests carry a JWT for their method and path; public twins stand below `/market`. Both
are limited a second, with the counters in the headers. A 200 is no accept: see `terms.py`.
"""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.coinbase import texts
from tickpath.venues.sim.server.coinbase.jwt import TokenError, check, key_of
from tickpath.venues.sim.server.coinbase.terms import REASONS, CoinbaseError, new_order, units
from tickpath.venues.sim.server.coinbase.terms import check as check_order
from tickpath.venues.sim.server.faults import Asked
from tickpath.venues.sim.server.kraken.texts import stamp
from tickpath.venues.sim.server.orders import BUY, SELL, Force, Market, Order, RefusedError, Why
from tickpath.venues.sim.server.units import PPM, UNIT, plain
from tickpath.venues.sim.server.venue import Answer, Call
from tickpath.venues.text.stamps import time_ns

if TYPE_CHECKING:
    from tickpath.venues.sim.server.coinbase.protocol import CoinbaseAdvanced

PREFIX = "/api/v3/brokerage"
HOST = "api.coinbase.com"
TRADING = {("POST", "/orders"), ("POST", "/orders/batch_cancel"), ("POST", "/orders/edit")}
PAGE_MAX = 1000
WHOLE = re.compile(r"\d{1,9}", re.ASCII)
Query = dict[str, list[str]]
JsonObject = dict[str, Any]


class HttpError(Exception):
    """An answer that is no result."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status, self.error, self.message = status, error, message


STRUCK = {
    "error_before": HttpError(503, "UNAVAILABLE", "service unavailable"),
    "rate_limit": HttpError(429, "RESOURCE_EXHAUSTED", "too many requests"),
    "error_after_accept": HttpError(504, "UNKNOWN", "upstream request timeout"),
}
"""What faults make of an answer."""


class CoinbaseRest:
    """Everything below PREFIX."""

    def __init__(self, protocol: "CoinbaseAdvanced") -> None:
        self.protocol, self.venue = protocol, protocol.venue
        self.exchange = self.venue.exchange
        self.numbers: dict[str, int] = {}
        """Order ids in the venue's form to the exchange's."""

    # -- requests ----------------------------------------------------------------------------------

    def rest(self, call: Call) -> Answer:
        path = call.path.removeprefix(PREFIX)
        query = parse_qs(call.query)
        try:
            body = json.loads(call.body, parse_float=str) if call.body else {}
        except ValueError:
            body = None
        self.venue.requests.add(
            t_ns=self.venue.t_ns,
            channel="rest",
            method=call.method,
            path=call.path,
            params={k: v[0] for k, v in query.items()} | (body if isinstance(body, dict) else {}),
            headers=call.headers,
        )
        named = body.get("product_id") if isinstance(body, dict) else None
        asked = Asked(
            channel="rest",
            tag=f"{call.method} {call.path}",
            symbol=str(named or query.get("product_id", [""])[0]),
            account=self.venue.owner(key_of(call.header("authorization").rpartition(" ")[2])),
            trading=(call.method, path) in TRADING,
        )
        return self.venue.answer(
            asked,
            lambda: self.run(call, path, query, body),
            lambda fault: self.failed(call, STRUCK[fault.kind]),
        )

    def run(self, call: Call, path: str, query: Query, body: Any) -> Answer:
        """The request itself."""
        try:
            if self.venue.t_ns < self.venue.maintenance_ns:
                raise HttpError(503, "UNAVAILABLE", "maintenance")
            if not isinstance(body, dict):
                raise HttpError(400, "INVALID_ARGUMENT", "body is no JSON object")
            public = self.public(call.method, path, query)
            self.protocol.count(call, "" if public is not None else self.bearer(call))
            if public is not None:
                return self.answer(call, public)
            account = self.identify(call)
            act = self.route(call.method, path)
            return self.answer(call, act(query, body, account))
        except HttpError as error:
            return self.failed(call, error)

    def answer(self, call: Call, result: Any) -> Answer:
        return Answer(body=json.dumps(result), headers=self.protocol.headers(call))

    def failed(self, call: Call, error: HttpError) -> Answer:
        body = {"error": error.error, "error_details": error.message, "message": error.message}
        headers = self.protocol.headers(call)
        return Answer(status=error.status, body=json.dumps(body), headers=headers)

    def bearer(self, call: Call) -> str:
        """The token of a request. Raises HttpError."""
        kind, _, token = call.header("authorization").partition(" ")
        if kind != "Bearer":
            raise HttpError(401, "UNAUTHENTICATED", "Unauthorized")
        return token

    def identify(self, call: Call) -> Account:
        """Who signed. Raises HttpError."""
        hosts = (call.header("host"), HOST)
        uris = tuple(f"{call.method} {host}{call.path}" for host in hosts)
        try:
            return check(self.venue, self.bearer(call), uris)
        except TokenError as error:
            raise HttpError(401, "UNAUTHENTICATED", "Unauthorized") from error

    # -- public ------------------------------------------------------------------------------------

    def public(self, method: str, path: str, query: Query) -> Any:
        """The result of a public path, None when it is none."""
        if method != "GET":
            return None
        if path == "/time":
            now = self.venue.venue_ns()
            return {
                "iso": stamp(now),
                "epochSeconds": str(now // 10**9),
                "epochMillis": str(now // 10**6),
            }
        if path.startswith("/market/"):
            return self.data(path.removeprefix("/market"), query)
        return None

    def market(self, name: str) -> Market:
        found = self.exchange.markets.get(name)
        if found is None:
            raise HttpError(404, "NOT_FOUND", f"product {name} is unknown")
        return found

    def data(self, path: str, query: Query) -> Any:
        """Market data, the same for both kinds of path. Raises HttpError."""
        parts = path.strip("/").split("/")
        if parts == ["products"]:
            names = query.get("product_ids") or list(self.exchange.markets)
            known = [self.exchange.markets[n] for n in names if n in self.exchange.markets]
            rows = [texts.product_row(self.exchange, market) for market in known]
            return {"products": rows, "num_products": len(rows)}
        if parts == ["product_book"]:
            return self.product_book(query)
        if parts == ["best_bid_ask"]:
            names = query.get("product_ids") or list(self.exchange.markets)
            return {"pricebooks": [self.pricebook(self.market(n), 1) for n in names]}
        if parts[0] == "products" and len(parts) == 2:
            return texts.product_row(self.exchange, self.market(parts[1]))
        if parts[0] == "products" and len(parts) == 3 and parts[2] == "ticker":
            return self.ticker(self.market(parts[1]), query)
        raise HttpError(404, "NOT_FOUND", "no such path")

    def product_book(self, query: Query) -> Any:
        market = self.market(query.get("product_id", [""])[0])
        limit = count_of(query, "limit", 500)
        bid, _, ask, _ = self.exchange.books[market.symbol].top()
        middle = (bid + ask) // 2
        return {
            "pricebook": self.pricebook(market, limit),
            "last": plain(self.exchange.mark(market)),
            "mid_market": plain(middle),
            "spread_bps": plain((ask - bid) * 10_000 * UNIT // middle if middle else 0),
            "spread_absolute": plain(ask - bid),
        }

    def pricebook(self, market: Market, limit: int) -> JsonObject:
        book = self.exchange.books[market.symbol]
        sides = {
            name: [{"price": plain(p), "size": plain(q)} for p, q in book.depth(side, limit)]
            for name, side in (("bids", BUY), ("asks", SELL))
        }
        return {"product_id": market.symbol, **sides, "time": stamp(self.venue.venue_ns())}

    def ticker(self, market: Market, query: Query) -> Any:
        limit = count_of(query, "limit", 100)
        bid, _, ask, _ = self.exchange.books[market.symbol].top()
        rows = [texts.trade_row(t) for t in self.exchange.trades[market.symbol][-limit:]][::-1]
        more = {"bid": "", "ask": "", "exchange": "coinbase"}
        return {"trades": [r | more for r in rows], "best_bid": plain(bid), "best_ask": plain(ask)}

    # -- private -----------------------------------------------------------------------------------

    def route(self, method: str, path: str) -> Callable[[Query, JsonObject, Account], Any]:
        """What a private path does. Raises HttpError."""
        fixed: dict[tuple[str, str], Callable[[Query, JsonObject, Account], Any]] = {
            ("GET", "/accounts"): self.accounts,
            ("POST", "/orders"): self.place,
            ("POST", "/orders/batch_cancel"): self.cancel,
            ("POST", "/orders/edit"): self.edit,
            ("GET", "/orders/historical/batch"): self.listed,
            ("GET", "/orders/historical/fills"): self.fills,
            ("GET", "/key_permissions"): self.permissions,
            ("GET", "/transaction_summary"): self.summary,
        }
        found = fixed.get((method, path))
        if found is not None:
            return found
        if method == "GET" and path.startswith("/orders/historical/"):
            name = path.rpartition("/")[2]
            return lambda query, body, account: {"order": texts.order_row(self.own(name, account))}
        if method == "GET" and path.startswith("/accounts/"):
            return lambda query, body, account: self.wallet(path.rpartition("/")[2], account)
        if method == "GET":
            return lambda query, body, account: self.data(path, query)
        raise HttpError(404, "NOT_FOUND", "no such path")

    def find(self, name: Any) -> Order | None:
        return self.exchange.orders.get(self.numbers.get(str(name), 0))

    def own(self, name: str, account: Account) -> Order:
        """An order of the account. Raises HttpError."""
        order = self.find(name)
        if order is None or order.account is not account:
            raise HttpError(404, "NOT_FOUND", f"order with this orderID was not found: {name}")
        return order

    def accounts(self, query: Query, body: JsonObject, account: Account) -> Any:
        now = self.venue.venue_ns()
        found = sorted(account.balances.items())
        rows = [texts.wallet_row(account, a, b, now) for a, b in found]
        return {"accounts": rows, "has_next": False, "cursor": "", "size": len(rows)}

    def wallet(self, name: str, account: Account) -> Any:
        for asset, balance in account.balances.items():
            if texts.wallet_id(account, asset) == name:
                now = self.venue.venue_ns()
                return {"account": texts.wallet_row(account, asset, balance, now)}
        raise HttpError(404, "NOT_FOUND", "no such account")

    def permissions(self, query: Query, body: JsonObject, account: Account) -> Any:
        return {
            "can_view": True,
            "can_trade": account.can_trade,
            "can_transfer": account.can_withdraw,
            "portfolio_uuid": texts.portfolio_id(account),
            "portfolio_type": "DEFAULT",
        }

    def summary(self, query: Query, body: JsonObject, account: Account) -> Any:
        market = next(iter(self.exchange.markets.values()))
        rates = [plain(f * UNIT // PPM) for f in (market.maker_fee_ppm, market.taker_fee_ppm)]
        tier = {
            "pricing_tier": "Advanced 1",
            "maker_fee_rate": rates[0],
            "taker_fee_rate": rates[1],
        }
        return {"total_volume": 0, "total_fees": 0, "fee_tier": tier}

    # -- orders ------------------------------------------------------------------------------------

    def place(self, query: Query, body: JsonObject, account: Account) -> Any:
        """A new order; a client order id that was used answers with its order."""
        configuration = body.get("order_configuration")
        known = account.client_ids.get(str(body.get("client_order_id") or ""))
        if known is not None:
            return accepted(known)
        if not body.get("client_order_id"):
            raise HttpError(400, "INVALID_ARGUMENT", "client_order_id is missing")
        try:
            market = self.exchange.markets.get(str(body.get("product_id")))
            if market is None:
                raise CoinbaseError("INVALID_PRODUCT_ID", "product_id is unknown")
            order = new_order(body, market, account)
            check_order(self.exchange, order)
            self.exchange.place(order)
        except RefusedError as refused:
            return refusal(*REASONS[refused.why], configuration)
        except CoinbaseError as error:
            return refusal(error.reason, error.message, configuration)
        return accepted(order)

    def cancel(self, query: Query, body: JsonObject, account: Account) -> Any:
        """Each order by itself."""
        results = []
        names = body.get("order_ids")
        if not isinstance(names, list):
            raise HttpError(400, "INVALID_ARGUMENT", "order_ids is no list")
        for name in names:
            order = self.find(name)
            reason = "UNKNOWN_CANCEL_FAILURE_REASON"
            if order is None or order.account is not account:
                reason, done = "UNKNOWN_CANCEL_ORDER", False
            elif not order.open:
                reason, done = "INVALID_CANCEL_REQUEST", False
            else:
                self.exchange.cancel(order, reason="User requested cancel")
                done = True
            results.append({"success": done, "failure_reason": reason, "order_id": str(name)})
        return {"results": results}

    def edit(self, query: Query, body: JsonObject, account: Account) -> Any:
        """Another price or size, GTC alone."""
        order = self.find(body.get("order_id"))
        reason = ""
        if order is None or order.account is not account:
            reason = "ORDER_NOT_FOUND"
        elif not order.open or order.force is not Force.GTC or order.waiting:
            reason = "CANNOT_EDIT_ORDER"
        else:
            try:
                size = units(body, "size") or order.quantity
                price = units(body, "price") or order.price
                trial = Order(0, order.market, order.side, price, size, account)
                check_order(self.exchange, trial)
                self.exchange.amend(order, size, price)
                change = {"price": plain(price), "size": plain(size)}
                now = stamp(self.venue.venue_ns())
                order.tags.setdefault("edits", []).append(
                    change | {"replace_accept_timestamp": now}
                )
            except CoinbaseError as error:
                reason = error.reason
            except RefusedError as refused:
                small = refused.why is Why.QUANTITY
                reason = (
                    "BELOW_FILLED_SIZE" if small else REASONS.get(refused.why, ("REJECTED", ""))[0]
                )
        errors = [{"edit_failure_reason": reason}] if reason else []
        return {"success": not reason, "errors": errors}

    def listed(self, query: Query, body: JsonObject, account: Account) -> Any:
        """Orders, newest first, a page at a time."""
        statuses, products = query.get("order_status", []), query.get("product_ids", [])
        low, high = day_ns(query, "start_date", 0), day_ns(query, "end_date", 2**63)
        found = [
            order
            for order in reversed(account.orders)
            if low <= order.created_ns < high
            and (not statuses or texts.status_of(order, order.status) in statuses)
            and (not products or order.market.symbol in products)
        ]
        some, cursor = page(found, query)
        rows = [texts.order_row(order) for order in some]
        return {"orders": rows, "sequence": "0", "has_next": bool(cursor), "cursor": cursor}

    def fills(self, query: Query, body: JsonObject, account: Account) -> Any:
        orders = query.get("order_ids", query.get("order_id", []))
        products = query.get("product_ids", query.get("product_id", []))
        found = [
            fill
            for fill in reversed(account.fills)
            if (not orders or texts.order_id(fill.order) in orders)
            and (not products or fill.order.market.symbol in products)
        ]
        some, cursor = page(found, query)
        return {"fills": [texts.fill_row(fill) for fill in some], "cursor": cursor}


def count_of(query: Query, name: str, default: int) -> int:
    """A count of a request. Raises HttpError."""
    text = query.get(name, [""])[0]
    if not text:
        return default
    if not WHOLE.fullmatch(text):
        raise HttpError(400, "INVALID_ARGUMENT", f"{name} is no number")
    return int(text)


def day_ns(query: Query, key: str, default: int) -> int:
    """A date of a query in ns, as RFC 3339 says it. Raises HttpError."""
    if key not in query:
        return default
    found = time_ns(query[key][0])
    if found < 0:
        raise HttpError(400, "INVALID_ARGUMENT", f"{key} is no date")
    return found


def page(rows: list[Any], query: Query) -> tuple[list[Any], str]:
    """(one page, cursor of the next or empty)."""
    start = count_of(query, "cursor", 0)
    limit = max(1, min(PAGE_MAX, count_of(query, "limit", 100)))
    rest = len(rows) > start + limit
    return rows[start : start + limit], str(start + limit) if rest else ""


def accepted(order: Order) -> JsonObject:
    """The answer to an order that was taken."""
    return {
        "success": True,
        "success_response": {
            "order_id": texts.order_id(order),
            "product_id": order.market.symbol,
            "side": texts.SIDES[order.side],
            "client_order_id": order.client_id,
            "attached_order_id": "",
        },
        "order_configuration": order.tags["configuration"],
    }


def refusal(reason: str, message: str, configuration: Any) -> JsonObject:
    """The answer to one that was not."""
    return {
        "success": False,
        "error_response": {
            "error": reason,
            "message": message,
            "error_details": "",
            "preview_failure_reason": f"PREVIEW_{reason}",
        },
        "order_configuration": configuration,
    }
