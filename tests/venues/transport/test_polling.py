"""What is the polling thread's own: no GIL, start and stop, many links, a full inbox, any bytes."""

import asyncio
import gc
import os
import random
import sys
import time
from typing import Any

import pytest
from venues.transport.links import Recorder, at, backend, run
from venues.transport.loopback import BINARY, CONTINUATION, TEXT, Peer, Server, close_frame, frame

from tickpath.core.errors import (
    BackendError,
    CapacityError,
    ConfigError,
    ConnectError,
    LinkClosedError,
)
from tickpath.core.limits import LIMITS
from tickpath.venues.transport.base import CloseKind
from tickpath.venues.transport.hooks import ReplyHook

ROUNDS = int(os.environ.get("TICKPATH_FUZZ_N", "300"))


@pytest.fixture
def polling() -> Any:
    backend("polling")
    from tickpath.venues.transport import polling

    return polling


async def quiet(peer: Peer) -> None:
    await peer.upgrade()
    await peer.gone()


def test_the_thread_answers_while_another_holds_the_gil(polling: Any) -> None:
    """The peer is in another process, so that its half needs no GIL of this one either."""
    ours, theirs = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        count = 0
        try:
            count = serve_and_count(ours[1])
        finally:
            os.write(theirs[1], b"%d\n" % count)
            os._exit(0)
    port = int(os.read(ours[0], 100))

    async def work() -> None:
        poller = polling.Poller()
        poller.start()
        hook = ReplyHook(b"order")
        listener = Recorder()
        link = await poller.connect(at(f"ws://127.0.0.1:{port}/"), listener, hook.capsule())
        link.send(b"ready")
        answered = 0
        end = time.monotonic() + 10
        before = sys.getswitchinterval()
        sys.setswitchinterval(100)  # whoever asks for the GIL waits so long, in s
        while answered < 20 and time.monotonic() < end:  # never awaits: the loop does not run
            answered = hook.counters[0]
        sys.setswitchinterval(before)
        assert answered == 20
        assert listener.frames == []
        poller.stop()
        await listener.end()

    run(work())
    assert int(os.read(theirs[0], 100)) == 20
    os.waitpid(child, 0)
    for end in (*ours, *theirs):
        os.close(end)


def serve_and_count(report: int) -> int:
    """A blocking peer: sends 20 ticks, each after the answer to the last. Returns the answers."""
    import base64
    import hashlib
    import socket

    from venues.transport.loopback import GUID

    with socket.create_server(("127.0.0.1", 0)) as server:
        os.write(report, b"%d" % server.getsockname()[1])
        sock, _ = server.accept()
    request = b""
    while b"\r\n\r\n" not in request:
        request += sock.recv(4096)
    key = request.lower().index(b"sec-websocket-key: ") + 19
    accept = base64.b64encode(hashlib.sha1(request[key : key + 24] + GUID).digest())
    sock.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    sock.recv(4096)
    for count in range(20):
        sock.sendall(frame(TEXT, b"tick"))
        if len(sock.recv(4096)) != 11:
            return count
    return 20


def test_starting_and_stopping(polling: Any) -> None:
    async def work() -> None:
        poller = polling.Poller(yields=True)
        assert not poller.running
        with pytest.raises(BackendError, match="start"):
            await poller.connect(at("ws://127.0.0.1:1/"), Recorder())
        for _ in range(3):
            poller.start()
            poller.start()
            assert poller.running
            async with Server(quiet) as server:
                listener = Recorder()
                link = await poller.connect(at(server.url), listener)
                while poller.turns == 0:
                    await asyncio.sleep(0)
                poller.stop()
                poller.stop()
                reason = await listener.end()
                assert (reason.kind, reason.code) == (CloseKind.LOCAL, 1001)
                with pytest.raises(LinkClosedError):
                    link.send(b"late")

    run(work())


def test_stopping_during_a_dial_leaves_no_link_on_the_thread(polling: Any) -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def handler(peer: Peer) -> None:
        peer.request = await peer.reader.readuntil(b"\r\n\r\n")
        asked.set()
        await go.wait()
        peer.agree()
        await peer.gone()

    async def work() -> None:
        poller = polling.Poller(yields=True)
        poller.start()
        async with Server(handler) as server:
            listener = Recorder()
            dial = asyncio.create_task(poller.connect(at(server.url), listener))
            await asked.wait()
            poller.stop()
            go.set()
            with pytest.raises(ConnectError, match="stopped"):
                await dial
            assert listener.events == []
            poller.start()
            await poller.connect(at(server.url), listener)
            poller.stop()
            assert (await listener.end()).kind == CloseKind.LOCAL

    run(work())


def test_a_listener_may_stop_the_thread_when_its_link_opens(polling: Any) -> None:
    codes: list[int] = []

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        codes.append(await peer.receive_close())
        await peer.gone()

    async def work() -> None:
        poller = polling.Poller(yields=True)
        poller.start()
        async with Server(handler) as server:
            listener = Recorder(on_open=lambda _: poller.stop())
            link = await poller.connect(at(server.url), listener)
            reason = await listener.end()
            assert (reason.kind, reason.code) == (CloseKind.LOCAL, 1001)
            assert listener.events == ["open", "close"]
            with pytest.raises(LinkClosedError):
                link.send(b"late")
            while not codes:
                await asyncio.sleep(0)
        assert codes == [1001]

    run(work())


def test_a_core_that_is_not_ours_is_refused(polling: Any) -> None:
    with pytest.raises(ConfigError, match="core 4096"):
        polling.Poller(core=4096)
    core = min(os.sched_getaffinity(0))
    poller = polling.Poller(core=core, yields=True)
    poller.start()
    assert poller.running
    poller.stop()


def test_links_share_a_thread_up_to_the_bound(polling: Any) -> None:
    most = LIMITS["poll_links_max"]

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        try:
            _, payload = await peer.receive()
        except asyncio.IncompleteReadError:  # the one connection too many
            return
        peer.send(frame(TEXT, payload * 2) + close_frame(1000))
        await peer.gone()

    async def work() -> None:
        poller = polling.Poller(yields=True)
        poller.start()
        async with Server(handler) as server:
            listeners = [Recorder() for _ in range(most)]
            links = [await poller.connect(at(server.url), x) for x in listeners]
            unheard = Recorder()
            with pytest.raises(CapacityError, match=str(most)):
                await poller.connect(at(server.url), unheard)
            assert unheard.events == []
            for k, link in enumerate(links):
                link.send(b"%d" % k)
            for k, listener in enumerate(listeners):
                assert (await listener.end()).kind == CloseKind.PEER
                assert listener.frames == [b"%d" % k * 2]
            again = Recorder()
            link = None
            while link is None:  # the thread frees slots a moment later
                try:
                    link = await poller.connect(at(server.url), again)
                except CapacityError:
                    await asyncio.sleep(0.001)
            link.send(b"x")
            await again.end()
        poller.stop()

    run(work())


def test_a_listener_that_is_too_slow_ends_the_link_and_loses_nothing_unseen(polling: Any) -> None:
    size = 60_000
    count = LIMITS["poll_inbox_bytes_max"] // size + 20

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        for k in range(count):
            peer.send(frame(BINARY, b"%06d" % k + b"x" * size))
            await peer.writer.drain()
        await peer.gone()

    async def work() -> None:
        poller = polling.Poller(yields=True)
        poller.start()
        async with Server(handler) as server:
            listener = Recorder()
            link = await poller.connect(at(server.url), listener)
            loop = asyncio.get_running_loop()
            loop.remove_reader(link.wake_fd)  # a loop that is busy elsewhere
            while link.open:
                await asyncio.sleep(0.001)
            early = len(listener.frames)
            loop.add_reader(link.wake_fd, link.drain)
            link.drain()
            reason = await listener.end()
            assert reason.kind == CloseKind.INBOX
            assert [int(f[:6]) for f in listener.frames] == list(range(len(listener.frames)))
            assert len(listener.frames) == link.passed > 100 > early
        poller.stop()

    run(work())


def test_dropped_objects_end_what_they_own(polling: Any) -> None:
    before = len(os.listdir("/proc/self/fd"))

    async def work() -> None:
        async with Server(quiet) as server:
            poller = polling.Poller(yields=True)
            poller.start()
            for _ in range(3):
                await poller.connect(at(server.url), Recorder())
            for _ in range(3):
                with pytest.raises(Exception, match=r"127\.0\.0\.1"):
                    await poller.connect(at("ws://127.0.0.1:1/"), Recorder())
            del poller
            gc.collect()

    run(work())
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before + 1


def messages(rng: random.Random) -> tuple[list[bytes], bytes]:
    """Random messages and a random way to frame them."""
    found, wire = [], b""
    for _ in range(rng.randrange(1, 12)):
        data = rng.randbytes(rng.choice((0, 1, 5, 125, 126, 500, 3000)))
        found.append(data)
        cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice((0, 0, 1, 3))))
        parts = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        for k, part in enumerate(parts):
            if rng.random() < 0.2:
                wire += frame(9, b"p")
            opcode = rng.choice((TEXT, BINARY)) if k == 0 else CONTINUATION
            wire += frame(opcode, part, fin=k == len(parts) - 1)
    return found, wire


def test_any_framing_and_any_cut_gives_the_messages(polling: Any) -> None:
    rng = random.Random(7)
    cases = [messages(rng) for _ in range(ROUNDS)]

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        for _, wire in cases:
            at_byte = 0
            while at_byte < len(wire):
                step = rng.choice((1, 2, 3, 50, 5000))
                peer.send(wire[at_byte : at_byte + step])
                at_byte += step
                if rng.random() < 0.05:
                    await peer.writer.drain()
                    await asyncio.sleep(0)
        peer.send(close_frame(1000))
        await peer.gone()

    async def work() -> None:
        poller = polling.Poller(yields=True)
        poller.start()
        async with Server(handler) as server:
            listener = Recorder()
            await poller.connect(at(server.url), listener)
            assert (await listener.end()).kind == CloseKind.PEER
            assert listener.frames == [m for found, _ in cases for m in found]
        poller.stop()

    run(work())


def test_random_bytes_end_the_link_or_are_frames(polling: Any) -> None:
    rng = random.Random(11)

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        _, wire = messages(rng)
        broken = bytearray(wire)
        for _ in range(rng.randrange(1, 4)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        peer.send(bytes(broken) if rng.random() < 0.7 else rng.randbytes(300))
        await peer.writer.drain()

    async def work() -> None:
        poller = polling.Poller(yields=True)
        poller.start()
        kinds = set()
        async with Server(handler) as server:
            for _ in range(max(60, ROUNDS // 5)):
                listener = Recorder()
                await poller.connect(
                    at(server.url, message_bytes_max=2000, close_timeout_s=0.05), listener
                )
                kinds.add((await listener.end()).kind)
                assert all(len(f) <= 2000 for f in listener.frames)
        assert CloseKind.PROTOCOL in kinds
        poller.stop()

    run(work())
