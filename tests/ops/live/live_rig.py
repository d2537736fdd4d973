"""A live session of spot and USD-M against simulated venues over sockets, and the venues' truth.

Whoever waits, waits for a condition: each input of the host looks whether it holds by now.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from venues.live import live

from tickpath.core.config_load import load_config
from tickpath.core.ids import to_text
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine
from tickpath.ops.live.compare import TOLERANCE, effect
from tickpath.ops.live.config import LiveVenue, load_live
from tickpath.ops.live.host import Host
from tickpath.ops.live.session import LiveSession, Mode
from tickpath.venues.keys import Keys
from tickpath.venues.order_session import OrderTimes
from tickpath.venues.session_actions import NS_PER_S, SessionTimes
from tickpath.venues.sim.server.config import load_host
from tickpath.venues.sim.server.faults import Fault
from tickpath.venues.sim.server.host import VenueHost
from tickpath.venues.sim.server.truth import account_truth

FORM = live("cryptography.hazmat.primitives.serialization")
ED = live("cryptography.hazmat.primitives.asymmetric.ed25519").Ed25519PrivateKey.from_private_bytes(
    bytes(range(32))
)
PUBLIC = ED.public_key().public_bytes(FORM.Encoding.PEM, FORM.PublicFormat.SubjectPublicKeyInfo)
PRIVATE = ED.private_bytes(
    FORM.Encoding.PEM, FORM.PrivateFormat.PKCS8, FORM.NoEncryption()
).decode()
SECRET = "no-one-may-see-this"
VENUES = ("binance-spot", "binance-usdm")
MONEY = {
    "binance-spot": {"USDT": "1000000", "BTC": "20"},
    "binance-usdm": {"USDT": "1000000"},
}
LIMIT_S = 45

VENUE = """
[[venues]]
name = "{name}"
protocol = "{name}"
[venues.limits]
orders_per_10_s = 100000
[[venues.markets]]
symbol = "BTCUSDT"
mid = "60000"
events_per_s = 100
[[venues.accounts]]
name = "a"
balances = {{ {money} }}
[[venues.accounts.keys]]
name = "ed"
kind = "ed25519"
public_key = "public.pem"
[[venues.accounts.keys]]
name = "hm"
kind = "hmac"
secret = "{secret}"
"""
RUN = """
[[sources]]
venue = "{name}"
symbols = ["BTCUSDT"]
[[strategies]]
name = "imbalance_maker"
instruments = ["{name}:BTCUSDT"]
params = {{ half_spread_ppm = 1, replace_ppm = 1 }}
[[strategies]]
name = "every_event"
instruments = ["{name}:BTCUSDT"]
"""
LIVE = """
[[live.venues]]
name = "{name}"
market = ["{market}"]
orders = ["{api}"]
rest = "{rest}"
keys = "a"
{more}
"""
TIMES = OrderTimes(answer_ns=3 * NS_PER_S, audit_ns=NS_PER_S, lasting_ns=2 * NS_PER_S)
MARKET_TIMES = SessionTimes(quiet_ns=3 * NS_PER_S, open_ns=5 * NS_PER_S, answer_ns=2 * NS_PER_S)


@dataclass(slots=True)
class Watched(Host):
    """A host that looks at a condition after every input."""

    waits: list[tuple[Callable[[], bool], asyncio.Future[None]]] = field(default_factory=list)

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        code = Host.on_market_frame(self, source, data, t_ns)
        self.look()
        return code

    def on_order_frame(self, venue: int, data: bytes, t_ns: int) -> None:
        Host.on_order_frame(self, venue, data, t_ns)
        self.look()

    def look(self) -> None:
        for wait in list(self.waits):
            condition, future = wait
            if not future.done() and condition():
                future.set_result(None)
                self.waits.remove(wait)


class Rig:
    """What a scene works with."""

    def __init__(
        self, venues: VenueHost, folder: Path, kind: str, text: str, spot: str = ""
    ) -> None:
        self.venues = venues.venues
        urls = venues.urls()["venues"]
        run = "".join(RUN.format(name=name) for name in VENUES)
        entries = "".join(
            LIVE.format(name=name, more=f'events = ["{url["user"]}"]' if "user" in url else spot,
                        **{k: url[k] for k in ("market", "api", "rest")})
            for name, url in ((name, urls[name]) for name in VENUES)
        )  # fmt: skip
        path = folder / "run.toml"
        path.write_text(
            f'{run}\n[balances]\nUSDT = "2000000"\nBTC = "20"\n[risk]\norder_rate_per_s = 1000\n'
            f'order_burst = 1000\n{text}\n[live]\nstate = "state"\n{entries}'
        )
        self.config = load_config(path)
        self.alerts: list[str] = []
        self.host = Watched(Engine(self.config), alert=self.alerts.append)
        self.kind = kind
        self.session = LiveSession(
            self.host, load_live(path, self.config), Mode.PAPER, keys=self.keys,
            alert=self.alerts.append, times=TIMES, market_times=MARKET_TIMES)  # fmt: skip

    def keys(self, venue: LiveVenue) -> Keys:
        if self.kind == "ed25519":
            return Keys(id="ed", secret=PRIVATE, kind="ed25519")
        return Keys(id="hm", secret=SECRET, kind="hmac")

    @property
    def engine(self) -> Any:
        return self.host.engine

    def driver(self, name: str) -> Any:
        return self.session.orders[self.config.venues.index(name)]

    def fault(self, kind: str, **more: Any) -> None:
        for venue in self.venues.values():
            venue.fault(Fault(kind=kind, **more))

    def truth(self, name: str) -> dict[str, Any]:
        return account_truth(self.venues[name].exchange.accounts["a"])

    def struck(self, name: str, kind: str) -> int:
        return sum(s.kind == kind for s in self.venues[name].faults.struck)

    async def until(self, condition: Callable[[], bool], why: str) -> None:
        """Until a condition holds, looked at after each input."""
        if condition():
            return
        future = asyncio.get_running_loop().create_future()
        self.host.waits.append((condition, future))
        try:
            await asyncio.wait_for(future, LIMIT_S)
        except TimeoutError:
            raise AssertionError(f"not within {LIMIT_S} s: {why}\n{self.report()}") from None

    def report(self) -> str:
        lines = [f"alerts: {self.alerts[-10:]}", f"orders: {self.orders()}"]
        for name in VENUES:
            driver = self.driver(name)
            lines += [f"{name}: {driver.session.phase} {driver.session.counters}",
                      f"  {self.differences(name)}"]  # fmt: skip
        return "\n".join(lines)

    async def traded(self, fills: int = 15) -> None:
        """Until each account has that many fills more."""
        venues = [v.exchange.accounts["a"] for v in self.venues.values()]
        wanted = [len(account.fills) + fills for account in venues]
        await self.until(
            lambda: all(len(a.fills) >= n for a, n in zip(venues, wanted, strict=True)), "fills"
        )

    async def open(self) -> None:
        await self.until(lambda: self.session.open, "open for orders")

    def orders(self) -> list[tuple[str, int]]:
        return [(to_text(o.client_order_id), o.state) for o in self.engine.stages.execute.orders()]

    def held(self, name: str) -> dict[str, Decimal]:
        """Positions of the engine at a venue."""
        venue = self.config.venues.index(name)
        positions = self.engine.stages.execute.positions
        return {
            i.symbol: positions[i.index].position_lots * i.lot_size
            for i in self.config.instruments
            if i.venue == venue
        }

    def differences(self, name: str) -> list[str]:
        """What the engine holds otherwise than the venue's account."""
        truth, found = self.truth(name), []
        if name == "binance-usdm":
            theirs = {row["symbol"]: Decimal(row["quantity"]) for row in truth["positions"]}
            for symbol, mine in self.held(name).items():
                if theirs.get(symbol, 0) != mine:
                    found.append(f"position {symbol}: {theirs.get(symbol)} not {mine}")
        for asset, change in effect(self.engine, self.config.venues.index(name)).items():
            moved = Decimal(truth["money"].get(asset, 0)) - Decimal(MONEY[name].get(asset, 0))
            if abs(moved - change) > (TOLERANCE if asset == "USDT" else 0):
                found.append(f"balance {asset}: {moved} not {change}")
        return found

    def settled(self) -> bool:
        """Nothing is open anywhere, and everything is equal."""
        return (
            not self.engine.stages.execute.orders()
            and not any(self.truth(name)["open_orders"] for name in VENUES)
            and not any(self.differences(name) for name in VENUES)
        )

    async def end(self) -> None:
        """No fault any more, no order: then everything must be equal."""
        for venue in self.venues.values():
            venue.faults.clear()
        await self.open()
        self.host.command(Command.KILL, 0)
        await self.until(self.settled, "settled")
        self.check()

    def check(self) -> None:
        """What is always so."""
        for name in VENUES:
            ids = [order["client_id"] for order in self.truth(name)["orders"]]
            assert len(ids) == len(set(ids)), "an order was sent twice"
        for currency in range(len(self.config.currencies)):
            assert sum(self.engine.stages.execute.ledger(currency).values()) == 0
        assert self.host.counters.undelivered == 0
        told = repr(self.alerts)
        assert SECRET not in told
        assert "signature" not in told


Scene = Callable[[Rig], Awaitable[None]]


def play(folder: Path, scene: Scene, kind: str = "hmac", text: str = "", spot: str = "") -> Rig:
    """Run a scene while both venues trade, and end everything. `spot`: more of its live entry."""
    (folder / "public.pem").write_bytes(PUBLIC)
    path = folder / "venues.toml"
    path.write_text(
        "".join(
            VENUE.format(name=name, secret=SECRET,
                         money=", ".join(f'{k} = "{v}"' for k, v in MONEY[name].items()))
            for name in VENUES
        )
    )  # fmt: skip
    rigs = []

    async def whole() -> None:
        async with VenueHost(load_host(path)) as venues:
            rig = Rig(venues, folder, kind, text, spot)
            rigs.append(rig)
            async with rig.session:
                await rig.open()
                await rig.traded()
                await scene(rig)
                await rig.end()
        for _ in range(100):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())
    return rigs[0]
