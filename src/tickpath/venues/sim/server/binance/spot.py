"""Binance spot as a `VenueProtocol`: its routes, methods and events. Source: rest-api.md,
web-socket-api.md, web-socket-streams.md, user-data-stream.md."""

from typing import Any
from urllib.parse import parse_qs

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.binance import market, sbe, texts
from tickpath.venues.sim.server.binance.actions import (
    BY_ID,
    HISTORY,
    PRICED,
    SpotActions,
)
from tickpath.venues.sim.server.binance.api import ApiSession
from tickpath.venues.sim.server.binance.errors import ApiError
from tickpath.venues.sim.server.binance.limits import LimitSpec
from tickpath.venues.sim.server.binance.params import Params
from tickpath.venues.sim.server.binance.protocol import BinanceProtocol, compact, speaks_sbe
from tickpath.venues.sim.server.binance.public import Method
from tickpath.venues.sim.server.binance.streams import MarketSession
from tickpath.venues.sim.server.binance.terms import ORDER
from tickpath.venues.sim.server.clock import MS
from tickpath.venues.sim.server.link import Link, Session
from tickpath.venues.sim.server.orders import Execution, Happening
from tickpath.venues.sim.server.venue import Answer, Call, Venue

REPLACE = ORDER | frozenset(
    [
        "cancelReplaceMode",
        "cancelNewClientOrderId",
        "cancelOrigClientOrderId",
        "cancelOrderId",
        "cancelRestrictions",
        "orderRateLimitExceededMode",
    ]
)
AMEND = frozenset({"symbol", "orderId", "origClientOrderId", "newClientOrderId", "newQty"})
SESSION = frozenset(
    [
        "session.logon",
        "session.status",
        "session.logout",
        "session.subscriptions",
        "userDataStream.subscribe",
        "userDataStream.subscribe.signature",
        "userDataStream.unsubscribe",
    ]
)
REST = {
    ("GET", "/api/v3/ping"): "ping",
    ("GET", "/api/v3/time"): "time",
    ("GET", "/api/v3/exchangeInfo"): "exchangeInfo",
    ("GET", "/api/v3/depth"): "depth",
    ("GET", "/api/v3/trades"): "trades.recent",
    ("GET", "/api/v3/aggTrades"): "trades.aggregate",
    ("GET", "/api/v3/avgPrice"): "avgPrice",
    ("GET", "/api/v3/ticker/24hr"): "ticker.24hr",
    ("GET", "/api/v3/ticker/price"): "ticker.price",
    ("GET", "/api/v3/ticker/bookTicker"): "ticker.book",
    ("POST", "/api/v3/order"): "order.place",
    ("POST", "/api/v3/order/test"): "order.test",
    ("DELETE", "/api/v3/order"): "order.cancel",
    ("GET", "/api/v3/order"): "order.status",
    ("POST", "/api/v3/order/cancelReplace"): "order.cancelReplace",
    ("PUT", "/api/v3/order/amend/keepPriority"): "order.amend.keepPriority",
    ("GET", "/api/v3/openOrders"): "openOrders.status",
    ("DELETE", "/api/v3/openOrders"): "openOrders.cancelAll",
    ("GET", "/api/v3/allOrders"): "allOrders",
    ("GET", "/api/v3/account"): "account.status",
    ("GET", "/api/v3/account/commission"): "account.commission",
    ("GET", "/api/v3/myTrades"): "myTrades",
    ("GET", "/api/v3/rateLimit/order"): "account.rateLimits.orders",
}


def methods(a: SpotActions) -> dict[str, Method]:
    """Every method with the parameters it knows, its weight and what it needs."""
    symbol, limited = frozenset({"symbol"}), frozenset({"symbol", "limit", "fromId"})
    return {
        "ping": Method(a.ping, frozenset()),
        "time": Method(a.time, frozenset()),
        "exchangeInfo": Method(
            a.exchange_info,
            PRICED | {"permissions", "showPermissionSets"},
            20,
        ),
        "depth": Method(a.depth, limited | {"symbolStatus"}, 5),
        "trades.recent": Method(a.trades, limited, 25),
        "trades.aggregate": Method(a.agg_trades, limited | {"startTime", "endTime"}, 4),
        "avgPrice": Method(a.average, symbol, 2),
        "ticker.24hr": Method(a.day, PRICED, 2),
        "ticker.price": Method(a.price, PRICED, 2),
        "ticker.book": Method(a.book_ticker, PRICED, 2),
        "order.place": Method(a.place, ORDER, 1, "signed", True, True),
        "order.test": Method(a.test, ORDER | {"computeCommissionRates"}, 1, "signed"),
        "order.cancel": Method(a.cancel, BY_ID, 1, "signed", trading=True),
        "order.status": Method(a.status, BY_ID, 4, "signed"),
        "order.cancelReplace": Method(a.cancel_replace, REPLACE, 1, "signed", True, True),
        "order.amend.keepPriority": Method(a.amend, AMEND, 4, "signed", trading=True),
        "openOrders.status": Method(a.open_orders, symbol, 6, "signed"),
        "openOrders.cancelAll": Method(a.cancel_all, symbol, 1, "signed", trading=True),
        "allOrders": Method(a.all_orders, HISTORY, 20, "signed"),
        "account.status": Method(a.account, frozenset({"omitZeroBalances"}), 20, "signed"),
        "account.commission": Method(a.commission, symbol, 20, "signed"),
        "myTrades": Method(a.my_trades, HISTORY, 20, "signed"),
        "account.rateLimits.orders": Method(a.order_limits, frozenset(), 40, "signed"),
    }


class BinanceSpot(BinanceProtocol):
    """Spot: everything on one address, told apart by path."""

    name = "binance-spot"
    api_path = "/ws-api/v3"
    sockets = {"market": "", "api": "/ws-api/v3"}  # noqa: RUF012
    session_methods = SESSION

    def __init__(self, spec: LimitSpec | None = None) -> None:
        super().__init__(spec or LimitSpec())

    def bind(self, venue: Venue) -> None:
        self.attach(venue, futures=False)
        self.actions = SpotActions(venue, self.limits)
        self.api_methods = methods(self.actions)
        self.routes = {where: self.api_methods[name] for where, name in REST.items()}

    def weight(self, method: Method, params: Params) -> int:
        if method.run == self.actions.depth:
            limit = params.integer("limit", 100)
            return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1000 else 250
        if method.run == self.actions.open_orders and "symbol" not in params:
            return 80
        if method.run == self.actions.my_trades and "orderId" in params:
            return 5
        return method.weight

    # -- connections -------------------------------------------------------------------------------

    def channel(self, path: str) -> str:
        return "api" if path == self.api_path else "market"

    def connect(self, call: Call, link: Link) -> Session | Answer:
        """A handshake: the WebSocket API, a raw stream or a combined one."""
        now = self.venue.venue_ns()
        if not self.limits.connect(call.remote, now):
            return Answer(status=429, body="{}")
        query = parse_qs(call.query)
        unit_ns = 1000 if query.get("timeUnit", [""])[0].upper() == "MICROSECOND" else MS
        if call.path == self.api_path:
            try:
                self.check_open(call.remote)
                self.limits.use_weight(call.remote, 2, now)
            except ApiError as error:
                return self.refused(call, error)
            try:
                binary = sbe.asked(query)
            except ValueError as wrong:
                return self.refused(call, ApiError(-1100, str(wrong)))
            shown = query.get("returnRateLimits", ["true"])[0] != "false"
            return ApiSession(self, link, shown, binary)
        if call.path == "/stream":
            names = [n for n in query.get("streams", [""])[0].split("/") if n]
            return MarketSession(self.streams, link, names, True, unit_ns)
        if call.path == "/ws" or call.path.startswith("/ws/"):
            names = [n for n in call.path.removeprefix("/ws").split("/") if n]
            return MarketSession(self.streams, link, names, False, unit_ns)
        return Answer(status=404)

    def shutdown_notice(self, link: Link) -> None:
        event = {"e": "serverShutdown", "E": self.venue.venue_ms()}
        if speaks_sbe(link):
            link.send(sbe.event(event, 0), "serverShutdown")
        elif link.channel == "api":
            link.send(compact({"event": event}), "serverShutdown")
        elif isinstance(link.session, MarketSession) and link.session.combined:
            link.send(compact({"stream": "!serverShutdown", "data": event}), "serverShutdown")
        else:
            link.send(compact(event), "serverShutdown")

    def snapshot_taken(self, symbol: str) -> None:
        found = self.venue.exchange.markets[symbol]
        self.actions.old_depth[symbol] = market.depth(self.venue.exchange, found, 5000)

    # -- events ------------------------------------------------------------------------------------

    def on_execution(self, execution: Execution) -> None:
        account = execution.order.account
        assert account is not None
        self.actions.execution_id = execution.id
        event: dict[str, Any] = texts.execution_report(execution, self.venue.venue_ns())
        if execution.what is Happening.TRADE:
            self.last_fill[account.name] = event
            if execution.order.filled == (execution.fill.quantity if execution.fill else 0):
                self.limits.give_back(account.name, self.venue.venue_ns())
        self.tell(account, event, "executionReport", execution.order.market.symbol)

    def on_balance(self, account: Account, assets: tuple[str, ...], t_ns: int) -> None:
        self.tell(account, texts.account_position(account, assets, t_ns), "balance")
