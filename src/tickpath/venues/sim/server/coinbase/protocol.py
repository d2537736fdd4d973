"""Coinbase Advanced Trade as a `VenueProtocol`: channels, their sequence, limits and events.

Market channels are served at `/`, the user channel at `/user` (both take any channel). One counter
of messages a connection, over all its channels. Book changes go out every `level2_ms`.
"""

import json
from dataclasses import dataclass
from typing import Any

from msgspec.json import encode

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.book import Watcher
from tickpath.venues.sim.server.clock import MS, SECOND
from tickpath.venues.sim.server.coinbase import texts
from tickpath.venues.sim.server.coinbase.jwt import TokenError, check
from tickpath.venues.sim.server.coinbase.rest import CoinbaseRest, HttpError
from tickpath.venues.sim.server.faults import KINDS
from tickpath.venues.sim.server.kraken.texts import stamp
from tickpath.venues.sim.server.link import POLICY, Link, Session
from tickpath.venues.sim.server.orders import (
    BUY,
    SELL,
    Execution,
    Happening,
    Levels,
    Market,
    Order,
    Trade,
)
from tickpath.venues.sim.server.units import plain
from tickpath.venues.sim.server.venue import Answer, Call, Venue
from tickpath.venues.sim.server.windows import Window

CHANNELS = ("level2", "market_trades", "ticker", "ticker_batch", "heartbeats", "status", "user")
IDLE_S = 90
SUBSCRIBE_S = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class CoinbaseLimits:
    """Requests a second; messages and connections of an address a second; 0: no limit."""

    private_per_s: int = 30
    public_per_s: int = 10
    messages_per_s: int = 8
    connections_per_s: int = 8
    level2_ms: int = 50
    trades_ms: int = 250


class CoinbaseSession:
    """One connection. `wants` is products by channel."""

    def __init__(self, protocol: "CoinbaseAdvanced", link: Link) -> None:
        self.protocol, self.link, self.venue = protocol, link, protocol.venue
        self.wants: dict[str, list[str]] = {}
        self.sequence = self.beats = self.quiet = self.seen = 0
        self.messages = Window("SECOND", 1, protocol.limits.messages_per_s)
        link.after(SUBSCRIBE_S * SECOND, self.give_up)

    def give_up(self) -> None:
        """A connection that asked for nothing ends."""
        if not self.wants:
            self.link.close(POLICY, "no subscription")

    def on_close(self) -> None:
        self.protocol.forget(self)

    def put(self, channel: str, events: list[dict[str, Any]], tag: str, symbol: str = "") -> None:
        """One numbered message."""
        message: dict[str, Any] = {
            "channel": channel,
            "client_id": "",
            "timestamp": stamp(self.venue.venue_ns()),
            "sequence_num": self.sequence,
            "events": events,
        }
        self.sequence += 1
        strike = self.venue.faults.strike
        if strike("gap", channel=self.link.channel, tag=tag, symbol=symbol):
            return
        if strike("new_field", channel=self.link.channel, tag=tag, symbol=symbol):
            message["zz"] = {"new": [1, "a"]}
        self.venue.emit(self.link, encode(message).decode(), tag, symbol)

    def refuse(self, message: str) -> None:
        self.link.send(json.dumps({"type": "error", "message": message}), "error")

    def on_text(self, text: str) -> None:
        """Subscribe or unsubscribe one channel."""
        used = self.messages.use("", 1, self.venue.t_ns)
        if used > self.messages.limit > 0:
            self.refuse("rate limit exceeded")
            return
        try:
            request = json.loads(text)
        except ValueError:
            self.refuse("invalid message")
            return
        if not isinstance(request, dict):
            self.refuse("invalid message")
            return
        self.venue.requests.add(
            t_ns=self.venue.t_ns,
            channel=self.link.channel,
            method=str(request.get("type")),
            path="/",
            params={k: v for k, v in request.items() if k != "type"},
            link=self.link.number,
        )
        kind, channel = request.get("type"), str(request.get("channel"))
        products = request.get("product_ids") or []
        if not isinstance(products, list) or not all(isinstance(p, str) for p in products):
            self.refuse("invalid product_ids")
            return
        if kind not in ("subscribe", "unsubscribe") or channel not in CHANNELS:
            self.refuse("no channels provided" if kind == "subscribe" else "invalid type")
            return
        unknown = [p for p in products if p not in self.venue.exchange.markets]
        if unknown:
            self.refuse(f"product {unknown[0]} is unknown")
            return
        if not self.identified(channel, request.get("jwt")):
            self.refuse("authentication failure")
            return
        self.change(kind == "subscribe", channel, products)

    def identified(self, channel: str, token: Any) -> bool:
        """Whether the token is right, or none is needed."""
        if token is None:
            return channel != "user"
        try:
            account = check(self.venue, str(token), ())
        except TokenError:
            return False
        self.link.account = account
        return True

    def change(self, on: bool, channel: str, products: list[str]) -> None:
        """Tell all subscriptions, then what the new one begins with."""
        every = products or list(self.venue.exchange.markets)
        have = self.wants.setdefault(channel, [])
        fresh = [p for p in every if p not in have] if on else []
        kept = [*have, *fresh] if on else [p for p in have if p not in every]
        self.wants[channel] = kept
        if not kept:
            del self.wants[channel]
        self.put("subscriptions", [{"subscriptions": dict(self.wants)}], "subscriptions")
        if fresh:
            self.protocol.began(self, channel, fresh)


class CoinbaseAdvanced:
    """The whole venue."""

    name = "coinbase-advanced"
    kinds = frozenset(KINDS) - {"bad_checksum", "ban", "shutdown"}
    fee_in_quote = True
    ping_ms = pong_ms = 0
    sockets = {"market": "/", "user": "/user"}  # noqa: RUF012

    def __init__(self, limits: CoinbaseLimits | None = None) -> None:
        self.limits = limits or CoinbaseLimits()
        self.sessions: list[CoinbaseSession] = []
        self.watchers: dict[str, Watcher] = {}
        self.pending: dict[str, list[dict[str, Any]]] = {}
        self.old: dict[str, tuple[Levels, Levels]] = {}
        self.last_fill: dict[str, dict[str, Any]] = {}
        self.private_window = Window("SECOND", 1, self.limits.private_per_s)
        self.public_window = Window("SECOND", 1, self.limits.public_per_s)
        self.connections = Window("SECOND", 1, self.limits.connections_per_s)

    def bind(self, venue: Venue) -> None:
        self.venue = venue
        self.http = CoinbaseRest(self)

    def start(self) -> None:
        for symbol, book in self.venue.exchange.books.items():
            self.watchers[symbol] = book.watch()
        self.venue.every(max(1, self.limits.level2_ms) * MS, self.on_books)
        self.venue.every(max(1, self.limits.trades_ms) * MS, self.on_trades)
        self.venue.every(SECOND, self.on_second)
        self.venue.every(5 * SECOND, self.on_batch)

    def rest(self, call: Call) -> Answer:
        return self.http.rest(call)

    # -- limits ------------------------------------------------------------------------------------

    def count(self, call: Call, token: str) -> None:
        """Count a request. Raises HttpError 429."""
        window = self.private_window if token else self.public_window
        used = window.use(call.remote, 1, self.venue.t_ns)
        if used > window.limit > 0:
            raise HttpError(429, "RESOURCE_EXHAUSTED", "too many requests")

    def headers(self, call: Call) -> dict[str, str]:
        """The counters of the kind of path."""
        window = self.private_window if call.header("authorization") else self.public_window
        left = max(0, window.limit - window.count(call.remote, self.venue.t_ns))
        return {
            "x-ratelimit-limit": str(window.limit),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(-(-window.left_ns(self.venue.t_ns) // SECOND)),
        }

    # -- connections -------------------------------------------------------------------------------

    def channel(self, path: str) -> str:
        return "user" if path == "/user" else "market"

    def connect(self, call: Call, link: Link) -> Session | Answer:
        if self.connections.use(call.remote, 1, self.venue.t_ns) > self.connections.limit > 0:
            return Answer(status=429, body="{}")
        if call.path not in ("", "/", "/user"):
            return Answer(status=404)
        session = CoinbaseSession(self, link)
        self.sessions.append(session)
        return session

    def forget(self, session: CoinbaseSession) -> None:
        if session in self.sessions:
            self.sessions.remove(session)

    def keys_changed(self, account: Account) -> None:
        """A revoked key ends its connections."""
        if not account.can_trade:
            for session in list(self.sessions):
                if session.link.account is account:
                    session.refuse("authentication failure")
                    session.link.close(POLICY, "authentication failure")

    def shutdown_notice(self, link: Link) -> None:
        """Coinbase has none."""

    def snapshot_taken(self, symbol: str) -> None:
        self.old[symbol] = self.levels(symbol)

    # -- channels ----------------------------------------------------------------------------------

    def levels(self, symbol: str) -> tuple[Levels, Levels]:
        book = self.venue.exchange.books[symbol]
        return book.depth(BUY, 10_000), book.depth(SELL, 10_000)

    def updates(self, bids: Levels, asks: Levels) -> list[dict[str, Any]]:
        now = stamp(self.venue.venue_ns())
        return [
            {
                "side": side,
                "event_time": now,
                "price_level": plain(price),
                "new_quantity": plain(quantity),
            }
            for side, levels in (("bid", bids), ("offer", asks))
            for price, quantity in levels
        ]

    def began(self, session: CoinbaseSession, channel: str, products: list[str]) -> None:
        """What a new subscriber gets first."""
        exchange, account = self.venue.exchange, session.link.account
        if channel == "level2":
            for symbol in products:
                self.send_book(symbol, skip=session)
                levels = self.levels(symbol)
                if self.venue.faults.strike("stale_snapshot", channel="market", symbol=symbol):
                    levels = self.old[symbol]
                event = {"type": "snapshot", "product_id": symbol, "updates": self.updates(*levels)}
                session.put("l2_data", [event], "l2_data", symbol)
        elif channel == "market_trades":
            for symbol in products:
                rows = [texts.trade_row(t) for t in exchange.trades[symbol][-50:]][::-1]
                event = {"type": "snapshot", "trades": rows}
                session.put("market_trades", [event], "market_trades", symbol)
        elif channel in ("ticker", "ticker_batch"):
            rows = [self.ticker(exchange.markets[s]) for s in products]
            session.put(channel, [{"type": "snapshot", "tickers": rows}], channel)
        elif channel == "status":
            rows = [texts.product_row(exchange, exchange.markets[s]) for s in products]
            session.put(channel, [{"type": "snapshot", "products": rows}], channel)
        elif channel == "user" and account is not None:
            rows = [texts.user_row(o) for o in account.open_orders.values()]
            session.put("user", [{"type": "snapshot", "orders": rows}], "user")
            last = self.last_fill.get(account.name)
            if last and self.venue.faults.strike("duplicate_fill", account=account.name):
                session.put("user", [{"type": "update", "orders": [last]}], "duplicate")

    def followers(self, channel: str, symbol: str) -> list[CoinbaseSession]:
        return [s for s in self.sessions if symbol in s.wants.get(channel, ())]

    def on_books(self) -> None:
        for symbol in self.watchers:
            self.send_book(symbol)

    def send_book(self, symbol: str, skip: CoinbaseSession | None = None) -> None:
        """What changed since the last time, to all but one that is about to get a snapshot."""
        first, last, _, bids, asks = self.watchers[symbol].take()
        if last < first:
            return
        event = {"type": "update", "product_id": symbol, "updates": self.updates(bids, asks)}
        for session in self.followers("level2", symbol):
            if session is not skip:
                session.put("l2_data", [event], "l2_data", symbol)

    def on_trade(self, trade: Trade) -> None:
        symbol = trade.market.symbol
        if self.followers("market_trades", symbol):
            self.pending.setdefault(symbol, []).append(texts.trade_row(trade))
        for session in self.followers("ticker", symbol):
            event = {"type": "update", "tickers": [self.ticker(trade.market)]}
            session.put("ticker", [event], "ticker", symbol)

    def on_trades(self) -> None:
        """Trades of the last moment, newest first."""
        pending, self.pending = self.pending, {}
        for symbol, rows in pending.items():
            for session in self.followers("market_trades", symbol):
                event = {"type": "update", "trades": rows[::-1]}
                session.put("market_trades", [event], "market_trades", symbol)

    def on_top(self, market: Market) -> None:
        """Tickers follow trades, not the book."""

    def ticker(self, market: Market) -> dict[str, Any]:
        exchange = self.venue.exchange
        bid, bid_quantity, ask, ask_quantity = exchange.books[market.symbol].top()
        day = exchange.day(market)
        return {
            "type": "ticker",
            "product_id": market.symbol,
            "price": plain(exchange.mark(market)),
            "volume_24_h": plain(day.volume),
            "low_24_h": plain(day.low),
            "high_24_h": plain(day.high),
            "low_52_w": plain(day.low),
            "high_52_w": plain(day.high),
            "price_percent_chg_24_h": "0",
            "best_bid": plain(bid),
            "best_bid_quantity": plain(bid_quantity),
            "best_ask": plain(ask),
            "best_ask_quantity": plain(ask_quantity),
        }

    def on_batch(self) -> None:
        """ticker_batch, every five seconds."""
        for session in list(self.sessions):
            products = session.wants.get("ticker_batch")
            if products:
                rows = [self.ticker(self.venue.exchange.markets[s]) for s in products]
                event = {"type": "update", "tickers": rows}
                session.put("ticker_batch", [event], "ticker_batch")

    def on_second(self) -> None:
        """Heartbeats; a connection on which nothing comes ends."""
        now = self.venue.venue_ns()
        for session in list(self.sessions):
            if "heartbeats" in session.wants:
                beat = {"current_time": stamp(now), "heartbeat_counter": session.beats}
                session.beats += 1
                session.put("heartbeats", [beat], "heartbeats")
            session.quiet = session.quiet + 1 if session.link.sent == session.seen else 0
            session.seen = session.link.sent
            if session.quiet >= IDLE_S:
                session.link.close(1000, "idle")

    # -- user events -------------------------------------------------------------------------------

    def on_execution(self, execution: Execution) -> None:
        order, account = execution.order, execution.order.account
        assert account is not None
        if execution.what is Happening.NEW:
            self.http.numbers[texts.order_id(order)] = order.id
        row = texts.user_row(order, execution)
        if execution.what is Happening.TRADE:
            self.last_fill[account.name] = row
        for session in self.followers("user", order.market.symbol):
            if session.link.account is account:
                event = {"type": "update", "orders": [row]}
                session.put("user", [event], "user", order.market.symbol)

    def on_forgotten(self, order: Order) -> None:
        self.http.numbers.pop(texts.order_id(order), None)

    def on_balance(self, account: Account, assets: tuple[str, ...], t_ns: int) -> None:
        """Balances are asked for over REST."""
