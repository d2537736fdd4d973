"""A live session put together: host, a market session a source, an order session a venue; none
where a venue has market data only.

    async with LiveSession(host, spec, Mode.PAPER, keys=find_keys, alert=print) as live:
        await live.ready()      # every book good, every venue open for orders

PAPER and LIVE trade through the venues' protocols; PAPER refuses a venue's own hosts. SHADOW opens
no order session and asks for no keys: what the engine wants to send goes to its shadow desks.
Needs the extra `live`.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from enum import StrEnum
from functools import partial
from importlib import import_module
from random import Random
from types import TracebackType
from typing import Self

from tickpath.core.errors import ConfigError
from tickpath.engine.commands import Command
from tickpath.ops.live.config import LiveSpec, LiveVenue
from tickpath.ops.live.host import Host
from tickpath.ops.live.parts import dialect_of, rest_of
from tickpath.ops.live.shadow import ShadowVenues
from tickpath.venues.budget import Budget
from tickpath.venues.dialects import market_dialect
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.keys import Keys
from tickpath.venues.market_driver import MarketDriver
from tickpath.venues.nasdaq.driver import MoldDriver
from tickpath.venues.nasdaq.lines import Lines
from tickpath.venues.nasdaq.session import MoldSession
from tickpath.venues.order_dialects import rest_windows
from tickpath.venues.order_driver import OrderDriver
from tickpath.venues.order_session import OrderSession, OrderTimes
from tickpath.venues.order_steps import OrderDialect
from tickpath.venues.session import MarketSession
from tickpath.venues.session_actions import NS_PER_S, SessionTimes
from tickpath.venues.transport.base import Connect, Endpoint, TlsOptions
from tickpath.venues.transport.rest import RestClient


class Mode(StrEnum):
    SHADOW = "shadow"
    PAPER = "paper"
    LIVE = "live"


class LiveSession:
    """Sessions of all venues of a configuration around one engine."""

    def __init__(
        self, host: Host, spec: LiveSpec, mode: Mode, *, keys: Callable[[LiveVenue], Keys],
        alert: Callable[[str], None], seed: int = 1, times: OrderTimes | None = None,
        market_times: SessionTimes | None = None,
    ) -> None:  # fmt: skip
        """`keys` finds the keys of a venue; it is asked once for each that trades. Raises
        ConfigError, KeysError."""
        check_mode(spec, mode)
        self.host, self.spec, self.mode = host, spec, mode
        self.markets: list[MarketDriver] = []
        self.feeds: list[MoldDriver] = []
        self.orders: dict[int, OrderDriver] = {}
        self._alert = alert
        self._random = Random(seed)
        self._times = times or OrderTimes(audit_ns=spec.audit_s * NS_PER_S)
        self._market_times = market_times
        self._keys = {
            venue.name: keys(venue) for venue in spec.venues if venue.keys and mode != Mode.SHADOW
        }
        self.shadow = ShadowVenues(host) if mode is Mode.SHADOW else None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Closes the venues by command, then begins; nothing is sent before reconciliation."""
        try:
            await self._build()
        except BaseException:
            await self._stack.aclose()
            raise
        for market in self.markets:
            market.start()
        for feed in self.feeds:
            feed.start()
        for order in self.orders.values():
            order.start()
        return self

    async def _build(self) -> None:
        """A driver for each source and each venue that trades; where none does, none may be sent
        to, but by a shadow."""
        config = self.host.config
        for entry in self.spec.venues:
            venue = config.venues.index(entry.name)
            if self.shadow is None:
                self.host.command(Command.VENUE_DOWN, venue)
            if entry.datagrams is not None:
                self.feeds.append(self._feed(entry, venue, entry.datagrams))
                continue
            rest = await self._stack.enter_async_context(rest_of(entry))
            dialect = self._dialect(entry)
            usual = rest_windows(entry.name) if dialect is None else dialect.windows
            own = [(seconds * NS_PER_S, weight) for seconds, weight in entry.rest_windows]
            budget = Budget(own or usual)
            if dialect is not None:
                self.orders[venue] = self._order_driver(entry, venue, dialect, rest, budget)
                self.host.desks[venue] = self.orders[venue]
            connects = None
            for source, about in enumerate(config.sources):
                if about.venue == venue:
                    market = self._market_session(entry, source, budget, connects)
                    connects = market.connects
                    self.markets.append(self._market_driver(entry, source, rest, market))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """Every line closed, every task ended. Open orders are the caller's matter."""
        for order in self.orders.values():
            await order.close()
        for market in self.markets:
            await market.close()
        for feed in self.feeds:
            await feed.close()
        if self.shadow is not None:
            self.shadow.close()
        self.host.close()
        await self._stack.aclose()

    def _dialect(self, entry: LiveVenue) -> OrderDialect | None:
        """How orders are said at a venue that trades, None for market data only."""
        keys = self._keys.get(entry.name)
        return None if keys is None else dialect_of(self.host.config, entry, keys)

    def _order_driver(
        self, entry: LiveVenue, venue: int, dialect: OrderDialect, rest: RestClient, budget: Budget
    ) -> OrderDriver:
        endpoints = {line: Endpoints(list(entry.urls[line])) for line in dialect.lines}
        session = OrderSession(
            dialect,
            endpoints,
            budget,
            partial(self.host.known, venue),
            self._random,
            self._times,
            partial(self.host.overdue, venue),
        )
        return OrderDriver(
            session,
            self.host,
            venue=venue,
            connect=connector(entry),
            rest=rest,
            endpoint=partial(endpoint_of, entry),
            alert=partial(self._tell, entry.name),
        )

    def _market_session(
        self, entry: LiveVenue, source: int, budget: Budget, connects: Budget | None
    ) -> MarketSession:
        """`connects` is that of the venue's first source."""
        config = self.host.config
        symbols = {k: config.instruments[k].symbol for k in config.sources[source].instruments}
        return MarketSession(
            symbols,
            market_dialect(entry.name, config.sources[source].depth),
            Endpoints(list(entry.urls["market"])),
            budget,
            self.host.waiting,
            self._random,
            self._market_times,
            lines=entry.lines,
            connects=connects,
        )

    def _market_driver(
        self, entry: LiveVenue, source: int, rest: RestClient, session: MarketSession
    ) -> MarketDriver:
        return MarketDriver(
            session,
            self.shadow or self.host,
            source=source,
            connect=connector(entry),
            rest=rest,
            endpoint=partial(endpoint_of, entry),
            alert=partial(self._tell, entry.name),
        )

    def _feed(self, entry: LiveVenue, venue: int, lines: Lines) -> MoldDriver:
        """The one source of a venue whose market data are datagrams."""
        (source,) = (k for k, s in enumerate(self.host.config.sources) if s.venue == venue)
        session = MoldSession(
            [str(line) for line in lines.lines],
            [str(server) for server in lines.servers],
            self._random,
            lines.waits,
        )
        return MoldDriver(
            session,
            self.shadow or self.host,
            lines,
            source=source,
            alert=partial(self._tell, entry.name),
        )

    def _tell(self, name: str, text: str) -> None:
        self._alert(f"{name}: {text}")

    @property
    def open(self) -> bool:
        """Whether every venue with orders takes them, and every book is good that can be asked
        for."""
        awaited = self._awaited()
        return all(d.session.ready for d in self.orders.values()) and not any(
            self.host.waiting(k)
            for k in range(len(self.host.config.instruments))
            if k not in awaited
        )

    @property
    def awaited(self) -> int:
        """How many books nobody can ask for: they come when their venue begins a session."""
        return sum(map(self.host.waiting, self._awaited()))

    def _awaited(self) -> set[int]:
        """Instruments of datagrams."""
        sources = self.host.config.sources
        return {k for feed in self.feeds for k in sources[feed.source].instruments}

    async def ready(self) -> None:
        """Until `open`; look at the clock of whoever waits for how long that may take."""
        while not self.open:
            await asyncio.sleep(POLL_S)


POLL_S = 0.005


def connector(entry: LiveVenue) -> Connect:
    """The WebSocket client of a venue."""
    module = import_module(f"tickpath.venues.transport.{entry.client}_client")
    connect: Connect = module.connect
    return connect


def endpoint_of(entry: LiveVenue, url: str) -> Endpoint:
    """A URL with what of TLS is configured."""
    return Endpoint(url=url, tls=TlsOptions(authorities=entry.authorities))


def check_mode(spec: LiveSpec, mode: Mode) -> None:
    """Raises ConfigError where a mode and the endpoints do not fit."""
    for venue in spec.venues:
        if mode is Mode.PAPER and venue.production and venue.keys:
            raise ConfigError(
                f"venue {venue.name}: paper mode and the venue's own hosts: name the endpoints of "
                "its test venue or of `tickpath venue-sim`, or run --live"
            )
