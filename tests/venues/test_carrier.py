"""Lines, tasks and the timer of a carrier, over loopback sockets and with links that refuse."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest
from venues.transport.links import BACKENDS, backend, run
from venues.transport.loopback import CLOSE, TEXT, Peer, Server, frame

from tickpath.core.errors import ConnectError, LinkBusyError
from tickpath.venues.carrier import Carrier
from tickpath.venues.session_actions import NS_PER_S
from tickpath.venues.transport.base import Endpoint, Link

CLIENTS = [name for name in BACKENDS if name != "polling"]


class Owner:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, Any]] = []
        self.changed = asyncio.Condition()
        self.alerts: list[str] = []

    def note(self, what: str, line: int, more: Any = None) -> None:
        self.told.append((what, line, more))
        asyncio.get_running_loop().create_task(self.notify())

    async def notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    def opened(self, line: int) -> None:
        self.note("opened", line)

    def frame(self, line: int, data: bytes, t_ns: int) -> None:
        self.note("frame", line, bytes(data))

    def closed(self, line: int, why: str) -> None:
        self.note("closed", line, why)

    def alert(self, text: str) -> None:
        self.alerts.append(text)
        asyncio.get_running_loop().create_task(self.notify())

    async def until(self, what: str, line: int) -> Any:
        """Wait for something to be told; what was told with it."""

        def find() -> list[Any]:
            return [found for found in self.told if found[:2] == (what, line)]

        async with self.changed:
            await self.changed.wait_for(lambda: bool(find()))
        return find()[0][2]


def carrier_of(owner: Owner, client: str) -> Carrier:
    return Carrier(owner, backend(client).connect, lambda url: Endpoint(url=url), owner.alert)


async def echo(peer: Peer) -> None:
    while True:
        try:
            if not peer.request:
                await peer.upgrade()
            opcode, data = await peer.receive()
        except (EOFError, ConnectionError):
            return
        if opcode == CLOSE:
            return
        peer.send(frame(TEXT, b"echo " + data))


async def hang(peer: Peer) -> None:
    """Neither an upgrade nor an end."""
    await peer.gone()


async def refuse(peer: Peer) -> None:
    with suppress(EOFError, ConnectionError):
        await peer.reader.readuntil(b"\r\n\r\n")
    peer.send(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_line_opens_sends_hears_and_ends(client: str) -> None:
    async def work() -> None:
        owner = Owner()
        async with Server(echo) as server:
            carrier = carrier_of(owner, client)
            carrier.open(1, server.url)
            assert not carrier.send(1, b"early"), "it is not open yet"
            await owner.until("opened", 1)
            assert carrier.send(1, b"hello")
            assert await owner.until("frame", 1) == b"echo hello"
            assert not carrier.send(2, b"nowhere")
            await carrier.close()
            assert [told[0] for told in owner.told[:2]] == ["opened", "frame"]
            assert not carrier.send(1, b"late")
        assert owner.alerts == []

    run(work())


@pytest.mark.parametrize("client", CLIENTS)
def test_a_venue_that_refuses_or_ends_is_told_once(client: str) -> None:
    async def work() -> None:
        owner = Owner()

        async def end(peer: Peer) -> None:
            await peer.upgrade()
            await peer.receive()
            peer.reset()

        async with Server(refuse) as refusing, Server(end) as ending:
            carrier = carrier_of(owner, client)
            carrier.open(1, refusing.url + "?listenKey=SECRET")
            assert "SECRET" not in await owner.until("closed", 1)
            carrier.open(2, ending.url)
            await owner.until("opened", 2)
            assert carrier.send(2, b"x")
            await owner.until("closed", 2)
            await carrier.close()
            assert [told[:2] for told in owner.told] == [
                ("closed", 1), ("opened", 2), ("closed", 2)
            ]  # fmt: skip
            assert "SECRET" not in repr(owner.alerts)

    run(work())


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("handler", [echo, hang, refuse])
@pytest.mark.parametrize("turns", range(8))
def test_a_line_that_is_shut_is_not_told_of_again(client: str, handler: Any, turns: int) -> None:
    async def work() -> None:
        owner = Owner()
        async with Server(handler) as server:
            carrier = carrier_of(owner, client)
            carrier.open(1, server.url)
            for _ in range(turns * turns):
                await asyncio.sleep(0)
            told = len(owner.told)
            carrier.shut(1, "no more")
            assert not carrier.send(1, b"x")
            carrier.open(2, server.url)
            for _ in range(300):
                await asyncio.sleep(0)
            assert [x for x in owner.told[told:] if x[1] == 1] == []
            await carrier.close()
            assert carrier._standing == set()
            assert carrier._openings == {}

    run(work())


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("turns", range(8))
def test_close_leaves_nothing_whenever_it_comes(client: str, turns: int) -> None:
    async def work() -> None:
        owner = Owner()
        async with Server(echo) as server:
            carrier = carrier_of(owner, client)
            for line in range(4):
                carrier.open(line, server.url)
            for _ in range(turns * turns):
                await asyncio.sleep(0)
            fired: list[int] = []
            carrier.schedule(time.monotonic_ns() + NS_PER_S // 1000, lambda: fired.append(1))
            await carrier.close()
            told = len(owner.told)
            carrier.open(9, server.url)
            for _ in range(300):
                await asyncio.sleep(0)
            assert not carrier.send(9, b"x")
            assert [what for what in owner.told[told:] if what[0] == "opened"] == []
            assert carrier._tasks == set()
            assert fired == []

    run(work())


class Refusing:
    """A link whose queue is full."""

    open = True

    def __init__(self) -> None:
        self.ended = 0

    def send(self, data: bytes) -> None:
        raise LinkBusyError("outgoing queue is full")

    def close(self, code: int = 1000, text: str = "") -> None:
        self.ended += 1


def test_a_link_that_does_not_take_a_message_is_closed_and_told_of() -> None:
    async def work() -> None:
        owner, link = Owner(), Refusing()

        async def connect(endpoint: Endpoint, listener: Any) -> Link:
            listener.on_open(link)
            return link  # type: ignore[return-value]

        carrier = Carrier(owner, connect, lambda url: Endpoint(url=url), owner.alert)
        carrier.open(1, "ws://127.0.0.1:1")
        await owner.until("opened", 1)
        assert not carrier.send(1, b"x")
        assert owner.told[1:] == [("closed", 1, "outgoing queue is full")]
        assert link.ended == 1
        carrier.fell(1, "later")
        assert len(owner.told) == 2
        await carrier.close()

    run(work())


def test_faults_of_tasks_are_told_without_their_text() -> None:
    async def work() -> None:
        owner = Owner()

        async def fail() -> None:
            raise ValueError("SECRET")

        async def connect(endpoint: Endpoint, listener: Any) -> Link:
            raise OSError("SECRET") if endpoint.url.endswith("odd") else ConnectError("no route")

        carrier = Carrier(owner, connect, lambda url: Endpoint(url=url), owner.alert)
        carrier.spawn(fail())
        carrier.open(1, "ws://127.0.0.1:1/known")
        assert await owner.until("closed", 1) == "no route"
        carrier.open(2, "ws://127.0.0.1:1/odd")
        await owner.until("closed", 2)
        carrier.open(3, "nonsense")
        await owner.until("closed", 3)
        assert "a task of the session failed: ValueError" in owner.alerts
        assert "SECRET" not in repr(owner.alerts) + repr(owner.told)
        await carrier.close()

    run(work())


def test_there_is_one_timer() -> None:
    async def work() -> None:
        owner = Owner()
        carrier = Carrier(owner, backend("picows_client").connect, lambda url: Endpoint(url=url),
                          owner.alert)  # fmt: skip
        fired: list[str] = []
        done = asyncio.Event()

        def past() -> None:
            fired.append("past")
            done.set()

        now_ns = time.monotonic_ns()
        carrier.schedule(now_ns + 3600 * NS_PER_S, lambda: fired.append("far"))
        carrier.schedule(now_ns - 5, past)
        await done.wait()
        carrier.schedule(now_ns - 5, lambda: fired.append("never"))
        carrier.schedule(None, lambda: None)
        for _ in range(50):
            await asyncio.sleep(0)
        assert fired == ["past"]
        await carrier.close()

    run(work())
