"""Market streams: subscriptions, control messages, and the events of each stream.

An event is made once for all who want it, in ms or us. Depth diffs are consistent with snapshots:
each is what changed since the one before, numbered by the book. Source: web-socket-streams.md.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from tickpath.venues.sim.server.binance.limits import Limits
from tickpath.venues.sim.server.binance.market import row_text
from tickpath.venues.sim.server.book import Watcher
from tickpath.venues.sim.server.clock import MS
from tickpath.venues.sim.server.link import POLICY, Link
from tickpath.venues.sim.server.orders import BUY, SELL, Market, Trade
from tickpath.venues.sim.server.units import fixed
from tickpath.venues.sim.server.venue import Venue
from tickpath.venues.sim.server.windows import Window

METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
DIFFS = re.compile(r"[^@]*@depth(@\d+ms)?")
PARTIAL = re.compile(r"depth(5|10|20)(@100ms|@1000ms|@250ms|@500ms)?")
Make = Callable[[int], str]
"""JSON of an event; takes nanoseconds per unit of time."""


class Streams:
    """Who wants which stream, and the streams' own state. `futures` adds pu, T and e."""

    def __init__(self, venue: Venue, limits: Limits, *, futures: bool = False) -> None:
        self.venue, self.limits, self.futures = venue, limits, futures
        self.wanted: dict[str, dict[int, MarketSession]] = {}
        self.watchers: dict[tuple[str, int], Watcher] = {}
        self.recorded: set[str] = set()
        """Symbols whose trades, tickers and diffs are relayed from a recording."""
        self.decimals: dict[str, tuple[int, int]] = {}
        self.stream_of = {symbol.lower(): symbol for symbol in venue.exchange.markets}
        for symbol, market in venue.exchange.markets.items():
            exact = (market.price_decimals, market.quantity_decimals)
            self.decimals[symbol] = exact if futures else (8, 8)
        kinds = ("trade", "aggTrade", "bookTicker")
        self.names = {
            symbol: tuple(f"{symbol.lower()}@{kind}" for kind in kinds)
            for symbol in venue.exchange.markets
        }

    def start(self) -> None:
        """The cadence of the depth streams."""
        speeds = (100, 250, 500) if self.futures else (100, 1000)
        for speed in speeds:
            for symbol, book in self.venue.exchange.books.items():
                self.watchers[symbol, speed] = book.watch()
            self.venue.every(speed * MS, lambda speed=speed: self.on_cadence(speed))

    # -- subscriptions -----------------------------------------------------------------------------

    def known(self, name: str) -> bool:
        """Whether there is such a stream."""
        symbol, _, kind = name.partition("@")
        if symbol not in self.stream_of:
            return name == "!bookTicker"
        plain = {"trade", "aggTrade", "bookTicker", "depth", "depth@100ms"}
        plain |= {"depth@500ms", "depth@250ms"} if self.futures else {"depth@1000ms"}
        return kind in plain or PARTIAL.fullmatch(kind) is not None

    def subscribe(self, session: "MarketSession", name: str) -> None:
        """Unknown streams are taken and never send, as the venue has it."""
        session.streams[name] = None
        self.wanted.setdefault(name, {})[session.link.number] = session

    def unsubscribe(self, session: "MarketSession", name: str) -> None:
        session.streams.pop(name, None)
        there = self.wanted.get(name)
        if there is not None:
            there.pop(session.link.number, None)
            if not there:
                del self.wanted[name]

    def publish(self, name: str, symbol: str, tag: str, make: Make) -> None:
        """Send an event to all who want its stream, of whom there are some."""
        venue, unit, text = self.venue, 0, ""
        for session in list(self.wanted[name].values()):
            if session.unit_ns != unit:
                unit = session.unit_ns
                text = make(unit)
                if venue.faults.waiting and venue.faults.strike(
                    "new_field", channel="market", tag=tag, symbol=symbol
                ):
                    text = f'{{"zz":{{"new":[1,"a"]}},{text[1:]}'
            whole = f'{{"stream":"{name}","data":{text}}}' if session.combined else text
            venue.emit(session.link, whole, tag, symbol)

    # -- events ------------------------------------------------------------------------------------

    def relay(self, symbol: str, kind: str, text: str) -> None:
        """A recorded event as it is; diffs go to streams of every speed."""
        stream = symbol.lower()
        names = [f"{stream}@{kind}", *(["!bookTicker"] if kind == "bookTicker" else [])]
        if kind == "depth":
            names = [n for n in self.wanted if n.startswith(f"{stream}@") and DIFFS.fullmatch(n)]
        names = [name for name in names if name in self.wanted]
        if kind == "depth" and self.venue.faults.strike(
            "gap", channel="market", tag="depth", symbol=symbol
        ):
            return
        for name in names:
            self.publish(name, symbol, kind, lambda _: text)

    def on_trade(self, trade: Trade) -> None:
        symbol = trade.market.symbol
        alone, aggregate, _ = self.names[symbol]
        if alone not in self.wanted and aggregate not in self.wanted:
            return
        price_decimals, quantity_decimals = self.decimals[symbol]
        sizes = (
            f'"p":"{fixed(trade.price, price_decimals)}",'
            f'"q":"{fixed(trade.quantity, quantity_decimals)}"'
        )
        now, maker = self.venue.venue_ns(), "true" if trade.taker_side == SELL else "false"
        tail = f'"m":{maker}' + ("" if self.futures else ',"M":true')

        def make_trade(unit: int) -> str:
            times = (f'"E":{now // unit}', f'"T":{trade.t_ns // unit}')
            if self.futures:
                return (
                    f'{{"e":"trade",{times[0]},{times[1]},"s":"{symbol}","t":{trade.id},{sizes},'
                    f'"X":"MARKET",{tail}}}'
                )
            return (
                f'{{"e":"trade",{times[0]},"s":"{symbol}","t":{trade.id},{sizes},{times[1]},'
                f"{tail}}}"
            )

        def make_aggregate(unit: int) -> str:
            return (
                f'{{"e":"aggTrade","E":{now // unit},"s":"{symbol}","a":{trade.id},{sizes},'
                f'"f":{trade.id},"l":{trade.id},"T":{trade.t_ns // unit},{tail}}}'
            )

        if alone in self.wanted:
            self.publish(alone, symbol, "trade", make_trade)
        if aggregate in self.wanted:
            self.publish(aggregate, symbol, "aggTrade", make_aggregate)

    def on_top(self, market: Market) -> None:
        symbol = market.symbol
        ticker = self.names[symbol][2]
        if symbol in self.recorded:
            return
        if ticker not in self.wanted and "!bookTicker" not in self.wanted:
            return
        book = self.venue.exchange.books[symbol]
        bid, bid_quantity, ask, ask_quantity = book.top()
        p, q = self.decimals[symbol]
        now, last_id = self.venue.venue_ns(), book.id
        head = '"e":"bookTicker",' if self.futures else ""
        body = (
            f'"u":{last_id},"s":"{symbol}","b":"{fixed(bid, p)}","B":"{fixed(bid_quantity, q)}",'
            f'"a":"{fixed(ask, p)}","A":"{fixed(ask_quantity, q)}"'
        )

        def make(unit: int) -> str:
            times = f',"T":{now // unit},"E":{now // unit}' if self.futures else ""
            return f"{{{head}{body}{times}}}"

        for name in (ticker, "!bookTicker"):
            if name in self.wanted:
                self.publish(name, symbol, "bookTicker", make)

    def on_cadence(self, speed: int) -> None:
        """Diffs and partial books of one speed."""
        for symbol, stream in [(s, s.lower()) for s in self.venue.exchange.markets]:
            watcher = self.watchers[symbol, speed]
            usual = 250 if self.futures else 1000
            names = [f"{stream}@depth@{speed}ms", *([f"{stream}@depth"] if speed == usual else [])]
            self.diff(watcher, symbol, names)
            for levels in (5, 10, 20):
                base = f"{stream}@depth{levels}"
                found = [f"{base}@{speed}ms", *([base] if speed == usual else [])]
                self.partial(symbol, levels, [n for n in found if n in self.wanted])

    def diff(self, watcher: Watcher, symbol: str, names: list[str]) -> None:
        """What changed since the last diff, if anything did."""
        first, last, previous, bids, asks = watcher.take()
        names = [name for name in names if name in self.wanted and symbol not in self.recorded]
        if last < first or not names:
            return
        if self.venue.faults.strike("gap", channel="market", tag="depth", symbol=symbol):
            return
        now = self.venue.venue_ns()
        decimals = self.decimals[symbol]
        sides = f'"b":[{row_text(bids, decimals)}],"a":[{row_text(asks, decimals)}]'

        def make(unit: int) -> str:
            extra = (f',"T":{now // unit}', f',"pu":{previous}') if self.futures else ("", "")
            return (
                f'{{"e":"depthUpdate","E":{now // unit}{extra[0]},"s":"{symbol}","U":{first},'
                f'"u":{last}{extra[1]},{sides}}}'
            )

        for name in names:
            self.publish(name, symbol, "depth", make)

    def partial(self, symbol: str, levels: int, names: list[str]) -> None:
        """The best levels of both sides."""
        if not names:
            return
        book, decimals = self.venue.exchange.books[symbol], self.decimals[symbol]
        bids = row_text(book.depth(BUY, levels), decimals)
        asks = row_text(book.depth(SELL, levels), decimals)
        now, last = self.venue.venue_ns(), book.id

        def make(unit: int) -> str:
            if self.futures:
                return (
                    f'{{"e":"depthUpdate","E":{now // unit},"T":{now // unit},"s":"{symbol}",'
                    f'"U":{last},"u":{last},"pu":{last},"b":[{bids}],"a":[{asks}]}}'
                )
            return f'{{"lastUpdateId":{last},"bids":[{bids}],"asks":[{asks}]}}'

        for name in names:
            self.publish(name, symbol, "partial", make)


class MarketSession:
    """One connection for market streams."""

    def __init__(
        self, streams: Streams, link: Link, names: list[str], combined: bool, unit_ns: int
    ) -> None:
        self.hub, self.link, self.combined, self.unit_ns = streams, link, combined, unit_ns
        self.streams: dict[str, None] = {}
        self.messages = Window("SECOND", 1, streams.limits.spec.messages_per_s)
        for name in names:
            streams.subscribe(self, name)

    def on_close(self) -> None:
        for name in list(self.streams):
            self.hub.unsubscribe(self, name)

    def on_text(self, text: str) -> None:
        """A control message."""
        venue = self.hub.venue
        used = self.messages.use("", 1, venue.t_ns)
        if self.messages.limit and used > self.messages.limit:
            self.link.close(POLICY, "Too many requests")
            return
        try:
            request = json.loads(text)
        except ValueError:
            self.error(3, "Invalid JSON: expected value at line 1 column 1", None)
            return
        if not isinstance(request, dict):
            self.error(2, "Invalid request: expected an object", None)
            return
        method, params, number = (request.get(name) for name in ("method", "params", "id"))
        venue.requests.add(
            t_ns=venue.t_ns,
            channel="market",
            method=str(method),
            path="/ws",
            params={"params": params},
            link=self.link.number,
        )
        if isinstance(number, bool) or not isinstance(number, int | str | None):
            self.error(2, "Invalid request: request ID must be an unsigned integer", None)
        elif method not in METHODS:
            self.error(
                2,
                f"Invalid request: unknown variant {method}, expected one of {', '.join(METHODS)}",
                number,
            )
        else:
            self.obey(method, params, number)

    def obey(self, method: str, params: Any, number: Any) -> None:
        """A control message that is well formed."""
        if method == "LIST_SUBSCRIPTIONS":
            self.reply(list(self.streams), number)
        elif method in ("SUBSCRIBE", "UNSUBSCRIBE"):
            if not isinstance(params, list) or not all(isinstance(p, str) for p in params):
                self.error(2, "Invalid request: params must be a list of texts", number)
                return
            if len(self.streams) + len(params) > self.hub.limits.spec.streams_max > 0:
                self.link.close(POLICY, "Too many streams")
                return
            change = self.hub.subscribe if method == "SUBSCRIBE" else self.hub.unsubscribe
            for name in params:
                change(self, name)
            self.reply(None, number)
        elif not isinstance(params, list) or not params or params[0] != "combined":
            self.error(0, "Unknown property", number)
        elif method == "GET_PROPERTY":
            self.reply(self.combined, number)
        elif len(params) != 2 or not isinstance(params[1], bool):
            self.error(1, "Invalid value type: expected Boolean", number)
        else:
            self.combined = params[1]
            self.reply(None, number)

    def reply(self, result: Any, number: Any) -> None:
        self.link.send(json.dumps({"result": result, "id": number}), "reply")

    def error(self, code: int, message: str, number: Any) -> None:
        self.link.send(json.dumps({"code": code, "msg": message, "id": number}), "reply")
