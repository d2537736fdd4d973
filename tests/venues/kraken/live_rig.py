"""An engine, its host and a Kraken order session over sockets, against a simulated venue.

The market has no crowd: a test moves it by hand. Requests go to execute directly, as risk and route
would hand them over. The truth is the simulator's own account.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from support import config_of
from venues.kraken.kraken_frames import VENUE, instrument
from venues.kraken.rest_answers import SECRET

from tickpath.core.codes import Code
from tickpath.core.ids import to_text
from tickpath.core.records import IntentKind, OrderState, OrderType, Request, Side, TimeInForce
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine
from tickpath.ops.live.check import run_script
from tickpath.ops.live.compare import effect
from tickpath.ops.live.host import Host
from tickpath.venues.budget import Budget
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.keys import KeyKind, Keys
from tickpath.venues.kraken.order_session import KrakenOrderDialect
from tickpath.venues.kraken.sign import NonceSource, Signer
from tickpath.venues.order_driver import OrderDriver
from tickpath.venues.order_session import OrderSession, OrderTimes
from tickpath.venues.order_steps import Known, Script, Standing
from tickpath.venues.session_actions import NS_PER_S
from tickpath.venues.sim.server.config import load_host
from tickpath.venues.sim.server.faults import Fault
from tickpath.venues.sim.server.host import VenueHost
from tickpath.venues.sim.server.units import UNIT, parse
from tickpath.venues.transport import picows_client
from tickpath.venues.transport.base import wall_ns
from tickpath.venues.transport.rest import RestClient

SYMBOL = "BTC/USD"
MONEY = {"USD": "1000000", "BTC": "10"}
TEXT = f"""
[[venues]]
name = "kraken-spot"
protocol = "kraken-spot"
[venues.limits]
rest_max = 0
threshold = 0
[[venues.markets]]
symbol = "{SYMBOL}"
mid = "60000"
events_per_s = 0
[[venues.accounts]]
name = "alice"
balances = {{ USD = "{MONEY["USD"]}", BTC = "{MONEY["BTC"]}" }}
[[venues.accounts.keys]]
name = "key"
kind = "kraken"
secret = "{SECRET}"
"""
LOT = instrument().lot_size
TICK = instrument().tick_size
LIMIT_S = 20
POLL_S = 0.002
TIMES = OrderTimes(answer_ns=2 * NS_PER_S)
UNSETTLED = (OrderState.PENDING_NEW, OrderState.PENDING_CANCEL, OrderState.UNKNOWN)


EMPTY = Request(
    kind=IntentKind.SUBMIT,
    venue=VENUE,
    instrument=0,
    strategy=0,
    side=Side.BUY,
    type=OrderType.LIMIT,
    time_in_force=TimeInForce.GTC,
    flags=0,
    tag=0,
    price_ticks=0,
    quantity_lots=0,
)


async def until(right: Callable[[], bool], told: list[str]) -> None:
    """Until something holds; how long that takes is the machine's matter."""

    async def poll() -> None:
        while not right():
            await asyncio.sleep(POLL_S)

    try:
        await asyncio.wait_for(poll(), LIMIT_S)
    except TimeoutError:
        raise AssertionError(f"never: {told}") from None


class Deaf(KrakenOrderDialect):
    """A dialect whose reconciliation finds nothing out: what a test must notice."""

    def reconcile(self, known: Sequence[Known]) -> Script:
        yield from self.ping()
        return Standing()


class Rig:
    """See the module."""

    def __init__(
        self, host: VenueHost, rest: RestClient, dialect: type[KrakenOrderDialect]
    ) -> None:
        self.venue = host.venues["kraken-spot"]
        self.exchange = self.venue.exchange
        self.market = self.exchange.markets[SYMBOL]
        self.account = self.exchange.accounts["alice"]
        self.empty_book()
        self.engine = Engine(config_of(instrument(quote=2, settle=2)))
        self.told: list[str] = []
        self.host = Host(self.engine, alert=self.told.append)
        keys = Keys(id="key", secret=SECRET, kind=KeyKind.HMAC)
        self.dialect = dialect(
            self.engine.config, VENUE, Signer(keys, NonceSource(wall_ns)), wall_ns,
            recv_window_ms=500, cancel_after_s=30)  # fmt: skip
        self.session = OrderSession(
            self.dialect,
            {"orders": Endpoints([host.urls()["venues"]["kraken-spot"]["user"]])},
            Budget([(NS_PER_S, 1000)]),
            lambda: self.host.known(VENUE),
            Random(1),
            TIMES,
            lambda: [k for k in self.host.known(VENUE) if k.state == OrderState.LIVE or k.ended],
        )
        self.driver = OrderDriver(
            self.session, self.host, venue=VENUE, connect=picows_client.connect, rest=rest,
            alert=self.told.append)  # fmt: skip
        self.host.desks[VENUE] = self.driver
        self.client = rest
        self.placed = 0

    def empty_book(self) -> None:
        """The crowd leaves, so that only a test trades."""
        for source in self.venue.sources:
            for side in source.orders:
                for order in list(side):
                    self.exchange.crowd_cancel(order)
        assert self.exchange.books[SYMBOL].top() == (0, 0, 0, 0)

    # -- what a test does --------------------------------------------------------------------------

    def place(self, side: Side, price: str, quantity: str, **changes: Any) -> int:
        """A limit order of the engine; returns its id."""
        request = replace(
            EMPTY,
            side=side,
            price_ticks=int(Decimal(price) / TICK),
            quantity_lots=int(Decimal(quantity) / LOT),
        )
        return self.send(replace(request, **changes))

    def cancel(self, order: int) -> None:
        self.send(replace(EMPTY, kind=IntentKind.CANCEL, client_order_id=order))

    def send(self, request: Request) -> int:
        """Through execute to the venue."""
        execute = self.engine.stages.execute
        assert execute.send(request, self.engine.seq, wall_ns()) == Code.OK
        self.placed += request.kind == IntentKind.SUBMIT
        for _, _, data in execute.take_out():
            self.driver.request(data)
        return request.client_order_id

    def rest(self, side: Side, price: str, quantity: str) -> None:
        """The crowd offers."""
        self.exchange.crowd_rest(self.market, side, parse(price), parse(quantity))

    def take(self, side: Side, quantity: str) -> None:
        """The crowd takes what rests."""
        assert self.exchange.crowd_take(self.market, side, parse(quantity)) == parse(quantity)

    def fault(self, kind: str, **more: Any) -> None:
        self.venue.fault(Fault(kind=kind, **more))

    async def run(self, script: Script) -> Any:
        """A script of calls and waits, outside the session."""
        return await run_script(script, self.client)

    # -- what it waits for -------------------------------------------------------------------------

    async def until(self, right: Callable[[], bool]) -> None:
        """Until something holds."""
        await until(right, self.told)

    def state(self, order: int) -> OrderState | None:
        """Of an open order, None once it has left the table."""
        found = [o for o in self.engine.stages.execute.orders() if o.client_order_id == order]
        return OrderState(found[0].state) if found else None

    def position(self) -> Decimal:
        lots: int = self.engine.stages.execute.positions[0].position_lots
        return lots * LOT

    def at_venue(self, order: int) -> Any:
        """The simulator's order."""
        return self.account.client_ids.get(to_text(order))

    async def live(self, order: int) -> None:
        await self.until(lambda: self.state(order) == OrderState.LIVE)

    async def ready(self) -> None:
        await self.until(lambda: self.session.ready)

    async def down(self) -> None:
        await self.until(lambda: not self.session.ready)

    async def again(self) -> None:
        """A new session after the present one."""
        await self.down()
        await self.ready()

    async def settled(self) -> None:
        """Until the engine's account is the venue's."""
        await self.until(lambda: not self.differences())

    # -- the truth ---------------------------------------------------------------------------------

    def differences(self) -> list[str]:
        """What of the engine is not the simulator's account, exactly."""
        found = []
        orders = self.engine.stages.execute.orders()
        mine = {(to_text(o.client_order_id), o.quantity_lots, o.filled_lots) for o in orders}
        theirs = {
            (o.client_id, units_lots(o.quantity), units_lots(o.filled))
            for o in self.account.open_orders.values()
        }
        if mine != theirs:
            found.append(f"open orders {mine} {theirs}")
        found += [f"{to_text(o.client_order_id)} {o.state}" for o in orders if o.state in UNSETTLED]
        moved = effect(self.engine, VENUE)
        for asset, first in MONEY.items():
            change = Decimal(self.account.balance(asset).total) / UNIT - Decimal(first)
            if change != moved.get(asset, 0):
                found.append(f"{asset} {moved.get(asset)} {change}")
        return found

    def check(self) -> None:
        """Nothing differs, the ledger is zero, no order was made twice."""
        assert self.differences() == []
        assert self.host.command(Command.LEDGER_CHECK, 0) == Code.OK
        execute = self.engine.stages.execute
        for currency in range(len(self.engine.config.currencies)):
            assert sum(execute.ledger(currency).values()) == 0
        made = Counter(order.client_id for order in self.account.orders)
        assert not [name for name, count in made.items() if count > 1]
        assert len(made) <= self.placed
        sent = Counter(
            request.params.get("cl_ord_id")
            for request in self.venue.requests.since()
            if request.method == "add_order"
        )
        assert not [name for name, count in sent.items() if count > 1]


def units_lots(units: int) -> int:
    return int(Decimal(units) / UNIT / LOT)


Scene = Callable[[Rig], Awaitable[None]]


def play(
    tmp_path: Path, scene: Scene, dialect: type[KrakenOrderDialect] = KrakenOrderDialect
) -> Rig:
    """Run a scene over sockets, from a session that is ready, and end everything."""
    path = tmp_path / "venues.toml"
    path.write_text(TEXT)
    rigs = []

    async def whole() -> None:
        async with AsyncExitStack() as stack:
            host = await stack.enter_async_context(VenueHost(load_host(path)))
            url = host.urls()["venues"]["kraken-spot"]["rest"]
            rig = Rig(host, await stack.enter_async_context(RestClient(url)), dialect)
            rigs.append(rig)
            stack.callback(rig.host.close)
            stack.push_async_callback(rig.driver.close)
            rig.driver.start()
            await rig.ready()
            await scene(rig)

    asyncio.run(whole())
    return rigs[0]
