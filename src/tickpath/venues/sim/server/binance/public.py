"""What both markets can be asked without an order: helpers of requests, and public data.

A method takes parameters and the account and returns what becomes the result; ApiError refuses.
"""

import json
import random
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.binance import market as public
from tickpath.venues.sim.server.binance import rules
from tickpath.venues.sim.server.binance.errors import INVALID_SYMBOL, ApiError
from tickpath.venues.sim.server.binance.limits import Limits
from tickpath.venues.sim.server.binance.params import Params
from tickpath.venues.sim.server.clock import MS
from tickpath.venues.sim.server.orders import Fill, Market, Order
from tickpath.venues.sim.server.units import fixed
from tickpath.venues.sim.server.venue import Venue

Row = TypeVar("Row")
LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Method:
    """`security`: none, key or signed; `order`: it counts as a new order; `trading`: the faults of
    orders strike it."""

    run: Callable[[Params, Account | None], Any]
    known: frozenset[str]
    weight: int = 1
    security: str = "none"
    order: bool = False
    trading: bool = False


class PublicActions:
    """The methods over one venue, without orders."""

    def __init__(self, venue: Venue, limits: Limits) -> None:
        self.venue, self.exchange, self.limits = venue, venue.exchange, limits
        self.random = random.Random(f"ids:{venue.seed}")
        self.old_depth: dict[str, tuple[int, Any, Any]] = {}
        self.switches: dict[str, dict[str, int]] = {}
        self.execution_id = 0

    # -- helpers -----------------------------------------------------------------------------------

    def new_id(self) -> str:
        """A client order id as the venue makes one when none is sent."""
        return "".join(self.random.choices(LETTERS, k=22))

    def market_of(self, params: Params, name: str = "symbol") -> Market:
        found = self.exchange.markets.get(params.text(name))
        if found is None:
            raise ApiError(*INVALID_SYMBOL)
        return found

    def markets_of(self, params: Params) -> list[Market]:
        """The symbols that a request names: one, some, all."""
        if "symbol" in params:
            return [self.market_of(params)]
        if "symbols" in params:
            try:
                names = json.loads(params.text("symbols"))
            except ValueError as error:
                raise ApiError(-1100, "Illegal characters found in parameter 'symbols'.") from error
            if not isinstance(names, list) or any(n not in self.exchange.markets for n in names):
                raise ApiError(*INVALID_SYMBOL)
            return [self.exchange.markets[name] for name in names]
        return list(self.exchange.markets.values())

    def one_or_all(self, params: Params, make: Callable[[Market], Any]) -> Any:
        """An object for one symbol, a list for more."""
        found = [make(market) for market in self.markets_of(params)]
        return found[0] if "symbol" in params else found

    def find(self, params: Params, account: Account, prefix: str = "") -> Order | None:
        """The order that a request names by id or client order id."""
        market = self.market_of(params)
        by_id = "cancelOrderId" if prefix else "orderId"
        by_client = "cancelOrigClientOrderId" if prefix else "origClientOrderId"
        if by_id not in params and by_client not in params:
            raise ApiError(
                -1128 if prefix else -1102,
                f"Param '{by_client}' or '{by_id}' must be sent, but both were empty/null!",
            )
        found = None
        if by_id in params:
            found = self.exchange.orders.get(params.integer(by_id))
        else:
            found = account.client_ids.get(params.text(by_client))
        if found is None or found.account is not account or found.market is not market:
            return None
        return found

    def paged(
        self,
        rows: Iterable[Row],
        params: Params,
        first: str,
        number: Callable[[Row], int],
        time_ns: Callable[[Row], int],
    ) -> list[Row]:
        """The rows that a request asks for: from a number or a time on, else the latest."""
        least, limit = params.integer(first, 0), max(1, min(1000, params.integer("limit", 500)))
        start, end = params.integer("startTime", 0), params.integer("endTime", 2**62)
        found = [row for row in rows if number(row) >= least and start <= time_ns(row) // MS <= end]
        return found[:limit] if least or start else found[-limit:]

    def own_orders(self, params: Params, account: Account) -> list[Order]:
        """Orders of the account in one market, as a request pages through them."""
        market = self.market_of(params)
        rows = (order for order in account.orders if order.market is market)
        return self.paged(rows, params, "orderId", lambda o: o.id, lambda o: o.created_ns)

    def own_fills(self, params: Params, account: Account) -> list[Fill]:
        """The same for fills, of one order if it is named."""
        market, only = self.market_of(params), params.integer("orderId", 0)
        rows = (
            fill
            for fill in account.fills
            if fill.order.market is market and only in (0, fill.order.id)
        )
        return self.paged(rows, params, "fromId", lambda f: f.trade_id, lambda f: f.t_ns)

    def attempt(self, do: Callable[[], dict[str, Any]]) -> tuple[bool, dict[str, Any]]:
        """(whether it went well, its answer or error)."""
        try:
            return True, do()
        except ApiError as error:
            return False, {"code": error.code, "msg": error.message}

    # -- public ------------------------------------------------------------------------------------

    def ping(self, params: Params, account: Account | None) -> Any:
        return {}

    def time(self, params: Params, account: Account | None) -> Any:
        return {"serverTime": self.venue.venue_ms()}

    def exchange_info(self, params: Params, account: Account | None) -> Any:
        return {
            "timezone": "UTC",
            "serverTime": self.venue.venue_ms(),
            "rateLimits": self.limits.published(),
            "exchangeFilters": [],
            "symbols": [
                public.symbol_info(m, rules.published(m), m.symbol in self.exchange.halted)
                for m in self.markets_of(params)
            ],
        }

    def depth(self, params: Params, account: Account | None) -> Any:
        market, limit = self.market_of(params), params.integer("limit", 100)
        if self.venue.faults.strike("stale_snapshot", symbol=market.symbol):
            last_id, bids, asks = self.old_depth[market.symbol]
        else:
            last_id, bids, asks = public.depth(self.exchange, market, 5000)
        limit = min(5000, limit) if limit > 0 else 100
        return {
            "lastUpdateId": last_id,
            "bids": public.rows(bids[:limit]),
            "asks": public.rows(asks[:limit]),
        }

    def trades(self, params: Params, account: Account | None) -> Any:
        market = self.market_of(params)
        limit = max(1, min(1000, params.integer("limit", 500)))
        return public.trade_rows(self.exchange.trades[market.symbol], limit)

    def agg_trades(self, params: Params, account: Account | None) -> Any:
        rows = self.exchange.trades[self.market_of(params).symbol]
        found = self.paged(rows, params, "fromId", lambda t: t.id, lambda t: t.t_ns)
        return public.agg_rows(found, len(found))

    def book_ticker(self, params: Params, account: Account | None) -> Any:
        return self.one_or_all(params, lambda m: public.book_ticker(self.exchange, m))

    def price(self, params: Params, account: Account | None) -> Any:
        return self.one_or_all(
            params,
            lambda m: {"symbol": m.symbol, "price": fixed(self.exchange.mark(m))},
        )

    def day(self, params: Params, account: Account | None) -> Any:
        now = self.venue.venue_ns()
        return self.one_or_all(params, lambda m: public.day_ticker(self.exchange, m, now))

    def average(self, params: Params, account: Account | None) -> Any:
        mark = self.exchange.mark(self.market_of(params))
        return {"mins": 5, "price": fixed(mark), "closeTime": self.venue.venue_ms()}
