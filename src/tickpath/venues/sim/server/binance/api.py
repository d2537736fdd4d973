"""The WebSocket API of Binance: requests in, replies out, sessions and user events on a link.

Each reply carries the request's id, a status and the rate limits; all that is said on a connection
is JSON, or SBE where its URL asked for it (sbe.py). `session.logon` takes Ed25519
keys only. Source: web-socket-api.md. The faults of orders strike here as on REST.
"""

from typing import TYPE_CHECKING, Any

from msgspec.json import encode

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.binance import sbe
from tickpath.venues.sim.server.binance.errors import ApiError
from tickpath.venues.sim.server.binance.params import Params, plain_value, read_json, ws_params
from tickpath.venues.sim.server.binance.public import Method
from tickpath.venues.sim.server.binance.signing import ws_payload
from tickpath.venues.sim.server.clock import MS
from tickpath.venues.sim.server.faults import Asked
from tickpath.venues.sim.server.link import Link

if TYPE_CHECKING:
    from tickpath.venues.sim.server.binance.protocol import BinanceProtocol

SUBSCRIPTIONS_MAX = 65_535
Reply = dict[str, Any]


class ApiSession:
    """One connection to the WebSocket API."""

    def __init__(
        self, protocol: "BinanceProtocol", link: Link, show_limits: bool, binary: bool = False
    ) -> None:
        """`binary`: say everything in SBE."""
        self.protocol, self.link, self.show_limits = protocol, link, show_limits
        self.binary = binary
        self.venue = protocol.venue
        self.logged_on: Account | None = None
        self.key_name = ""
        self.since_ms = 0
        self.subscriptions: dict[int, Account] = {}
        self.subscription_count = 0

    def on_close(self) -> None:
        for number in list(self.subscriptions):
            self.drop(number)

    def on_text(self, text: str) -> None:
        """One request."""
        try:
            request = read_json(text)
        except ValueError:
            request = None
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            self.send(self.refused(None, ApiError(-1135, "Invalid JSON Request")), False)
            return
        params = request.get("params") or {}
        number = plain_value(request.get("id"))
        method = str(request["method"]).removeprefix("v3/").removeprefix("v1/")
        self.venue.requests.add(
            t_ns=self.venue.t_ns,
            channel="api",
            method=method,
            path=self.protocol.api_path,
            params={k: plain_value(v) for k, v in params.items()}
            if isinstance(params, dict)
            else {},
            link=self.link.number,
        )
        if not isinstance(params, dict):
            self.send(self.refused(number, ApiError(-1100, "Invalid 'params'.")), False)
            return
        self.answer(number, method, ws_params(params))

    def answer(self, number: Any, method: str, params: Params) -> None:
        """Carry out a request and reply, unless a fault says otherwise."""
        known = self.protocol.api_methods.get(method)
        is_order = known is not None and known.security == "signed" and known.trading
        key = params.values.get("apiKey")
        asked = Asked(
            channel="api",
            tag=method,
            symbol=params.values.get("symbol", ""),
            account=self.logged_on.name
            if self.logged_on and not key
            else self.venue.owner(key or ""),
            trading=is_order,
        )
        reply, late_ns = self.venue.around(
            asked,
            lambda: self.reply(number, method, params),
            lambda fault: self.refused(number, self.protocol.struck(fault)),
        )
        if reply is None:
            return
        frame, link = self.frame(reply, is_order, method), self.link
        if late_ns:
            link.after(late_ns, lambda: link.send(frame, "reply"))
        else:
            link.send(frame, "reply")

    def reply(self, number: Any, method: str, params: Params) -> Reply:
        """The reply to a request that is carried out."""
        shown = self.show_limits
        try:
            shown = params.flag("returnRateLimits", shown)
            reply = {"id": number, "status": 200, "result": self.run(method, params)}
        except ApiError as error:
            reply = self.refused(number, error)
        if not shown:
            reply["rateLimits"] = None
        return reply

    def run(self, method: str, params: Params) -> Any:
        """The result of a request. Raises ApiError."""
        protocol, now = self.protocol, self.venue.venue_ns()
        protocol.check_open(self.link.remote)
        own = getattr(self, "_" + method.replace(".", "_"), None)
        if method in protocol.session_methods and own is not None:
            protocol.limits.use_weight(self.link.remote, 2, now)
            return own(params)
        known: Method | None = protocol.api_methods.get(method)
        if known is None:
            raise ApiError(-1100, f"Unknown method '{method}'.")
        protocol.limits.use_weight(self.link.remote, protocol.weight(known, params), now)
        account = None
        if known.security == "signed":
            account = self.account(params)
        elif known.security == "key":
            account, _ = protocol.security.key(params.text("apiKey", self.key_name))
        params.only(known.known)
        if known.order:
            assert account is not None
            protocol.limits.use_order(account.name, now)
        return known.run(params, account)

    def account(self, params: Params) -> Account:
        """Who signed, or who is logged on. Raises ApiError."""
        security = self.protocol.security
        if "apiKey" in params or self.logged_on is None:
            return security.check(
                params.text("apiKey"),
                params,
                ws_payload(params.values),
                params.text("signature", ""),
            )
        security.key(self.key_name)
        security.check_time(params)
        return self.logged_on

    # -- session methods ---------------------------------------------------------------------------

    def _session_logon(self, params: Params) -> Any:
        security = self.protocol.security
        name = params.text("apiKey")
        _, key = security.key(name)
        if key.kind != "ed25519":
            raise ApiError(-4056, f"{key.kind.upper()} API key is not supported.")
        account = security.check(
            name, params, ws_payload(params.values), params.text("signature", "")
        )
        self.logged_on, self.key_name, self.since_ms = account, name, self.venue.venue_ms()
        self.link.account = account
        return self.status()

    def status(self) -> Reply:
        return {
            "apiKey": self.key_name or None,
            "authorizedSince": self.since_ms or None,
            "connectedSince": (self.link.opened_ns + self.venue.skew_ns) // MS,
            "returnRateLimits": self.show_limits,
            "serverTime": self.venue.venue_ms(),
            "userDataStream": bool(self.subscriptions),
        }

    def _session_status(self, params: Params) -> Any:
        return self.status()

    def _session_logout(self, params: Params) -> Any:
        self.logged_on, self.key_name, self.since_ms = None, "", 0
        return self.status()

    def _session_subscriptions(self, params: Params) -> Any:
        return [{"subscriptionId": number} for number in self.subscriptions]

    def _userDataStream_subscribe(self, params: Params) -> Any:  # noqa: N802
        if self.logged_on is None:
            raise ApiError(-2015, "Log on before subscribing to the user data stream.", 401)
        return self.subscribe(self.logged_on)

    def _userDataStream_subscribe_signature(self, params: Params) -> Any:  # noqa: N802
        account = self.protocol.security.check(
            params.text("apiKey"), params, ws_payload(params.values), params.text("signature", "")
        )
        self.link.account = self.link.account or account
        return self.subscribe(account)

    def _userDataStream_unsubscribe(self, params: Params) -> Any:  # noqa: N802
        number = params.integer("subscriptionId", -1)
        for found in [number] if number >= 0 else list(self.subscriptions):
            if found not in self.subscriptions:
                raise ApiError(-2035, "Subscription not active")
            self.drop(found)
        return {}

    def subscribe(self, account: Account) -> Reply:
        """Events of an account come on this link; once per account."""
        if account in self.subscriptions.values():
            raise ApiError(-2035, "Subscription already active.")
        number = self.subscription_count
        self.subscription_count += 1
        if number > SUBSCRIPTIONS_MAX:
            raise ApiError(-2035, "Too many subscriptions on this connection.")
        self.subscriptions[number] = account
        self.protocol.listen(account, self.link, number)
        return {"subscriptionId": number}

    def drop(self, number: int) -> None:
        """Events of a subscription no longer come."""
        account = self.subscriptions.pop(number)
        self.protocol.unlisten(account, self.link)

    # -- replies -----------------------------------------------------------------------------------

    def refused(self, number: Any, error: ApiError) -> Reply:
        """A reply with an error."""
        body: Reply = {"code": error.code, "msg": error.message}
        if error.data:
            body["data"] = error.data
        elif error.retry_ns:
            body["data"] = {
                "serverTime": self.venue.venue_ms(),
                "retryAfter": error.retry_ns // MS,
            }
        return {"id": number, "status": error.status, "error": body}

    def frame(self, reply: Reply, ordered: bool, method: str = "") -> str | bytes:
        """A reply with its limits as it is sent."""
        if "rateLimits" in reply or not self.show_limits:
            reply.pop("rateLimits", None)
        else:
            account = self.logged_on.name if self.logged_on else ""
            reply["rateLimits"] = self.protocol.limits.rows(
                self.link.remote, account, ordered, self.venue.venue_ns()
            )
        return sbe.reply(reply, method) if self.binary else encode(reply).decode()

    def send(self, reply: Reply, ordered: bool) -> None:
        self.link.send(self.frame(reply, ordered), "reply")
