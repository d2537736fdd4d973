"""A WebSocket v2 connection of Kraken: subscriptions, order methods, ping, replies.

Every reply has the times at which the request came and was answered. Private methods and channels
need a token on the private address. Source: the venue's pages spot-websocket-v2.
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.faults import Asked
from tickpath.venues.sim.server.kraken.book import DEPTHS
from tickpath.venues.sim.server.kraken.terms import WHOLE, KrakenError, whole
from tickpath.venues.sim.server.kraken.texts import dump, stamp
from tickpath.venues.sim.server.link import Link

if TYPE_CHECKING:
    from tickpath.venues.sim.server.kraken.protocol import KrakenSpot

PUBLIC = ("book", "trade", "ticker", "instrument")
PRIVATE = ("executions", "balances")
ORDERS = {
    "add_order": "add_order",
    "amend_order": "amend_order",
    "edit_order": "edit_order",
    "cancel_order": "cancel_order",
    "cancel_all": "cancel_all",
    "cancel_all_orders_after": "cancel_all_after",
    "batch_add": "batch_add",
    "batch_cancel": "batch_cancel",
}
STRUCK = {
    "error_before": "EService:Busy",
    "rate_limit": "EOrder:Rate limit exceeded",
    "error_after_accept": "EService:Unavailable",
}
"""What faults make of a reply."""
Params = dict[str, Any]


class KrakenSession:
    """One connection. `wants` holds (channel, symbol, depth) and the subscription's options."""

    def __init__(self, protocol: "KrakenSpot", link: Link, private: bool) -> None:
        self.protocol, self.link, self.private = protocol, link, private
        self.venue = protocol.venue
        self.wants: dict[tuple[str, str, int], Params] = {}
        self.sequences: dict[str, int] = {}
        self.beats = False
        self.seen = 0
        self.say(
            {
                "channel": "status",
                "type": "update",
                "data": [
                    {
                        "version": "2.0.0",
                        "system": protocol.system(),
                        "api_version": "v2",
                        "connection_id": link.number,
                    }
                ],
            },
            "status",
        )

    def say(self, message: Any, tag: str, symbol: str = "") -> None:
        self.link.send(dump(message), tag, symbol)

    def on_close(self) -> None:
        self.protocol.forget(self)

    def on_text(self, text: str) -> None:
        """One request."""
        try:
            request = json.loads(text, parse_float=str, parse_int=str)
        except ValueError:
            request = None
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            self.refuse("", None, "EGeneral:Invalid request", {})
            return
        method, params = request["method"], request.get("params") or {}
        number = integer(request.get("req_id"))
        self.venue.requests.add(
            t_ns=self.venue.t_ns,
            channel=self.link.channel,
            method=method,
            path="/v2",
            params=params if isinstance(params, dict) else {},
            link=self.link.number,
        )
        if not isinstance(params, dict):
            self.refuse(method, number, "EGeneral:Invalid arguments", {})
        elif method == "ping":
            self.say(self.head("pong", number) | self.times(), "reply")
        elif method == "subscribe":
            self.subscribe(params, number)
        elif method == "unsubscribe":
            self.unsubscribe(params, number)
        elif method in ORDERS:
            self.order(method, params, number)
        else:
            self.refuse(method, number, "EGeneral:Unknown method", {})

    # -- replies -----------------------------------------------------------------------------------

    def head(self, method: str, number: int | None) -> Params:
        found: Params = {"method": method}
        return found if number is None else found | {"req_id": number}

    def times(self) -> Params:
        now = stamp(self.venue.venue_ns())
        return {"time_in": now, "time_out": now}

    def accept(self, method: str, number: int | None, result: Any) -> Params:
        return self.head(method, number) | {"success": True, "result": result} | self.times()

    def refusal(self, method: str, number: int | None, error: str, more: Params) -> Params:
        body = {"success": False, "error": error}
        return self.head(method, number) | body | more | self.times()

    def refuse(self, method: str, number: int | None, error: str, more: Params) -> None:
        self.say(self.refusal(method, number, error, more), "reply")

    # -- subscriptions -----------------------------------------------------------------------------

    def subscribe(self, params: Params, number: int | None) -> None:
        """A reply for each symbol, then its snapshot."""
        channel = str(params.get("channel"))
        try:
            if channel in PRIVATE:
                account = self.protocol.of_token(self, params)
                self.link.account = account
                self.start(channel, "", 0, params, number)
                return
            if channel not in PUBLIC:
                raise KrakenError(f"Channel {channel} is not supported")
        except KrakenError as error:
            self.refuse("subscribe", number, str(error), {})
            return
        depth = self.depth_of(channel, params)
        if channel == "book" and depth not in DEPTHS:
            self.refuse("subscribe", number, "Subscription depth not supported", {})
            return
        symbols = [""] if channel == "instrument" else params.get("symbol")
        for symbol in symbols if isinstance(symbols, list) else [symbols]:
            known = str(symbol) in self.venue.exchange.markets
            if not known and channel != "instrument":
                text = f"Currency pair not supported {symbol}"
                self.refuse("subscribe", number, text, {"symbol": str(symbol)})
            else:
                self.start(channel, str(symbol or ""), depth, params, number)

    def depth_of(self, channel: str, params: Params) -> int:
        """Depth of a book, 10 by default; 0 for other channels, and -1 for what is no depth."""
        if channel != "book":
            return 0
        try:
            return whole(params, "depth", 10, 0, 10_000)
        except KrakenError:
            return -1

    def start(
        self, channel: str, symbol: str, depth: int, params: Params, number: int | None
    ) -> None:
        """One subscription."""
        if (channel, symbol, depth) in self.wants:
            more = {"symbol": symbol} if symbol else {}
            self.refuse("subscribe", number, "Already subscribed", more)
            return
        result: Params = {"channel": channel}
        if symbol:
            result["symbol"] = symbol
        if depth:
            result["depth"] = depth
        snapshot = params.get("snapshot", channel != "trade") is not False
        result["snapshot"] = snapshot
        self.say(self.accept("subscribe", number, result), "reply")
        self.wants[channel, symbol, depth] = params
        self.beats = True
        self.protocol.began(self, channel, symbol, depth, snapshot)

    def unsubscribe(self, params: Params, number: int | None) -> None:
        channel = str(params.get("channel"))
        depth = self.depth_of(channel, params)
        symbols = params.get("symbol") or [""]
        for symbol in symbols if isinstance(symbols, list) else [symbols]:
            more: Params = {"symbol": symbol} if symbol else {}
            if self.wants.pop((channel, str(symbol), depth), None) is None:
                self.refuse("unsubscribe", number, "Subscription Not Found", more)
            else:
                result = {"channel": channel} | more | ({"depth": depth} if depth else {})
                self.say(self.accept("unsubscribe", number, result), "reply")

    def next_sequence(self, channel: str) -> int:
        self.sequences[channel] = self.sequences.get(channel, 0) + 1
        return self.sequences[channel]

    # -- orders ------------------------------------------------------------------------------------

    def order(self, method: str, params: Params, number: int | None) -> None:
        """Carry out an order method and reply, unless a fault says otherwise."""
        owner = self.protocol.tokens.get(str(params.get("token")))
        asked = Asked(
            channel="user",
            tag=method,
            symbol=str(params.get("symbol") or ""),
            account=owner[0].name if owner is not None else "",
            trading=True,
        )
        replies, late_ns = self.venue.around(
            asked,
            lambda: self.carry_out(method, params, number),
            lambda fault: [self.refusal(method, number, STRUCK[fault.kind], {})],
        )
        if replies is None:
            return
        if late_ns:
            self.link.after(late_ns, lambda: self.say_all(replies))
        else:
            self.say_all(replies)

    def say_all(self, replies: list[Params]) -> None:
        for reply in replies:
            self.say(reply, "reply")

    def carry_out(self, method: str, params: Params, number: int | None) -> list[Params]:
        """The replies to an order method; a cancel of several orders has one each."""
        try:
            self.protocol.check_open()
            account = self.protocol.of_token(self, params)
            if method == "cancel_order":
                return self.cancels(params, account, number)
            act: Callable[[Params, Account], Any] = getattr(self.protocol.actions, ORDERS[method])
            return [self.accept(method, number, act(params, account))]
        except KrakenError as error:
            return [self.refusal(method, number, str(error), {})]

    def cancels(self, params: Params, account: Account, number: int | None) -> list[Params]:
        """One reply an order."""
        found: list[Params] = []
        for key in ("order_id", "cl_ord_id"):
            names = params.get(key) or []
            for name in names if isinstance(names, list) else [names]:
                try:
                    result = self.protocol.actions.cancel_order({key: name}, account)
                    found.append(self.accept("cancel_order", number, result))
                except KrakenError as error:
                    found.append(self.refusal("cancel_order", number, str(error), {key: name}))
        return found or [self.refusal("cancel_order", number, "EGeneral:Invalid arguments", {})]


def integer(value: Any) -> int | None:
    """A request's number as it came."""
    return int(value) if isinstance(value, str) and WHOLE.fullmatch(value) else None
