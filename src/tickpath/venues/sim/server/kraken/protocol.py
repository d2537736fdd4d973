"""Kraken spot as a `VenueProtocol`: connections, channels, tokens and events.

The public WebSocket is at `/v2`, the private one at `/auth/v2`, REST below `/0`. Book updates go
out every `book_ms` in which something changed. Fees are in the quote currency.
"""

from itertools import count
from typing import Any

from tickpath.venues.sim.server.accounts import Account, ApiKey
from tickpath.venues.sim.server.clock import MS, SECOND
from tickpath.venues.sim.server.faults import KINDS
from tickpath.venues.sim.server.kraken import events
from tickpath.venues.sim.server.kraken.actions import KrakenActions
from tickpath.venues.sim.server.kraken.book import BookFeed
from tickpath.venues.sim.server.kraken.public import instrument, ticker, trade_row
from tickpath.venues.sim.server.kraken.rates import KrakenLimits, Rates
from tickpath.venues.sim.server.kraken.rest import KrakenRest
from tickpath.venues.sim.server.kraken.socket import KrakenSession
from tickpath.venues.sim.server.kraken.terms import KrakenError
from tickpath.venues.sim.server.kraken.texts import dump, txid
from tickpath.venues.sim.server.link import Link, Session
from tickpath.venues.sim.server.orders import Execution, Happening, Market, Order, Trade
from tickpath.venues.sim.server.venue import Answer, Call, Venue
from tickpath.venues.sim.server.windows import Window

TOKEN_NS = 900 * SECOND
TOKENS_MAX = 10_000
"""The oldest go, long after their time."""


class KrakenSpot:
    """The whole venue."""

    name = "kraken-spot"
    kinds = frozenset(KINDS) - {"ban", "shutdown"}
    fee_in_quote = True
    ping_ms = pong_ms = 0
    sockets = {"market": "/v2", "user": "/auth/v2"}  # noqa: RUF012

    def __init__(self, limits: KrakenLimits | None = None) -> None:
        self.limits = limits or KrakenLimits()
        self.sessions: list[KrakenSession] = []
        self.feeds: dict[tuple[str, int], BookFeed] = {}
        self.tokens: dict[str, tuple[Account, ApiKey, int]] = {}
        self.token_ids = count()
        self.connections = Window("MINUTE", 10, self.limits.connections_per_10_min)
        self.old: dict[str, dict[str, Any]] = {}
        self.last_fill: dict[str, list[dict[str, Any]]] = {}

    def bind(self, venue: Venue) -> None:
        self.venue = venue
        self.rates = Rates(self.limits)
        self.actions = KrakenActions(venue, self.rates)
        self.http = KrakenRest(self)

    def start(self) -> None:
        self.venue.every(max(1, self.limits.book_ms) * MS, self.on_books)
        self.venue.every(SECOND, self.on_second)

    def rest(self, call: Call) -> Answer:
        return self.http.rest(call)

    def check_open(self) -> None:
        """Raises KrakenError under maintenance."""
        if self.venue.t_ns < self.venue.maintenance_ns:
            raise KrakenError("EService:Unavailable")

    def system(self) -> str:
        """As the status channel calls it."""
        return "maintenance" if self.venue.t_ns < self.venue.maintenance_ns else "online"

    # -- connections -------------------------------------------------------------------------------

    def channel(self, path: str) -> str:
        return "user" if path == self.sockets["user"] else "market"

    def connect(self, call: Call, link: Link) -> Session | Answer:
        limit = self.connections.limit
        if self.connections.use(call.remote, 1, self.venue.t_ns) > limit > 0:
            return Answer(status=429, body="{}")
        if call.path not in self.sockets.values():
            return Answer(status=404)
        session = KrakenSession(self, link, call.path == self.sockets["user"])
        self.sessions.append(session)
        return session

    def forget(self, session: KrakenSession) -> None:
        if session in self.sessions:
            self.sessions.remove(session)

    def new_token(self, account: Account, key: ApiKey) -> str:
        """For the private WebSocket, within 15 minutes."""
        token = f"token-{txid('W', next(self.token_ids) + self.venue.seed * 1000)}"
        self.tokens[token] = (account, key, self.venue.t_ns + TOKEN_NS)
        if len(self.tokens) > TOKENS_MAX:
            del self.tokens[next(iter(self.tokens))]
        return token

    def of_token(self, session: KrakenSession, params: dict[str, Any]) -> Account:
        """The account of a request's token; it outlives its time while something is subscribed.
        Raises KrakenError."""
        found = self.tokens.get(str(params.get("token")))
        if not session.private or found is None:
            raise KrakenError("ESession:Invalid session")
        account, _, end = found
        alive = any(channel in ("executions", "balances") for channel, _, _ in session.wants)
        if not account.can_trade or (self.venue.t_ns > end and not alive):
            raise KrakenError("ESession:Invalid session")
        return account

    def keys_changed(self, account: Account) -> None:
        """A revoked key ends its connections."""
        if not account.can_trade:
            for session in list(self.sessions):
                if session.link.account is account:
                    session.link.close(1008, "Invalid session")

    def shutdown_notice(self, link: Link) -> None:
        """Kraken has none."""

    def snapshot_taken(self, symbol: str) -> None:
        for depth in (10, 25, 100, 500, 1000):
            feed = self.feed(symbol, depth)
            self.old[f"{symbol}:{depth}"] = feed.snapshot(self.venue.venue_ns())

    # -- public channels ---------------------------------------------------------------------------

    def feed(self, symbol: str, depth: int) -> BookFeed:
        exchange = self.venue.exchange
        key = (symbol, depth)
        if key not in self.feeds:
            market, book = exchange.markets[symbol], exchange.books[symbol]
            self.feeds[key] = BookFeed(market, book, depth)
            self.feeds[key].settle()
        return self.feeds[key]

    def began(
        self, session: KrakenSession, channel: str, symbol: str, depth: int, snapshot: bool
    ) -> None:
        """What a new subscriber gets first."""
        exchange, now = self.venue.exchange, self.venue.venue_ns()
        account = session.link.account
        data: list[dict[str, Any]] = []
        if channel == "book":
            self.send_book(symbol, depth)
            row = self.feed(symbol, depth).snapshot(now)
            if self.venue.faults.strike("stale_snapshot", channel="market", symbol=symbol):
                row = self.old[f"{symbol}:{depth}"]
            data = [row]
        elif channel == "ticker":
            data = [ticker(exchange, exchange.markets[symbol], now)]
        elif channel == "trade":
            data = [trade_row(t) for t in exchange.trades[symbol][-50:]]
        elif channel == "instrument":
            self.put(session, channel, "snapshot", instrument(exchange), "instrument")
            return
        elif channel == "executions" and account is not None:
            self.begin_executions(session, account)
            return
        elif channel == "balances" and account is not None:
            data = events.balance_rows(account)
        if snapshot:
            self.put(session, channel, "snapshot", data, channel, symbol)

    def put(
        self, session: KrakenSession, channel: str, kind: str, data: Any, tag: str, symbol: str = ""
    ) -> None:
        """One message of a channel; those of private channels are numbered."""
        message: dict[str, Any] = {"channel": channel, "type": kind, "data": data}
        if channel in ("executions", "balances"):
            message["sequence"] = session.next_sequence(channel)
            if self.venue.faults.strike("gap", channel="user", tag=tag):
                return
        if self.venue.faults.strike("new_field", channel=session.link.channel, tag=tag):
            message["zz"] = {"new": [1, "a"]}
        self.venue.emit(session.link, dump(message), tag, symbol)

    def broadcast(self, channel: str, symbol: str, depth: int, data: Any) -> None:
        for session in list(self.sessions):
            if (channel, symbol, depth) in session.wants:
                self.put(session, channel, "update", data, channel, symbol)

    def on_books(self) -> None:
        """Updates of every depth that somebody follows."""
        wanted = {k[1:] for s in self.sessions for k in s.wants if k[0] == "book"}
        for symbol, depth in sorted(wanted):
            self.send_book(symbol, depth)

    def send_book(self, symbol: str, depth: int) -> None:
        row = self.feed(symbol, depth).update(self.venue.venue_ns())
        strike = self.venue.faults.strike
        if row is None or strike("gap", channel="market", tag="book", symbol=symbol):
            return
        if strike("bad_checksum", channel="market", tag="book", symbol=symbol):
            row = row | {"checksum": row["checksum"] ^ 1}
        self.broadcast("book", symbol, depth, [row])

    def on_second(self) -> None:
        """A heartbeat where nothing else came."""
        for session in list(self.sessions):
            if session.beats and session.link.sent == session.seen:
                session.link.send('{"channel":"heartbeat"}', "heartbeat")
            session.seen = session.link.sent

    def on_trade(self, trade: Trade) -> None:
        self.broadcast("trade", trade.market.symbol, 0, [trade_row(trade)])

    def on_top(self, market: Market) -> None:
        if any(("ticker", market.symbol, 0) in s.wants for s in self.sessions):
            row = ticker(self.venue.exchange, market, self.venue.venue_ns())
            self.broadcast("ticker", market.symbol, 0, [row])

    # -- private channels --------------------------------------------------------------------------

    def begin_executions(self, session: KrakenSession, account: Account) -> None:
        """Open orders and the last fills, as asked for; then a fill twice, on command."""
        options = session.wants["executions", "", 0]
        data: list[dict[str, Any]] = []
        if options.get("snap_orders", True) is not False:
            data += [events.standing_row(o) for o in account.open_orders.values()]
        if options.get("snap_trades", False) is True:
            data += [events.fill_row(f, "filled") for f in account.fills[-50:]]
        self.put(session, "executions", "snapshot", data, "executions")
        last = self.last_fill.get(account.name)
        if last and self.venue.faults.strike("duplicate_fill", account=account.name):
            self.put(session, "executions", "update", last, "duplicate")

    def private(self, account: Account, channel: str) -> list[KrakenSession]:
        """Who follows an account's channel."""
        return [
            s for s in self.sessions if s.link.account is account and (channel, "", 0) in s.wants
        ]

    def on_execution(self, execution: Execution) -> None:
        order, account = execution.order, execution.order.account
        assert account is not None
        if execution.what is Happening.NEW:
            self.actions.orders[txid("O", order.id)] = order
        rows = events.rows(execution)
        if execution.what is Happening.TRADE:
            self.last_fill[account.name] = rows[:1]
            self.on_ledger(execution, account)
        count = self.rates.count(account.name, order.market.symbol, self.venue.t_ns)
        for session in self.private(account, "executions"):
            options = session.wants["executions", "", 0]
            told = rows
            if options.get("order_status", True) is False:
                told = [row for row in rows if row["exec_type"] != "filled"]
            if options.get("ratecounter") is True:
                told = [row | {"ratecount": count} for row in told]
            for row in told:
                self.put(session, "executions", "update", [row], str(row["exec_type"]))

    def on_ledger(self, execution: Execution, account: Account) -> None:
        """Both balances of a fill."""
        fill = execution.fill
        assert fill is not None
        market = fill.order.market
        sign = 1 if fill.order.side == 0 else -1
        changes = (
            (market.base, sign * fill.quantity, 0),
            (market.quote, -sign * fill.money, fill.fee),
        )
        rows = [
            events.ledger_row(account, asset, amount, fee, execution)
            for asset, amount, fee in changes
        ]
        for session in self.private(account, "balances"):
            self.put(session, "balances", "update", rows, "balances")

    def on_forgotten(self, order: Order) -> None:
        self.actions.orders.pop(txid("O", order.id), None)

    def on_balance(self, account: Account, assets: tuple[str, ...], t_ns: int) -> None:
        """Holds are no change of a balance here."""
