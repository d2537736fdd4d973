"""One contract over every WebSocket backend, against a server that does what the test says."""

import asyncio
import os
import socket
import time
import traceback
from pathlib import Path
from typing import Any

import pytest
from venues.transport.links import BACKENDS, Polled, Recorder, at, backend, run
from venues.transport.loopback import (
    BINARY,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Certificate,
    Peer,
    Server,
    close_frame,
    frame,
)

from tickpath.core.errors import ConnectError, LinkBusyError, LinkClosedError
from tickpath.venues.transport import sockets
from tickpath.venues.transport.base import CloseKind, Link, TlsOptions

MIB = 1 << 20


@pytest.fixture(params=BACKENDS)
def client(request: pytest.FixtureRequest) -> Any:
    return backend(request.param)


async def echo(peer: Peer) -> None:
    """Send back what comes, close as asked."""
    await peer.upgrade()
    while True:
        opcode, payload = await peer.receive()
        peer.send(frame(opcode, payload))
        if opcode == 8:
            return


def sending(*data: bytes, wait: bool = True):
    """A peer that sends bytes as they are and then waits for the client's end."""

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        for part in data:
            peer.send(part)
            await peer.writer.drain()
        if wait:
            await peer.gone()

    return handler


# -- messages -------------------------------------------------------------------------------------


def test_messages_of_every_length_come_back(client: Any) -> None:
    sizes = [0, 1, 125, 126, 127, 1000, 65535, 65536, 300_000]

    async def work() -> None:
        async with Server(echo) as server:
            listener = Recorder(lambda link, _: len(listener.frames) == len(sizes) and link.close())
            before = time.time_ns()
            link = await client.connect(at(server.url), listener)
            sent = [bytes([65 + k]) * n for k, n in enumerate(sizes)]
            for data in sent:
                link.send(data)
            reason = await listener.end()
            assert listener.frames == sent
            assert (reason.kind, reason.code) == (CloseKind.LOCAL, 1000)
            assert sorted(listener.stamps) == listener.stamps
            assert before <= listener.stamps[0] <= time.time_ns()
            c = link.counters
            assert (c.frames_out, c.frames_in) == (len(sizes), len(sizes))
            assert (c.bytes_out, c.bytes_in) == (sum(sizes), sum(sizes))

    run(work())


def test_a_reply_in_the_callback_arrives(client: Any) -> None:
    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        for k in range(50):
            peer.send(frame(BINARY if k % 2 else TEXT, b"tick%d" % k))
            assert await peer.receive() == (TEXT, b"order tick%d" % k)
        peer.send(close_frame(1000, "done"))
        assert await peer.receive_close() == 1000

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder(lambda link, data: link.send(b"order " + data))
            await client.connect(at(server.url), listener)
            reason = await listener.end()
            assert (reason.kind, reason.code, reason.text) == (CloseKind.PEER, 1000, "done")

    run(work())


def test_frames_behind_the_upgrade_are_not_lost(client: Any) -> None:
    async def handler(peer: Peer) -> None:
        await peer.upgrade(extra=frame(TEXT, b"first") + frame(TEXT, b"second") + close_frame(1001))
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            await client.connect(at(server.url), listener)
            assert (await listener.end()).code == 1001
            assert listener.frames == [b"first", b"second"]

    run(work())


def test_a_message_cut_anywhere_is_whole(client: Any) -> None:
    whole = frame(TEXT, b"x" * 130) + frame(PING, b"p") + frame(TEXT, b"y" * 10)

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        for cut in range(1, len(whole), 7):
            peer.send(whole[:cut])
            await peer.writer.drain()
            await asyncio.sleep(0)
            peer.send(whole[cut:])
            assert await peer.receive() == (PONG, b"p")
        peer.send(close_frame(1000))
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            link = await client.connect(at(server.url), listener)
            await listener.end()
            rounds = len(range(1, len(whole), 7))
            assert listener.frames == [b"x" * 130, b"y" * 10] * rounds
            assert link.counters.pings_in == rounds

    run(work())


def test_fragments_with_a_ping_between_become_one_message(client: Any) -> None:
    data = (
        frame(TEXT, b"a" * 200, fin=False)
        + frame(PING, b"now")
        + frame(CONTINUATION, b"", fin=False)
        + frame(CONTINUATION, b"b" * 70_000)
        + frame(TEXT, b"next")
        + close_frame(4321, "bye")
    )

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        peer.send(data)
        assert await peer.receive() == (PONG, b"now")
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            await client.connect(at(server.url), listener)
            reason = await listener.end()
            assert (reason.kind, reason.code, reason.text) == (CloseKind.PEER, 4321, "bye")
            assert listener.frames == [b"a" * 200 + b"b" * 70_000, b"next"]

    run(work())


# -- a peer that breaks the rules -----------------------------------------------------------------

BROKEN = {
    "reserved bits": frame(TEXT, b"x", reserved=4),
    "unknown opcode": frame(3, b"x"),
    "continuation of nothing": frame(CONTINUATION, b"x"),
    "message inside a message": frame(TEXT, b"x", fin=False) + frame(TEXT, b"y"),
    "fragmented ping": frame(PING, b"x", fin=False),
    "long ping": frame(PING, b"x" * 126),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_frames_end_the_link(client: Any, name: str) -> None:
    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        peer.send(frame(TEXT, b"good"))
        peer.send(BROKEN[name])
        assert await peer.receive_close() == 1002
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            link = await client.connect(at(server.url), listener)
            reason = await listener.end()
            assert (reason.kind, reason.code) == (CloseKind.PROTOCOL, 1002)
            assert listener.frames in ([b"good"], [])
            with pytest.raises(LinkClosedError):
                link.send(b"late")

    run(work())


LONG = {
    "one frame": frame(TEXT, b"x" * 1001),
    "fragments": frame(TEXT, b"x" * 600, fin=False) + frame(CONTINUATION, b"x" * 401),
    "a length that lies": b"\x81\x7f" + (1 << 40).to_bytes(8),
}


@pytest.mark.parametrize("name", LONG)
def test_a_message_above_the_bound_ends_the_link(client: Any, name: str) -> None:
    async def work() -> None:
        async with Server(sending(frame(TEXT, b"x" * 1000), LONG[name])) as server:
            listener = Recorder()
            await client.connect(at(server.url, message_bytes_max=1000), listener)
            reason = await listener.end()
            assert (reason.kind, reason.code) == (CloseKind.PROTOCOL, 1009)
            assert [len(f) for f in listener.frames] in ([1000], [])

    run(work())


def busy_polls(port: int) -> int:
    """SO_BUSY_POLL of the one socket of this process that is connected to a port."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            with socket.socket(fileno=os.dup(int(name))) as sock:
                if sock.getpeername()[1] == port:
                    found.append(sock.getsockopt(socket.SOL_SOCKET, sockets.SO_BUSY_POLL))
        except (OSError, IndexError):
            continue
    (one,) = found
    return one


@pytest.mark.parametrize("name", ["picows_client", "aiohttp_client"])
def test_a_link_busy_polls_or_says_why_not(name: str) -> None:
    client = backend(name)

    async def work() -> None:
        async with Server(echo) as server:
            port = int(server.url.rpartition(":")[2].partition("/")[0])
            for busy_poll_us in (0, 50):
                listener = Recorder()
                link = await client.connect(at(server.url, busy_poll_us=busy_poll_us), listener)
                with socket.socket() as other:
                    assert link.busy_poll_off == sockets.tune(other, busy_poll_us)
                    wanted = other.getsockopt(socket.SOL_SOCKET, sockets.SO_BUSY_POLL)
                assert busy_polls(port) == wanted
                link.close()
                await listener.end()

    run(work())


# -- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "text"), [(1000, ""), (1001, "away"), (1012, "x" * 123)])
def test_a_close_of_the_peer_is_told_and_answered(client: Any, code: int, text: str) -> None:
    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        peer.send(close_frame(code, text))
        await peer.receive_close()
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            await client.connect(at(server.url), listener)
            reason = await listener.end()
            assert (reason.kind, reason.code, reason.text) == (CloseKind.PEER, code, text)

    run(work())


def test_a_close_without_a_code(client: Any) -> None:
    async def work() -> None:
        async with Server(sending(b"\x88\x00")) as server:
            listener = Recorder()
            await client.connect(at(server.url), listener)
            reason = await listener.end()
            assert (reason.kind, reason.code) == (CloseKind.PEER, 1005)

    run(work())


def test_our_close_carries_code_and_text(client: Any) -> None:
    seen: list[tuple[int, bytes]] = []

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        seen.append(await peer.receive())
        peer.send(close_frame(4000, "é" * 61))
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            link = await client.connect(at(server.url), listener)
            link.close(4000, "é" * 100)
            assert not link.open
            link.close()
            reason = await listener.end()
            assert (reason.kind, reason.code) == (CloseKind.LOCAL, 4000)
        assert seen == [(8, (4000).to_bytes(2) + ("é" * 61).encode())]

    run(work())


def test_a_send_after_the_close_raises_and_sends_nothing(client: Any) -> None:
    late: list[bytes] = []

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        assert await peer.receive() == (TEXT, b"early")
        assert await peer.receive_close() == 1000
        late.append(await peer.gone())

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            link = await client.connect(at(server.url), listener)
            link.send(b"early")
            link.close()
            for _ in range(3):
                with pytest.raises(LinkClosedError, match="nothing was sent"):
                    link.send(b"late")
            await listener.end()
            with pytest.raises(LinkClosedError):
                link.send(b"later")
            assert link.counters.refused_closed == 4
            assert link.counters.frames_out == 1
            while not late:
                await asyncio.sleep(0.001)
        assert late == [b""]

    run(work())


@pytest.mark.parametrize("how", ["reset", "end of stream", "inside a frame"])
def test_a_lost_connection_is_told(client: Any, how: str) -> None:
    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        peer.send(frame(TEXT, b"one"))
        if how == "inside a frame":
            peer.send(frame(TEXT, b"two")[:3])
        assert (await peer.receive())[0] == TEXT
        if how == "reset":
            peer.reset()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder(lambda link, _: link.send(b"got it"))
            link = await client.connect(at(server.url), listener)
            reason = await listener.end()
            assert (reason.kind, reason.code) == (CloseKind.LOST, 1006)
            assert listener.frames == [b"one"]
            with pytest.raises(LinkClosedError):
                link.send(b"late")

    run(work())


def test_a_peer_that_does_not_answer_our_close_is_cut_off(client: Any) -> None:
    async def work() -> None:
        async with Server(sending()) as server:
            listener = Recorder()
            link = await client.connect(at(server.url, close_timeout_s=0.1), listener)
            begun = time.monotonic()
            link.close()
            assert (await listener.end()).kind == CloseKind.LOCAL
            assert time.monotonic() - begun < 5

    run(work())


def test_a_half_open_connection_is_noticed(client: Any) -> None:
    """Nothing comes and no ping is answered, as when the other host is gone."""
    heard: list[int] = []

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        heard.append((await peer.receive())[0])
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            short = at(server.url, ping_idle_s=0.1, pong_timeout_s=0.1, close_timeout_s=0.1)
            link = await client.connect(short, listener)
            reason = await listener.end()
            assert reason.kind == CloseKind.SILENT
            assert heard == [PING]
            with pytest.raises(LinkClosedError):
                link.send(b"late")

    run(work())


def test_answered_pings_keep_a_quiet_link_open(client: Any) -> None:
    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        for _ in range(4):
            opcode, payload = await peer.receive()
            assert opcode == PING
            peer.send(frame(PONG, payload))
        peer.send(frame(TEXT, b"still here") + close_frame(1000))
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            short = at(server.url, ping_idle_s=0.05, pong_timeout_s=0.05)
            await client.connect(short, listener)
            assert (await listener.end()).kind == CloseKind.PEER
            assert listener.frames == [b"still here"]

    run(work())


async def client_turns(client: Any) -> None:
    """Until a polling thread has looked at its links; other backends send before they return."""
    if isinstance(client, Polled):
        end = client.poller.turns + 3
        while client.poller.turns < end:
            await asyncio.sleep(0)


def accepted(link: Link, data: bytes) -> bool:
    """Send, and say whether it was taken."""
    try:
        link.send(data)
    except LinkBusyError:
        return False
    return True


def test_a_slow_reader_makes_send_refuse_and_gets_what_was_taken(client: Any) -> None:
    go = asyncio.Event()
    got: list[bytes] = []

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        peer.reader._transport.pause_reading()  # type: ignore[attr-defined]
        await go.wait()
        peer.reader._transport.resume_reading()  # type: ignore[attr-defined]
        while True:
            opcode, payload = await peer.receive()
            if opcode != TEXT:
                break
            got.append(payload)
        peer.send(close_frame(1000))
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            link = await client.connect(
                at(server.url, outgoing_bytes_max=50_000, close_timeout_s=5), listener
            )
            taken = refused = 0
            settled = False  # a refusal that lasts: the socket is full, not only the way to it
            while not settled:
                if accepted(link, b"%06d" % taken + b"x" * 9000):
                    taken += 1
                    await asyncio.sleep(0)
                    continue
                refused += 1
                before = link.counters.frames_out
                await client_turns(client)
                settled = link.counters.frames_out == before
            assert link.open
            assert link.counters.refused_busy == refused > 0
            while accepted(link, b"%06d" % taken + b"x" * 9000):
                taken += 1  # the kernel has made room once more
            go.set()
            while len(got) < taken:
                await asyncio.sleep(0.001)
            link.send(b"z" * 9006)
            link.close()
            await listener.end()
            assert [int(g[:6]) for g in got[:-1]] == list(range(taken))
            assert got[-1] == b"z" * 9006

    run(work())


def test_a_message_above_the_queue_is_refused(client: Any) -> None:
    async def work() -> None:
        async with Server(echo) as server:
            listener = Recorder()
            link = await client.connect(at(server.url, outgoing_bytes_max=100), listener)
            with pytest.raises(LinkBusyError):
                link.send(b"x" * 101)
            link.close()
            await listener.end()

    run(work())


@pytest.mark.parametrize("where", ["open", "frame"])
def test_a_listener_that_raises_closes_its_link(client: Any, where: str) -> None:
    codes: list[int] = []

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        peer.send(frame(TEXT, b"one"))
        codes.append(await peer.receive_close())
        peer.send(close_frame(1011))
        await peer.gone()

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a secret")

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder(**{f"on_{where}": fail})
            await client.connect(at(server.url), listener)
            reason = await listener.end()
            assert (reason.kind, reason.text) == (CloseKind.LISTENER, "ZeroDivisionError")
        assert codes == [1011]

    run(work())


# -- connecting -----------------------------------------------------------------------------------


def test_headers_go_out_and_compression_is_not_offered(client: Any) -> None:
    seen: list[Peer] = []

    async def handler(peer: Peer) -> None:
        await peer.upgrade(extra=close_frame(1000))
        seen.append(peer)
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            endpoint = at(server.url + "?streams=a/b", headers={"X-MBX-APIKEY": "k3y"})
            await client.connect(endpoint, listener)
            await listener.end()
            assert "k3y" not in repr(endpoint)
        (peer,) = seen
        assert peer.header(b"x-mbx-apikey") == b"k3y"
        assert peer.header(b"sec-websocket-extensions") == b""
        assert peer.request.startswith(b"GET /ws?streams=a/b HTTP/1.1\r\n")

    run(work())


async def refuse_403(peer: Peer) -> None:
    await peer.reader.readuntil(b"\r\n\r\n")
    peer.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    await peer.writer.drain()


async def redirect(peer: Peer) -> None:
    await peer.reader.readuntil(b"\r\n\r\n")
    peer.send(b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    await peer.writer.drain()


async def wrong_accept(peer: Peer) -> None:
    await peer.upgrade(accept=b"AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    await peer.gone()


async def hang_up(peer: Peer) -> None:
    await peer.reader.readuntil(b"\r\n\r\n")


async def say_nothing(peer: Peer) -> None:
    await peer.gone()


async def no_http(peer: Peer) -> None:
    peer.send(b"\0\1\2 nothing of HTTP\r\n\r\n")
    await peer.gone()


@pytest.mark.parametrize(
    "handler", [refuse_403, redirect, wrong_accept, hang_up, say_nothing, no_http]
)
def test_a_failed_upgrade_is_a_connect_error(client: Any, handler: Any) -> None:
    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            url = f"{server.url}/l1st3n?token=t0k3n"
            endpoint = at(url, connect_timeout_s=0.3, headers={"X-KEY": "k3y"})
            with pytest.raises(ConnectError, match=r"127\.0\.0\.1:\d+: ") as caught:
                await client.connect(endpoint, listener)
            told = "".join(traceback.format_exception(caught.value))
            assert not any(hidden in told for hidden in ("k3y", "l1st3n", "t0k3n"))
            if handler is refuse_403:
                assert "status 403" in told
            assert listener.events == []

    run(work())


def test_nobody_listening_is_a_connect_error(client: Any) -> None:
    async def work() -> None:
        async with Server(echo) as server:
            url = server.url
        with pytest.raises(ConnectError, match=r"127\.0\.0\.1"):
            await client.connect(at(url), Recorder())

    run(work())


def test_tls_with_a_trusted_certificate(client: Any, tmp_path: Path) -> None:
    certificate = Certificate(tmp_path, "localhost")

    async def work() -> None:
        async with Server(echo, certificate.context()) as server:
            listener = Recorder(lambda link, _: link.close())
            tls = TlsOptions(authorities=certificate.authorities)
            link = await client.connect(at(server.url, tls=tls), listener)
            link.send(b"q" * 100_000)
            assert (await listener.end()).kind == CloseKind.LOCAL
            assert listener.frames == [b"q" * 100_000]
            assert server.names == ["localhost"]

    run(work())


def test_the_name_to_check_may_differ_from_the_host(client: Any, tmp_path: Path) -> None:
    certificate = Certificate(tmp_path, "stream.venue.test")

    async def work() -> None:
        async with Server(echo, certificate.context()) as server:
            listener = Recorder(lambda link, _: link.close())
            tls = TlsOptions(authorities=certificate.authorities, server_name="stream.venue.test")
            link = await client.connect(at(server.url, tls=tls), listener)
            link.send(b"q")
            await listener.end()
            assert server.names == ["stream.venue.test"]

    run(work())


@pytest.mark.parametrize("wrong", ["name", "authority", "both"])
def test_a_wrong_certificate_is_refused(client: Any, wrong: str, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    name = "localhost" if wrong == "authority" else "elsewhere.test"
    certificate = Certificate(tmp_path / "a", name)
    other = Certificate(tmp_path / "b", "localhost")
    upgrades: list[Peer] = []

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        upgrades.append(peer)

    async def work() -> None:
        async with Server(handler, certificate.context()) as server:
            trusted = certificate if wrong == "name" else other
            tls = TlsOptions(authorities=trusted.authorities)
            with pytest.raises(ConnectError, match=r"(?i)certificate|ssl|mismatch"):
                await client.connect(at(server.url, tls=tls), Recorder())
            with pytest.raises(ConnectError):
                await client.connect(at(server.url), Recorder())
            assert server.errors == []
        assert upgrades == []

    run(work())
