"""An engine that trades over sockets with a simulated Coinbase; the test moves the market.

Scenes wait for what happens, never for a time. At the end `equal` compares the engine with the
account at the venue.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from venues.coinbase.order_world import KEYS, PUBLIC
from venues.coinbase.wire_frames import ADVANCED, config_for, frame, l2, product, trade, update

from tickpath.core.config import StrategySpec
from tickpath.core.records import Side
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine
from tickpath.ops.live.compare import TOLERANCE, effect
from tickpath.ops.live.host import Host
from tickpath.venues.budget import Budget
from tickpath.venues.coinbase.order_session import CoinbaseOrderDialect
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.order_driver import OrderDriver
from tickpath.venues.order_session import OrderSession, OrderTimes
from tickpath.venues.order_steps import Standing, Verdict
from tickpath.venues.session_actions import NS_PER_S
from tickpath.venues.sim.server.config import load_host
from tickpath.venues.sim.server.faults import Fault
from tickpath.venues.sim.server.host import VenueHost
from tickpath.venues.sim.server.orders import BUY, SELL
from tickpath.venues.sim.server.truth import account_truth
from tickpath.venues.sim.server.units import parse
from tickpath.venues.transport import picows_client
from tickpath.venues.transport.base import wall_ns
from tickpath.venues.transport.rest import RestClient

SYMBOL = "BTC-USD"
LIMIT_S = 30
ORDERS = "POST /api/v3/brokerage/orders"
LOTS = 10**8
TEXT = f"""
[[venues]]
name = "coinbase"
protocol = "coinbase-advanced"
limits = {{{{ private_per_s = {{private_per_s}} }}}}
[[venues.markets]]
symbol = "{SYMBOL}"
base = "BTC"
quote = "USD"
tick_size = "0.01"
lot_size = "0.00000001"
quantity_min = "0.00000001"
quantity_max = "9000"
notional_min = "1"
maker_fee_ppm = 4000
taker_fee_ppm = 6000
source = "none"
[[venues.accounts]]
name = "a"
balances = {{{{ USD = "1000000", BTC = "1000" }}}}
[[venues.accounts.keys]]
name = "{KEYS.id}"
kind = "ed25519"
public_key = "public.pem"
"""


class Rig:
    """One engine, one venue. `dialect` makes the dialect; `free`: the venue limits nothing."""

    def __init__(self, host: VenueHost, rest: RestClient, dialect: Any, free: bool) -> None:
        self.venue = host.venues["coinbase"]
        self.account = self.venue.exchange.accounts["a"]
        self.market = self.venue.exchange.markets[SYMBOL]
        self.urls = host.urls()["venues"]["coinbase"]
        self.rest, self.make, self.free = rest, dialect, free
        self.before = self.holdings()
        self.told: list[str] = []
        self.frames: list[bytes] = []
        self.found: list[Standing] = []
        self.baseline: dict[str, dict[str, Decimal]] = {}
        self.trades = 0
        self.happened = asyncio.Event()
        self.begin(Engine(rig_config()))

    def begin(self, engine: Any) -> None:
        """A process with this engine, which has seen the market."""
        self.engine, self.sequence = engine, 0
        self.host = Host(engine, alert=self.alert, baseline=self.baseline)
        self.host.command(Command.VENUE_DOWN, ADVANCED)
        self.host.command(Command.RESTART_SOURCE, 0)
        dialect = self.make(
            engine.config, ADVANCED, KEYS, wall_ns, self.urls["rest"].partition("//")[2],
            recv_window_ms=1000,
        )  # fmt: skip
        endpoints = {"events": Endpoints([self.urls["user"]])}
        budget = Budget([(NS_PER_S, 10**6)] if self.free else dialect.windows)
        self.session = OrderSession(
            dialect, endpoints, budget, lambda: self.host.known(ADVANCED), Random(1),
            OrderTimes(settle_ns=1, lasting_ns=NS_PER_S // 10, audit_ns=NS_PER_S // 10),
            lambda: self.host.overdue(ADVANCED),
        )  # fmt: skip
        self.driver = OrderDriver(
            self.session, self, venue=ADVANCED, connect=picows_client.connect, rest=self.rest,
            alert=self.alert,
        )  # fmt: skip
        self.host.desks[ADVANCED] = self.driver
        sides = (update("bid", "99.99", "50"), update("offer", "100.01", "50"))
        self.feed("l2_data", l2("snapshot", SYMBOL, *sides))

    # -- what the driver tells --------------------------------------------------------------------

    def alert(self, text: str) -> None:
        self.told.append(text)
        self.happened.set()

    def on_order_frame(self, venue: int, data: bytes, t_ns: int) -> None:
        self.host.on_order_frame(venue, data, t_ns)
        self.frames.append(data)
        self.happened.set()

    def on_venue(self, venue: int, up: bool, why: str) -> None:
        self.host.on_venue(venue, up, why)
        self.happened.set()

    def on_found(self, venue: int, standing: Standing, last: bool) -> Verdict:
        self.found.append(standing)
        return self.host.on_found(venue, standing, last)

    # -- what scenes do ---------------------------------------------------------------------------

    def feed(self, channel: str, event: Any) -> None:
        """One frame of market data."""
        self.host.on_market_frame(0, frame(channel, event, sequence=self.sequence), wall_ns())
        self.sequence += 1

    def want(self, side: Side, price: str, quantity: str) -> None:
        """Let the engine send an order."""
        self.trades += 1
        maker = "SELL" if side == Side.BUY else "BUY"
        event = {"type": "update", "trades": [trade(self.trades, SYMBOL, price, quantity, maker)]}
        self.feed("market_trades", event)

    def cancel(self) -> None:
        """Let the engine cancel all its orders."""
        self.want(Side.BUY, "100", "0.00000001")

    def rests(self, side: int, price: str, quantity: str) -> None:
        """An order of the crowd."""
        self.venue.exchange.crowd_rest(self.market, side, parse(price), parse(quantity))
        self.venue.flush()

    def takes(self, side: int, quantity: str) -> None:
        """The crowd takes what rests."""
        self.venue.exchange.crowd_take(self.market, side, parse(quantity))
        self.venue.flush()

    def fault(self, kind: str, **fields: Any) -> None:
        self.venue.fault(Fault(kind=kind, **fields))

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait for what happens."""
        async with asyncio.timeout(LIMIT_S):
            while not reached():
                self.happened.clear()
                await self.happened.wait()

    async def up(self, times: int = 1) -> None:
        """Until the venue was reconciled so often and is open."""
        await self.until(lambda: self.session.ready and self.session.counters.reconciled >= times)

    async def states(self, *states: int) -> None:
        """Until the engine's orders stand like this."""
        await self.until(lambda: [o.state for o in self.orders()] == list(states))

    async def filled(self, position: str) -> None:
        """Until the engine holds so much."""
        await self.until(lambda: self.position() == Decimal(position))

    # -- what is there ----------------------------------------------------------------------------

    def orders(self) -> list[Any]:
        found: list[Any] = self.engine.stages.execute.orders()
        return found

    def position(self) -> Decimal:
        """Of the engine."""
        return Decimal(self.engine.stages.execute.positions[0].position_lots) / LOTS

    def holdings(self) -> dict[str, Decimal]:
        """Of the account at the venue, by asset."""
        balances = account_truth(self.account)["balances"]
        return {a: Decimal(b["free"]) + Decimal(b["locked"]) for a, b in balances.items()}

    def placed(self) -> list[str]:
        """Client order ids of what was sent to the venue, as often as it was."""
        path = ORDERS.partition(" ")[2]
        return [
            str(sent.params["client_order_id"])
            for sent in self.venue.requests.since()
            if (sent.method, sent.path) == ("POST", path)
        ]

    def asked(self) -> int:
        """How many questions about orders the venue got."""
        return sum("/orders/historical/" in sent.path for sent in self.venue.requests.since())

    def answers(self, start: bytes) -> int:
        """How many frames of that beginning the engine got."""
        return sum(data.startswith(start) for data in self.frames)

    def differences(self) -> list[str]:
        """Where engine and venue are not equal."""
        found = []
        now, effects = self.holdings(), effect(self.engine, ADVANCED)
        for asset, allowed in (("BTC", Decimal(0)), ("USD", TOLERANCE)):
            venue, mine = now[asset] - self.before[asset], effects[asset]
            if abs(venue - mine) > allowed:
                found.append(f"{asset}: venue {venue}, engine {mine}")
        held = {o.client_id for o in self.account.open_orders.values()}
        mine_open = {f"{o.client_order_id:016x}" for o in self.orders()}
        if held != mine_open:
            found.append(f"open: venue {held}, engine {mine_open}")
        sent = self.placed()
        if len(sent) != len(set(sent)):
            found.append(f"sent twice: {sent}")
        for index, currency in enumerate(self.engine.config.currencies):
            if sum(self.engine.stages.execute.ledger(index).values()):
                found.append(f"ledger of {currency.name}")
        return found


Scene = Callable[[Rig], Awaitable[None]]


def rig_config() -> Any:
    """One instrument, one strategy, money enough."""
    wanted = Path(__file__).with_name("orders_wanted.py")
    about = product(SYMBOL, "0.01", "0.00000001", quote=2, settle=2)
    return config_for(
        instruments=(replace(about, quantity_max=Decimal(1000)),),
        products=((SYMBOL, "0.01", "0.00000001"),),
        strategies=(StrategySpec(name=str(wanted), instruments=(0,)),),
        balances={"USD": Decimal(1_000_000), "BTC": Decimal(1000)},
    )


def play(
    folder: Path, scene: Scene, dialect: Any = CoinbaseOrderDialect, *, free: bool = False
) -> Rig:
    """Run a scene over sockets to its end; nothing is left running."""
    (folder / "public.pem").write_text(PUBLIC)
    (folder / "venues.toml").write_text(TEXT.format(private_per_s=0 if free else 30))
    rigs = []

    async def whole() -> None:
        async with VenueHost(load_host(folder / "venues.toml")) as host:
            rest_url = host.urls()["venues"]["coinbase"]["rest"]
            async with RestClient(rest_url) as rest:
                rig = Rig(host, rest, dialect, free)
                rigs.append(rig)
                rig.driver.start()
                await rig.up()
                rig.rests(BUY, "98", "100")
                rig.rests(SELL, "102", "100")
                await scene(rig)
                await rig.driver.close()
                rig.host.close()

    asyncio.run(whole())
    return rigs[0]
