"""Binance USD-M as a `VenueProtocol`: routes, methods, listen keys and events. Source: the venue's
derivatives pages. Streams are served below `/ws`, `/stream` and the newer `/public`, `/market`,
`/private` before them."""

import json
from urllib.parse import parse_qs

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.binance import market as public
from tickpath.venues.sim.server.binance import usdm_texts as texts
from tickpath.venues.sim.server.binance.api import ApiSession
from tickpath.venues.sim.server.binance.errors import ApiError
from tickpath.venues.sim.server.binance.limits import LimitSpec
from tickpath.venues.sim.server.binance.listen_keys import ListenKeys
from tickpath.venues.sim.server.binance.params import Params
from tickpath.venues.sim.server.binance.protocol import BARE, BinanceProtocol, compact
from tickpath.venues.sim.server.binance.public import Method
from tickpath.venues.sim.server.binance.streams import MarketSession
from tickpath.venues.sim.server.binance.usdm_actions import UsdmActions
from tickpath.venues.sim.server.binance.usdm_terms import ORDER
from tickpath.venues.sim.server.clock import MS
from tickpath.venues.sim.server.link import Link, Session
from tickpath.venues.sim.server.orders import Execution, Happening
from tickpath.venues.sim.server.venue import Answer, Call, Venue

BY_ID = frozenset({"symbol", "orderId", "origClientOrderId"})
HISTORY = frozenset({"symbol", "orderId", "startTime", "endTime", "fromId", "limit"})
SESSION = frozenset({"session.logon", "session.status", "session.logout"})
PREFIXES = ("/public", "/market", "/private")
REST = {
    ("GET", "/fapi/v1/ping"): "ping",
    ("GET", "/fapi/v1/time"): "time",
    ("GET", "/fapi/v1/exchangeInfo"): "exchangeInfo",
    ("GET", "/fapi/v1/depth"): "depth",
    ("GET", "/fapi/v1/trades"): "trades",
    ("GET", "/fapi/v1/aggTrades"): "aggTrades",
    ("GET", "/fapi/v1/premiumIndex"): "premiumIndex",
    ("GET", "/fapi/v1/ticker/24hr"): "ticker.24hr",
    ("GET", "/fapi/v1/ticker/price"): "ticker.price",
    ("GET", "/fapi/v2/ticker/price"): "ticker.price",
    ("GET", "/fapi/v1/ticker/bookTicker"): "ticker.book",
    ("POST", "/fapi/v1/order"): "order.place",
    ("POST", "/fapi/v1/order/test"): "order.test",
    ("PUT", "/fapi/v1/order"): "order.modify",
    ("DELETE", "/fapi/v1/order"): "order.cancel",
    ("GET", "/fapi/v1/order"): "order.status",
    ("POST", "/fapi/v1/batchOrders"): "batch",
    ("DELETE", "/fapi/v1/batchOrders"): "cancelBatch",
    ("DELETE", "/fapi/v1/allOpenOrders"): "cancelAll",
    ("POST", "/fapi/v1/countdownCancelAll"): "countdown",
    ("GET", "/fapi/v1/openOrder"): "openOrder",
    ("GET", "/fapi/v1/openOrders"): "openOrders",
    ("GET", "/fapi/v1/allOrders"): "allOrders",
    ("GET", "/fapi/v1/userTrades"): "userTrades",
    ("GET", "/fapi/v2/account"): "account.status",
    ("GET", "/fapi/v3/account"): "account.status",
    ("GET", "/fapi/v2/balance"): "account.balance",
    ("GET", "/fapi/v3/balance"): "account.balance",
    ("GET", "/fapi/v2/positionRisk"): "account.position",
    ("GET", "/fapi/v3/positionRisk"): "account.position",
    ("POST", "/fapi/v1/leverage"): "leverage",
    ("GET", "/fapi/v1/positionSide/dual"): "dual",
    ("POST", "/fapi/v1/positionSide/dual"): "setDual",
    ("GET", "/fapi/v1/commissionRate"): "commission",
    ("GET", "/fapi/v1/rateLimit/order"): "orderLimits",
    ("POST", "/fapi/v1/listenKey"): "userDataStream.start",
    ("PUT", "/fapi/v1/listenKey"): "userDataStream.ping",
    ("DELETE", "/fapi/v1/listenKey"): "userDataStream.stop",
}
OVER_SOCKET = frozenset(
    [
        "ping",
        "time",
        "depth",
        "ticker.price",
        "ticker.book",
        "order.place",
        "order.modify",
        "order.cancel",
        "order.status",
        "account.status",
        "account.balance",
        "account.position",
        "v2/account.status",
        "v2/account.balance",
        "v2/account.position",
        "userDataStream.start",
        "userDataStream.ping",
        "userDataStream.stop",
    ]
)


def methods(a: UsdmActions) -> dict[str, Method]:
    """Every method with the parameters it knows, its weight and what it needs."""
    none, symbol = frozenset[str](), frozenset({"symbol"})
    listed = frozenset({"symbol", "limit", "fromId", "startTime", "endTime"})
    batch = frozenset({"batchOrders"})
    lists = frozenset({"symbol", "orderIdList", "origClientOrderIdList"})
    key = frozenset({"listenKey"})
    dual = frozenset({"dualSidePosition"})
    return {
        "ping": Method(a.ping, none),
        "time": Method(a.time, none),
        "exchangeInfo": Method(a.exchange_info, none),
        "depth": Method(a.depth, listed, 10),
        "trades": Method(a.trades, listed, 5),
        "aggTrades": Method(a.agg_trades, listed, 20),
        "premiumIndex": Method(a.premium, symbol),
        "ticker.24hr": Method(a.day, symbol),
        "ticker.price": Method(a.price, symbol),
        "ticker.book": Method(a.book_ticker, symbol, 2),
        "order.place": Method(a.place, ORDER, 0, "signed", True, True),
        "order.test": Method(a.test, ORDER, 0, "signed"),
        "order.modify": Method(a.modify, ORDER | BY_ID, 1, "signed", True, True),
        "order.cancel": Method(a.cancel, BY_ID, 1, "signed", trading=True),
        "order.status": Method(a.status, BY_ID, 1, "signed"),
        "batch": Method(a.batch, batch, 5, "signed", True, True),
        "cancelBatch": Method(a.cancel_batch, lists, 1, "signed", trading=True),
        "cancelAll": Method(a.cancel_all, symbol, 1, "signed", trading=True),
        "countdown": Method(a.countdown, symbol | {"countdownTime"}, 10, "signed"),
        "openOrder": Method(a.open_order, BY_ID, 1, "signed"),
        "openOrders": Method(a.open_orders, symbol, 1, "signed"),
        "allOrders": Method(a.all_orders, HISTORY, 5, "signed"),
        "userTrades": Method(a.user_trades, HISTORY, 5, "signed"),
        "account.status": Method(a.account, none, 5, "signed"),
        "account.balance": Method(a.balance, none, 5, "signed"),
        "account.position": Method(a.positions, symbol, 5, "signed"),
        "leverage": Method(a.leverage, symbol | {"leverage"}, 1, "signed"),
        "dual": Method(a.dual, none, 30, "signed"),
        "setDual": Method(a.set_dual, dual, 1, "signed"),
        "commission": Method(a.commission, symbol, 20, "signed"),
        "orderLimits": Method(a.order_limits, none, 1, "signed"),
        "userDataStream.start": Method(a.start_stream, key, 1, "key"),
        "userDataStream.ping": Method(a.keep_stream, key, 1, "key"),
        "userDataStream.stop": Method(a.close_stream, key, 1, "key"),
    }


class UserSession:
    """A connection for the user events of a listen key."""

    def __init__(self, protocol: "BinanceUsdm", account: Account, link: Link) -> None:
        self.protocol, self.account, self.link = protocol, account, link
        protocol.listen(account, link, BARE)

    def on_text(self, text: str) -> None:
        """Control messages are answered, and change nothing."""
        try:
            request = json.loads(text)
        except ValueError:
            request = {}
        number = request.get("id") if isinstance(request, dict) else None
        self.link.send(compact({"result": None, "id": number}), "reply")

    def on_close(self) -> None:
        self.protocol.unlisten(self.account, self.link)


class BinanceUsdm(BinanceProtocol):
    """USD-M perpetuals: everything on one address, told apart by path."""

    name = "binance-usdm"
    api_path = "/ws-fapi/v1"
    sockets = {"market": "", "user": "", "api": "/ws-fapi/v1"}  # noqa: RUF012
    session_methods = SESSION

    def __init__(self, spec: LimitSpec | None = None) -> None:
        super().__init__(spec or usdm_limits())

    def bind(self, venue: Venue) -> None:
        self.attach(venue, futures=True)
        self.actions = UsdmActions(venue, self.limits)
        self.listen_keys = self.actions.listen_keys = ListenKeys(venue, self.key_expired)
        found = methods(self.actions)
        self.routes = {where: found[name] for where, name in REST.items()}
        self.api_methods = {name: found[name.removeprefix("v2/")] for name in OVER_SOCKET}

    def weight(self, method: Method, params: Params) -> int:
        if method.run == self.actions.depth:
            limit = params.integer("limit", 500)
            return 2 if limit <= 50 else 5 if limit <= 100 else 10 if limit <= 500 else 20
        if method.run == self.actions.open_orders and "symbol" not in params:
            return 40
        return method.weight

    # -- connections -------------------------------------------------------------------------------

    def plain_path(self, path: str) -> str:
        """A stream path without the newer prefix."""
        for prefix in PREFIXES:
            if path.startswith(prefix + "/"):
                return path.removeprefix(prefix)
        return path

    def channel(self, path: str) -> str:
        if path == self.api_path:
            return "api"
        first = self.plain_path(path).removeprefix("/ws").strip("/")
        return (
            "user" if path.startswith("/private") or self.listen_keys.account(first) else "market"
        )

    def connect(self, call: Call, link: Link) -> Session | Answer:
        """A handshake: the WebSocket API, a listen key, or market streams."""
        query, path = parse_qs(call.query), self.plain_path(call.path)
        if call.path == self.api_path:
            try:
                self.check_open(call.remote)
                self.limits.use_weight(call.remote, 5, self.venue.venue_ns())
            except ApiError as error:
                return self.refused(call, error)
            return ApiSession(self, link, query.get("returnRateLimits", ["true"])[0] != "false")
        if path == "/stream":
            names = [n for n in query.get("streams", [""])[0].split("/") if n]
        elif path == "/ws" or path.startswith("/ws/"):
            names = [n for n in path.removeprefix("/ws").split("/") if n]
            names += query.get("listenKey", [])
        else:
            return Answer(status=404)
        account = self.listen_keys.account(names[0]) if names else None
        if account is not None:
            link.account, link.channel = account, "user"
            return UserSession(self, account, link)
        return MarketSession(self.streams, link, names, path == "/stream", MS)

    def shutdown_notice(self, link: Link) -> None:
        """USD-M sends none: connections end without one."""

    def snapshot_taken(self, symbol: str) -> None:
        found = self.venue.exchange.markets[symbol]
        self.actions.old_depth[symbol] = public.depth(self.venue.exchange, found, 1000)

    def key_expired(self, account: Account, key: str) -> None:
        """Listeners of a key that ended hear so."""
        event = {"e": "listenKeyExpired", "E": self.venue.venue_ms(), "listenKey": key}
        self.tell(account, event, "listenKeyExpired")
        self.listeners.pop(account.name, None)

    # -- events ------------------------------------------------------------------------------------

    def on_execution(self, execution: Execution) -> None:
        account, now = execution.order.account, self.venue.venue_ns()
        assert account is not None
        event, symbol = texts.order_update(execution, now), execution.order.market.symbol
        if execution.what is Happening.TRADE:
            self.last_fill[account.name] = event
            update = texts.account_update(self.venue.exchange, execution, now)
            self.tell(account, update, "ACCOUNT_UPDATE", symbol)
        self.tell(account, event, "ORDER_TRADE_UPDATE", symbol)

    def on_balance(self, account: Account, assets: tuple[str, ...], t_ns: int) -> None:
        """Balances come with the fills."""


def usdm_limits() -> LimitSpec:
    """Published numbers: 2400 a minute, 300 orders in 10 s, 1200 a minute, 10 messages a second."""
    return LimitSpec(
        weight_per_minute=2400,
        orders_per_10_s=300,
        orders_per_minute=1200,
        orders_per_day=0,
        messages_per_s=10,
        streams_max=200,
        ping_ms=180_000,
        pong_ms=600_000,
    )
