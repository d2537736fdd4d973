"""What spot and USD-M share: REST with its faults, connections, user events and their order.

A market adds its routes, methods, texts and limits. Every answer carries the counters in its
headers; 429 and 418 carry Retry-After in whole seconds.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.json import encode

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.binance import errors, sbe
from tickpath.venues.sim.server.binance.api import ApiSession
from tickpath.venues.sim.server.binance.errors import ApiError
from tickpath.venues.sim.server.binance.limits import Limits, LimitSpec
from tickpath.venues.sim.server.binance.params import Params, rest_params
from tickpath.venues.sim.server.binance.public import Method
from tickpath.venues.sim.server.binance.security import Security
from tickpath.venues.sim.server.binance.signing import rest_payload
from tickpath.venues.sim.server.binance.streams import Streams
from tickpath.venues.sim.server.clock import SECOND
from tickpath.venues.sim.server.faults import KINDS, Asked, Fault
from tickpath.venues.sim.server.link import Link
from tickpath.venues.sim.server.orders import Market, Order, Trade
from tickpath.venues.sim.server.venue import Answer, Call, Venue

RETURN_HEADERS = {"content-type": "application/json;charset=UTF-8"}
BARE = -1
"""Subscription number of events without a wrapper, as on a listen key."""


NEW_FIELD = b"\x00new"
"""Bytes at the end of a block, as a version of the schema adds that nobody knows yet."""


def compact(data: Any) -> str:
    """JSON without spaces."""
    return encode(data).decode()


def speaks_sbe(link: Link) -> bool:
    """Whether a connection asked for SBE."""
    return isinstance(link.session, ApiSession) and link.session.binary


class BinanceProtocol:
    """Shared half of a Binance market."""

    name = "binance"
    kinds = frozenset(KINDS) - {"bad_checksum"}
    fee_in_quote = False
    api_path = ""
    sockets: dict[str, str]
    session_methods: frozenset[str] = frozenset()

    def __init__(self, spec: LimitSpec) -> None:
        self.limits = Limits(spec)
        self.ping_ms, self.pong_ms = spec.ping_ms, spec.pong_ms
        self.api_methods: dict[str, Method] = {}
        self.routes: dict[tuple[str, str], Method] = {}
        self.listeners: dict[str, dict[int, tuple[Link, int]]] = {}
        self.last_fill: dict[str, dict[str, Any]] = {}

    def attach(self, venue: Venue, *, futures: bool) -> None:
        """Everything that needs the venue."""
        self.venue = venue
        self.security = Security(venue)
        self.streams = Streams(venue, self.limits, futures=futures)

    def start(self) -> None:
        self.streams.start()

    def weight(self, method: Method, params: Params) -> int:
        """Weight of a request; some depend on parameters."""
        return method.weight

    def check_open(self, remote: str) -> None:
        """Raises ApiError under maintenance or a ban on command."""
        venue = self.venue
        if venue.t_ns < venue.maintenance_ns:
            raise ApiError(*errors.MAINTENANCE)
        if venue.t_ns < venue.ban_ns:
            self.limits.banned[remote] = venue.ban_ns + venue.skew_ns
        self.limits.check_ban(remote, venue.venue_ns())

    # -- REST --------------------------------------------------------------------------------------

    def rest(self, call: Call) -> Answer:
        venue = self.venue
        try:
            params = rest_params(call.query, call.body)
        except ApiError as error:
            return self.refused(call, error)
        venue.requests.add(
            t_ns=venue.t_ns,
            channel="rest",
            method=call.method,
            path=call.path,
            params=dict(params.values),
            headers=call.headers,
        )
        method = self.routes.get((call.method, call.path))
        if method is None:
            nowhere = f"Path {call.path}, Method {call.method} is invalid"
            return self.refused(call, ApiError(-5000, nowhere, 404))
        return self.carry_out(call, method, params)

    def carry_out(self, call: Call, method: Method, params: Params) -> Answer:
        """Run a request, as the faults let it."""
        asked = Asked(
            channel="rest",
            tag=f"{call.method} {call.path}",
            symbol=params.text("symbol", ""),
            account=self.venue.owner(call.header("x-mbx-apikey")),
            trading=method.trading,
        )
        return self.venue.answer(
            asked,
            lambda: self.run(call, method, params),
            lambda fault: self.refused(call, self.struck(fault)),
        )

    def struck(self, fault: Fault) -> ApiError:
        """The error that a fault makes of an answer."""
        if fault.kind == "rate_limit":
            until = self.venue.venue_ns() + fault.value_ns
            return ApiError(*errors.TOO_MANY, 429, until)
        return ApiError(*(errors.BUSY if fault.kind == "error_before" else errors.TIMEOUT))

    def run(self, call: Call, method: Method, params: Params) -> Answer:
        """The request itself."""
        now, account = self.venue.venue_ns(), None
        try:
            self.check_open(call.remote)
            self.limits.use_weight(call.remote, self.weight(method, params), now)
            name = call.header("x-mbx-apikey")
            if method.security == "signed":
                payload, signature = rest_payload(call.query, call.body)
                account = self.security.check(name, params, payload, signature)
            elif method.security == "key":
                account, _ = self.security.key(name)
            params.only(method.known)
            if method.order and account is not None:
                self.limits.use_order(account.name, now)
            result = method.run(params, account)
        except ApiError as error:
            return self.refused(call, error, account, method.order)
        return Answer(body=compact(result), headers=self.headers(call, account, method.order))

    def headers(self, call: Call, account: Account | None, ordered: bool) -> dict[str, str]:
        name = account.name if account is not None else ""
        shown = self.limits.headers(call.remote, name, ordered, self.venue.venue_ns())
        return RETURN_HEADERS | shown

    def refused(
        self, call: Call, error: ApiError, account: Account | None = None, ordered: bool = False
    ) -> Answer:
        """An error as REST tells it."""
        headers = self.headers(call, account, ordered)
        if error.retry_ns:
            wait = max(0, error.retry_ns - self.venue.venue_ns())
            headers["retry-after"] = str(-(-wait // SECOND))
        body: dict[str, Any] = {"code": error.code, "msg": error.message}
        if error.data:
            body["data"] = error.data
        return Answer(status=error.status, body=compact(body), headers=headers)

    # -- user events -------------------------------------------------------------------------------

    def listen(self, account: Account, link: Link, number: int) -> None:
        """Events of an account go to a link from now on."""
        self.listeners.setdefault(account.name, {})[link.number] = (link, number)
        last = self.last_fill.get(account.name)
        if last is not None and self.venue.faults.strike("duplicate_fill", account=account.name):
            self.tell(account, last, "duplicate")

    def unlisten(self, account: Account, link: Link) -> None:
        self.listeners.get(account.name, {}).pop(link.number, None)

    def tell(self, account: Account, event: Mapping[str, Any], tag: str, symbol: str = "") -> None:
        """An event to all who listen to an account."""
        there = self.listeners.get(account.name)
        if not there:
            return
        text, more = compact(event), b""
        if self.venue.faults.strike("new_field", channel="user", tag=tag, account=account.name):
            text, more = f'{{"zz":{{"new":[1,"a"]}},{text[1:]}', NEW_FIELD
        for link, number in list(there.values()):
            whole: str | bytes = text
            if speaks_sbe(link):
                whole = sbe.event(event, number, more)
            elif number != BARE:
                whole = f'{{"subscriptionId":{number},"event":{text}}}'
            self.venue.emit(link, whole, tag, symbol)

    def keys_changed(self, account: Account) -> None:
        """Sessions of a revoked key hear so, and their events end."""
        if account.can_trade:
            return
        for link, number in list(self.listeners.pop(account.name, {}).values()):
            event = {"e": "eventStreamTerminated", "E": self.venue.venue_ms()}
            if speaks_sbe(link):
                link.send(sbe.event(event, number), "eventStreamTerminated")
                continue
            whole = event if number == BARE else {"subscriptionId": number, "event": event}
            link.send(compact(whole), "eventStreamTerminated")
        code, message, status = errors.INVALID_KEY
        gone = {"id": None, "status": status, "error": {"code": code, "msg": message}}
        for link in list(self.venue.links.values()):
            if link.channel == "api" and link.account is account:
                link.send(sbe.reply(gone, "") if speaks_sbe(link) else compact(gone), "reply")

    def on_forgotten(self, order: Order) -> None:
        """Orders are found by the exchange's own number."""

    # -- public events -----------------------------------------------------------------------------

    def on_trade(self, trade: Trade) -> None:
        self.streams.on_trade(trade)

    def on_top(self, market: Market) -> None:
        self.streams.on_top(market)
