"""A real session over real sockets: driver, session, engine, against a simulated Binance.

The truth is the simulator's own book; no test waits for a time, only for the books to be equal.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support import btcusdt, config_of

from tickpath.core.config import Source
from tickpath.engine.native import Engine
from tickpath.venues.binance.session import BinanceMarketDialect
from tickpath.venues.budget import Budget
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.market_driver import EngineSink, MarketDriver, answer_of
from tickpath.venues.session import MarketSession
from tickpath.venues.session_actions import NS_PER_S, Answer, SessionTimes
from tickpath.venues.transport.rest import Outcome, OutcomeKind, RestClient

aiohttp = pytest.importorskip("aiohttp", reason="extra `live` is not installed")
from tickpath.venues.sim.server.config import load_host  # noqa: E402
from tickpath.venues.sim.server.faults import Fault  # noqa: E402
from tickpath.venues.sim.server.host import VenueHost  # noqa: E402
from tickpath.venues.sim.server.units import UNIT  # noqa: E402
from tickpath.venues.transport import aiohttp_client, picows_client  # noqa: E402

SYMBOLS = ("BTCUSDT", "ETHUSDT")
MARKET = """
[[venues.markets]]
symbol = "{symbol}"
base = "{base}"
mid = "{mid}"
events_per_s = 200
"""
TEXT = '[[venues]]\nname = "spot"\nprotocol = "binance-spot"\n' + "".join(
    MARKET.format(symbol=symbol, base=symbol[:3], mid=mid)
    for symbol, mid in zip(SYMBOLS, ("60000", "3000"), strict=True)
)
QUICK = SessionTimes(quiet_ns=2 * NS_PER_S, open_ns=5 * NS_PER_S, answer_ns=2 * NS_PER_S)
LIMIT_S = 60


class Rig:
    """A host, an engine and a driver between them."""

    def __init__(self, host: VenueHost, rest: RestClient, connect: Any, urls: list[str]) -> None:
        self.venue = host.venues["spot"]
        instruments = [btcusdt(symbol=symbol) for symbol in SYMBOLS]
        source = Source(name="market", venue=0, instruments=(0, 1))
        config = config_of(*instruments, sources=(source,))
        self.engine = Engine(config)
        self.sink = EngineSink(self.engine)
        self.frames = 0
        self.told: list[str] = []
        self.equal: asyncio.Future[None] | None = None
        session = MarketSession(
            dict(enumerate(SYMBOLS)), BinanceMarketDialect("binance-spot"), Endpoints(urls),
            Budget([(60 * NS_PER_S, 6000)]), self.sink.waiting, Random(1), QUICK)  # fmt: skip
        self.driver = MarketDriver(
            session, self, source=0, connect=connect, rest=rest, alert=self.told.append
        )
        self.session = session

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        code = self.sink.on_market_frame(source, data, t_ns)
        self.frames += 1
        if self.equal is not None and not self.equal.done() and self.right():
            self.equal.set_result(None)
        return code

    def last_instrument(self) -> int:
        return self.sink.last_instrument()

    def restart(self, source: int, t_ns: int) -> int:
        return self.sink.restart(source, t_ns)

    def right(self) -> bool:
        """Whether both books are synced and equal to the venue's."""
        for k, symbol in enumerate(SYMBOLS):
            if self.sink.waiting(k):
                return False
            truth, book = self.venue.exchange.books[symbol], self.engine.stages.books[k]
            instrument = self.engine.config.instruments[k]
            tick, lot = (int(x * UNIT) for x in (instrument.tick_size, instrument.lot_size))
            for side in (0, 1):
                levels = [(p // tick, q // lot) for p, q in truth.depth(side, 1000)]
                found = [(x.price_ticks, x.quantity_lots) for x in book.depth(side, 1000)]
                if levels != found or not levels:
                    return False
        return True

    async def ended(self) -> None:
        """Until the tasks of closed links have returned."""
        for _ in range(100):
            await asyncio.sleep(0)

    async def settle(self) -> None:
        """Until the books are equal."""
        self.equal = asyncio.get_running_loop().create_future()
        await asyncio.wait_for(self.equal, LIMIT_S)


Scene = Callable[[Rig], Awaitable[None]]


def play(tmp_path: Path, scene: Scene, connect: Any = picows_client.connect) -> Rig:
    """Run a scene over sockets, and end everything."""
    path = tmp_path / "venues.toml"
    path.write_text(TEXT)
    rigs = []

    async def whole() -> None:
        async with VenueHost(load_host(path)) as host:
            urls = host.urls()["venues"]["spot"]
            async with RestClient(urls["rest"]) as rest:
                spare = urls["market"].replace("127.0.0.1", "localhost")
                rig = Rig(host, rest, connect, [urls["market"], spare])
                rigs.append(rig)
                rig.driver.start()
                await rig.settle()
                await scene(rig)
                await rig.driver.close()
                await rig.ended()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())
    return rigs[0]


async def nothing(rig: Rig) -> None:
    """Only the start."""


@pytest.mark.parametrize("client", [picows_client, aiohttp_client])
def test_books_are_the_venues_after_the_start(tmp_path: Path, client: Any) -> None:
    rig = play(tmp_path, nothing, client.connect)
    assert rig.session.counters.snapshots == len(SYMBOLS)
    assert rig.told == []
    assert not rig.session.live


@pytest.mark.parametrize("kind", ["drop", "reorder", "duplicate", "corrupt"])
def test_books_are_right_again_after_frames_went_wrong(tmp_path: Path, kind: str) -> None:
    async def scene(rig: Rig) -> None:
        for _ in range(3):
            rig.venue.fault(Fault(kind=kind, symbol="BTCUSDT", count=3))
            while any(f.kind == kind for f in rig.venue.faults.waiting):
                await rig.settle()
            await rig.settle()

    rig = play(tmp_path, scene)
    assert rig.session.counters.opened == 1
    assert len([s for s in rig.venue.faults.struck if s.kind == kind]) == 9


def test_a_cut_is_answered_by_another_line(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.venue.fault(Fault(kind="cut"))
        while rig.session.counters.opened < 2:
            await rig.settle()
        await rig.settle()

    rig = play(tmp_path, scene)
    assert rig.session.counters.closed == 1
    assert any("closed" in alert for alert in rig.told)


def test_a_notice_of_shutdown_is_answered_before_the_line_ends(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.venue.fault(Fault(kind="shutdown", value=30_000))
        while rig.session.counters.opened < 2:
            await rig.settle()
        await rig.settle()

    rig = play(tmp_path, scene)
    assert (rig.session.counters.renewed, rig.session.counters.closed) == (1, 0)


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        (Outcome(kind=OutcomeKind.ANSWERED, status=200, body=b"{}"), Answer(200, b"{}")),
        (Outcome(kind=OutcomeKind.UNKNOWN, status=200, body=b"{"), Answer(0)),
        (Outcome(kind=OutcomeKind.NOT_SENT), Answer(0)),
        (
            Outcome(kind=OutcomeKind.ANSWERED, status=429, headers={"retry-after": "7"}),
            Answer(429, b"", 7 * NS_PER_S),
        ),
        (
            Outcome(kind=OutcomeKind.ANSWERED, status=418, headers={"retry-after": "soon"}),
            Answer(418),
        ),
    ],
)
def test_what_was_not_answered_has_no_status(outcome: Outcome, answer: Answer) -> None:
    assert answer_of(outcome) == answer
