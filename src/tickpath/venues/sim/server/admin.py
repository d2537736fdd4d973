"""The admin endpoint: truth, faults, recorded requests, and a hand on the market. Loopback only.

| request | does |
| --- | --- |
| GET /venues | names, protocols, URLs |
| GET /venues/{v}/truth?history= | everything the venue holds; history=0: no lists of the past |
| GET /venues/{v}/book?symbol=&limit= | levels of a book |
| GET /venues/{v}/requests?after=N | what clients sent after number N |
| DELETE /venues/{v}/requests | forget it |
| POST /venues/{v}/faults | set a fault: the keys of [[venues.faults]] |
| DELETE /venues/{v}/faults | forget those that wait |
| POST /venues/{v}/crowd | an order of the crowd: symbol, side, quantity, price (none: market) |
| POST /venues/{v}/deposit | account, asset, quantity |
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tickpath.core.errors import ConfigError
from tickpath.core.toml_table import TomlTable
from tickpath.venues.sim.server.config import fault_of
from tickpath.venues.sim.server.orders import BUY, SELL
from tickpath.venues.sim.server.truth import book_truth, venue_truth
from tickpath.venues.sim.server.units import NumberError, parse, plain
from tickpath.venues.sim.server.venue import Venue

if TYPE_CHECKING:
    from tickpath.venues.sim.server.host import VenueHost

Act = Callable[[Venue, TomlTable], Any]


class AdminServer:
    """The endpoint over all venues of a host."""

    def __init__(self, owner: "VenueHost", host: str, port: int) -> None:
        self.owner, self.host, self.port = owner, host, port
        self.runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        add = app.router.add_route
        add("GET", "/venues", self.venues)
        for method, name, act in (
            ("GET", "truth", truth),
            ("GET", "book", book),
            ("GET", "requests", requests),
            ("DELETE", "requests", lambda venue, table: venue.requests.clear()),
            ("POST", "faults", set_fault),
            ("DELETE", "faults", lambda venue, table: venue.faults.clear()),
            ("POST", "crowd", crowd),
            ("POST", "deposit", deposit),
        ):
            add(method, f"/venues/{{venue}}/{name}", self.on_venue(act))
        self.runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=1.0
        )
        await self.runner.setup()
        await web.TCPSite(self.runner, self.host, self.port).start()
        self.port = self.runner.addresses[0][1]

    async def close(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()

    async def venues(self, request: web.Request) -> web.Response:
        return web.json_response(self.owner.urls())

    def on_venue(self, act: Act) -> Callable[[web.Request], Any]:
        """A handler that finds the venue and reads the parameters."""

        async def handle(request: web.Request) -> web.Response:
            server = self.owner.servers.get(request.match_info["venue"])
            if server is None:
                return web.json_response({"error": "no such venue"}, status=404)
            try:
                data: dict[str, Any] = dict(request.query)
                if request.can_read_body:
                    data |= json.loads(await request.text())
                table = TomlTable(data, "request")
                server.venue.advance()
                result = act(server.venue, table)
                server.venue.flush()
            except (ConfigError, ValueError, TypeError) as error:
                return web.json_response({"error": str(error)}, status=400)
            return web.json_response({} if result is None else result)

        return handle


def units(table: TomlTable, key: str, default: Decimal | None = None) -> int:
    """A decimal text of a request. Raises ConfigError."""
    try:
        return parse(format(table.decimal(key, default), "f"))
    except NumberError as error:
        raise ConfigError(f"{table.place(key)}: {error}") from error


def symbol_of(venue: Venue, table: TomlTable) -> str:
    """A symbol that trades there, the first by default. Raises ConfigError."""
    symbols = tuple(venue.exchange.markets)
    return table.text("symbol", symbols[0], symbols)


def truth(venue: Venue, table: TomlTable) -> Any:
    return venue_truth(venue, table.text("history", "1", ("0", "1")) == "1")


def book(venue: Venue, table: TomlTable) -> Any:
    limit = int(table.text("limit", "20"))
    return book_truth(venue, symbol_of(venue, table), limit)


def requests(venue: Venue, table: TomlTable) -> Any:
    return venue.requests.as_json(int(table.text("after", "0")))


def set_fault(venue: Venue, table: TomlTable) -> Any:
    fault = fault_of(table)
    table.done()
    venue.fault(fault)
    return {"waiting": len(venue.faults.waiting)}


def crowd(venue: Venue, table: TomlTable) -> Any:
    """Rest or take; answers with the quantity taken."""
    market = venue.exchange.markets[symbol_of(venue, table)]
    side = BUY if table.text("side", None, ("BUY", "SELL")) == "BUY" else SELL
    quantity, price = units(table, "quantity"), units(table, "price", Decimal(0))
    rest = table.flag("rest", False)
    table.done()
    if quantity <= 0 or (rest and price <= 0):
        raise ConfigError("request: quantity, and price of an order that rests, are above 0")
    if rest:
        order = venue.exchange.crowd_rest(market, side, price, quantity)
        return {"taken": plain(quantity if order is None else order.filled)}
    return {"taken": plain(venue.exchange.crowd_take(market, side, quantity, price))}


def deposit(venue: Venue, table: TomlTable) -> Any:
    accounts = venue.exchange.accounts
    name = table.text("account", None, tuple(accounts))
    asset, quantity = table.text("asset"), units(table, "quantity")
    table.done()
    venue.exchange.deposit(accounts[name], asset, quantity)
    return {}
