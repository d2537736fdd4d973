"""What a market driver does when its own parts fail: nothing is lost without a word."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, cast

import pytest

from tickpath.core.errors import BackendError, ConfigError, ConnectError
from tickpath.venues.binance.session import BinanceMarketDialect
from tickpath.venues.budget import Budget
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.market_driver import MarketDriver
from tickpath.venues.session import MarketSession
from tickpath.venues.session_actions import NS_PER_S
from tickpath.venues.transport.base import CloseKind, CloseReason, Endpoint, Listener
from tickpath.venues.transport.rest import RestClient

ACCEPTED = b'{"result":null,"id":0}'
DEPTH = b'{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,"b":[],"a":[]}'


class Sink:
    """An engine that buffers every frame."""

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        return 117 if data == ACCEPTED else 115

    def last_instrument(self) -> int:
        return -1

    def restart(self, source: int, t_ns: int) -> int:
        return 0


class Wire:
    """A link that keeps what is sent, and ends at once."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.sent: list[bytes] = []

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self, code: int = 1000, text: str = "") -> None:
        reason = CloseReason(kind=CloseKind.LOCAL, code=code, text=text)
        self.listener.on_close(cast(Any, self), reason)


def driver_of(connect: Any, told: list[str], rest: Any = None) -> MarketDriver:
    session = MarketSession(
        {0: "BTCUSDT"}, BinanceMarketDialect("binance-spot"),
        Endpoints(["wss://a.test/key", "wss://b.test/key"]), Budget([(60 * NS_PER_S, 6000)]),
        lambda _: True, Random(1))  # fmt: skip
    client = rest or RestClient("http://127.0.0.1:1")
    return MarketDriver(session, Sink(), source=0, connect=connect, rest=client, alert=told.append)


def play(scene: Callable[[], Awaitable[None]]) -> list[dict[str, Any]]:
    """Run a scene; what the loop's handler got."""
    heard: list[dict[str, Any]] = []

    async def whole() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context))
        await scene()

    asyncio.run(whole())
    return heard


@pytest.mark.parametrize(
    ("error", "heard"),
    [
        (ConnectError("a.test:443: refused"), 0),
        (ConfigError("authorities: no such file"), 0),
        (BackendError("no such backend"), 0),
        (RuntimeError("wss://a.test/key"), 1),
    ],
)
def test_whatever_ends_an_opening_ends_the_line(error: Exception, heard: int) -> None:
    told: list[str] = []
    tries = []

    async def connect(endpoint: Endpoint, listener: Listener) -> Any:
        tries.append(endpoint.url)
        raise error

    async def scene() -> None:
        driver = driver_of(connect, told)
        driver.start()
        while not told or driver._carrier._tasks:
            await asyncio.sleep(0)
        assert driver.session.counters.closed == 1
        assert driver.session.wake_ns() is not None
        await driver.close()

    contexts = play(scene)
    assert tries == ["wss://a.test/key/ws"]
    assert [context["exception"] for context in contexts] == [error] * heard
    assert len(told) == 1 + heard
    assert all("key" not in text for text in told)


def test_a_request_that_raises_is_told() -> None:
    told: list[str] = []

    class Broken:
        async def request(self, method: str, target: str) -> Any:
            raise ValueError("a fault of the client")

    async def connect(endpoint: Endpoint, listener: Listener) -> Any:
        listener.on_open(cast(Any, Wire(listener)))

    async def scene() -> None:
        driver = driver_of(connect, told, Broken())
        driver.start()
        while not told:
            await asyncio.sleep(0)
        [line] = driver.session.lines
        driver.closed(line, "ended")
        await driver.close()

    contexts = play(scene)
    assert [type(context["exception"]) for context in contexts] == [ValueError]
    assert told[0] == "a task of the session failed: ValueError"


def test_a_timer_that_is_early_enough_is_left_alone() -> None:
    made = []

    async def connect(endpoint: Endpoint, listener: Listener) -> Any:
        listener.on_open(cast(Any, Wire(listener)))

    async def scene() -> None:
        driver = driver_of(connect, [])
        driver.start()
        while driver.session.fresh is None or not driver.session.fresh.asked:
            await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        plain = loop.call_later

        def call_later(*args: Any) -> Any:
            made.append(args)
            return plain(*args)

        loop.call_later = call_later  # type: ignore[method-assign]
        driver.frame(1, ACCEPTED, 0)
        assert driver.session.live
        before = len(made)
        for _ in range(100):
            driver.frame(1, DEPTH, 0)
        assert len(made) == before
        driver.session._swept_ns = 0
        for _ in range(2):
            driver.frame(1, DEPTH, 0)
        assert len(made) == before + 1
        await driver.close()

    assert play(scene) == []
