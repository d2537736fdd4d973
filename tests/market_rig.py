"""A market session over real sockets: driver, session and engine against a simulated venue.

The truth is the simulator's own book; a scene waits for the books to be equal, never for a time.
Import it behind `pytest.importorskip("aiohttp")`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from support import btcusdt, config_of

from tickpath.core.config import VENUES, Config, Source
from tickpath.engine.native import Engine
from tickpath.venues.budget import Budget
from tickpath.venues.dialects import market_dialect
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.market_driver import EngineSink, MarketDriver
from tickpath.venues.session import MarketSession
from tickpath.venues.session_actions import NS_PER_S, SessionTimes
from tickpath.venues.sim.server.config import load_host
from tickpath.venues.sim.server.host import VenueHost
from tickpath.venues.sim.server.units import UNIT
from tickpath.venues.sim.server.venue import Venue
from tickpath.venues.transport import picows_client
from tickpath.venues.transport.rest import RestClient

MARKET = """
[[venues.markets]]
symbol = "{symbol}"
base = "{base}"
mid = "{mid}"
events_per_s = 200
"""
QUICK = SessionTimes(quiet_ns=2 * NS_PER_S, open_ns=5 * NS_PER_S, answer_ns=2 * NS_PER_S)
LIMIT_S = 60


@dataclass(frozen=True)
class Setting:
    """A venue, the simulator's protocol, its symbols, and levels a side that are compared."""

    venue: str
    protocol: str
    symbols: tuple[str, str]
    depth: int = 1000
    lines: int = 1
    sizes: str = ""

    def text(self) -> str:
        """Configuration of the simulator."""
        markets = [
            MARKET.format(symbol=symbol, base=symbol[:3], mid=mid) + self.sizes
            for symbol, mid in zip(self.symbols, ("60000", "3000"), strict=True)
        ]
        return f'[[venues]]\nname = "venue"\nprotocol = "{self.protocol}"\n' + "".join(markets)

    def config(self, venue: Venue) -> Config:
        """Both symbols on one source, sized as the simulator's markets are."""
        number = VENUES.index(self.venue)
        found = [venue.exchange.markets[symbol] for symbol in self.symbols]
        instruments = [
            btcusdt(symbol=market.symbol, venue=number, tick_size=Decimal(market.tick) / UNIT,
                    lot_size=Decimal(market.step) / UNIT)
            for market in found
        ]  # fmt: skip
        source = Source(name="market", venue=number, instruments=(0, 1))
        return config_of(*instruments, sources=(source,))


BINANCE = Setting("binance-spot", "binance-spot", ("BTCUSDT", "ETHUSDT"))
KRAKEN = Setting("kraken-spot", "kraken-spot", ("BTC/USD", "ETH/USD"), depth=10)
COINBASE = Setting("coinbase", "coinbase-advanced", ("BTC-USD", "ETH-USD"), sizes="""
quote = "USD"
tick_size = "0.01"
lot_size = "0.00000001"
quantity_min = "0.00001"
quantity_max = "3400"
maker_fee_ppm = 4000
taker_fee_ppm = 6000
""")  # fmt: skip


class Rig:
    """A host, an engine and a driver between them."""

    def __init__(
        self, setting: Setting, venue: Venue, rest: RestClient, connect: Any,
        urls: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.setting = setting
        self.venue = venue
        self.engine = Engine(setting.config(venue))
        self.sink = EngineSink(self.engine)
        self.frames = self.restarts = 0
        self.told: list[str] = []
        self.equal: asyncio.Future[None] | None = None
        spare = urls["market"].replace("127.0.0.1", "localhost")
        self.session = MarketSession(
            dict(enumerate(setting.symbols)), market_dialect(setting.venue),
            Endpoints([urls["market"], spare]), Budget([(60 * NS_PER_S, 6000)]),
            self.sink.waiting, Random(1), QUICK, lines=setting.lines)  # fmt: skip
        self.driver = MarketDriver(
            self.session, self, source=0, connect=connect, rest=rest, alert=self.told.append
        )

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        code = self.sink.on_market_frame(source, data, t_ns)
        self.frames += 1
        if self.equal is not None and not self.equal.done() and self.right():
            self.equal.set_result(None)
        return code

    def last_instrument(self) -> int:
        return self.sink.last_instrument()

    def restart(self, source: int, t_ns: int) -> int:
        self.restarts += 1
        return self.sink.restart(source, t_ns)

    def right(self) -> bool:
        """Whether both books are synced and equal to the venue's."""
        most = self.setting.depth
        for k, symbol in enumerate(self.setting.symbols):
            if self.sink.waiting(k):
                return False
            truth, book = self.venue.exchange.books[symbol], self.engine.stages.books[k]
            instrument = self.engine.config.instruments[k]
            tick, lot = (int(x * UNIT) for x in (instrument.tick_size, instrument.lot_size))
            for side in (0, 1):
                levels = [(p // tick, q // lot) for p, q in truth.depth(side, most)]
                found = [(x.price_ticks, x.quantity_lots) for x in book.depth(side, most)]
                if levels != found or not levels:
                    return False
        return True

    def struck(self, kind: str) -> int:
        """How often a fault has struck."""
        return len([s for s in self.venue.faults.struck if s.kind == kind])

    async def ended(self) -> None:
        """Until the tasks of closed links have returned."""
        for _ in range(100):
            await asyncio.sleep(0)

    async def settle(self) -> None:
        """Until the books are equal."""
        self.equal = asyncio.get_running_loop().create_future()
        await asyncio.wait_for(self.equal, LIMIT_S)


Scene = Callable[[Rig], Awaitable[None]]


def play(
    setting: Setting, tmp_path: Path, scene: Scene, connect: Any = picows_client.connect
) -> Rig:
    """Run a scene over sockets, and end everything."""
    path = tmp_path / "venues.toml"
    path.write_text(setting.text())
    rigs = []

    async def whole() -> None:
        async with VenueHost(load_host(path)) as host:
            urls = host.urls()["venues"]["venue"]
            async with RestClient(urls["rest"]) as rest:
                rig = Rig(setting, host.venues["venue"], rest, connect, urls)
                rigs.append(rig)
                rig.driver.start()
                await rig.settle()
                await scene(rig)
                await rig.driver.close()
                await rig.ended()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())
    return rigs[0]
