"""REST: every way a request can end has one outcome, and none is sent twice."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest
from venues.live import live
from venues.transport.links import run
from venues.transport.loopback import Certificate, Peer, Server

from tickpath.core.errors import ConfigError
from tickpath.venues.transport.base import TlsOptions
from tickpath.venues.transport.rest import OutcomeKind, RestClient

live("aiohttp")


def origin(server: Server) -> str:
    return server.url.replace("ws", "http", 1).removesuffix("/ws")


async def request_of(peer: Peer) -> bytes:
    """One request, head and body."""
    peer.request = await peer.reader.readuntil(b"\r\n\r\n")
    size = int(peer.header(b"content-length") or 0)
    return peer.request + await peer.reader.readexactly(size)


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


def serving(*answers: bytes, seen: list[bytes] | None = None) -> Any:
    """Answers one after the other on each connection, then ends it."""

    async def handler(peer: Peer) -> None:
        for one in answers:
            try:
                got = await request_of(peer)
            except asyncio.IncompleteReadError:
                return
            if seen is not None:
                seen.append(got)
            peer.send(one)
        await peer.writer.drain()

    return handler


def test_bytes_go_out_as_they_were_signed_and_come_back() -> None:
    seen: list[bytes] = []
    body = b'{"price":"1.10"}\xff'
    reply = answer(b"\x00raw\xff", "200 OK", "X-MBX-USED-WEIGHT-1M: 12", "X-Other: a")

    async def work() -> None:
        async with (
            Server(serving(reply, reply, seen=seen)) as server,
            RestClient(origin(server)) as client,
        ):
            target = "/api/v3/order?symbol=BTC%2FUSD&x=%E2%82%AC+a&signature=aa%2Bb%3D"
            found = await client.request("POST", target, headers={"X-KEY": "k"}, body=body)
            assert found.kind == OutcomeKind.ANSWERED
            assert (found.status, found.body) == (200, b"\x00raw\xff")
            assert found.rates == {"x-mbx-used-weight-1m": "12"}
            assert found.headers["x-other"] == "a"
            assert found.elapsed_ns > 0
            assert found.sent_ns <= found.done_ns
            assert (await client.request("PUT", "/key")).status == 200
        assert seen[0].startswith(f"POST {target} HTTP/1.1\r\n".encode())
        assert seen[0].endswith(body)
        assert b"X-KEY: k\r\n" in seen[0]
        assert seen[1].startswith(b"PUT /key HTTP/1.1\r\n")
        assert not any(b"content-type" in sent.lower() for sent in seen), "nobody named one"

    run(work())


@pytest.mark.parametrize(
    ("status", "headers", "rates"),
    [
        ("429 Too Many", ["Retry-After: 7"], {"retry-after": "7"}),
        ("418 Banned", ["Retry-After: 120"], {"retry-after": "120"}),
        ("503 Down", [], {}),
        ("200 OK", ["X-MBX-ORDER-COUNT-10S: 3", "X-MBX-ORDER-COUNT-1D: 40"],
         {"x-mbx-order-count-10s": "3", "x-mbx-order-count-1d": "40"}),
        ("200 OK", ["X-RateLimit-Remaining: 9"], {"x-ratelimit-remaining": "9"}),
        ("302 Found", ["Location: /elsewhere"], {}),
    ],
)  # fmt: skip
def test_any_status_is_an_answer_with_its_rates(status: str, headers: list, rates: dict) -> None:
    async def work() -> None:
        async with (
            Server(serving(answer(b"{}", status, *headers))) as server,
            RestClient(origin(server)) as client,
        ):
            found = await client.request("GET", "/x")
            assert (found.kind, found.status) == (OutcomeKind.ANSWERED, int(status[:3]))
            assert found.rates == rates
            assert found.body == b"{}"

    run(work())


async def hang_up(peer: Peer) -> None:
    await request_of(peer)


async def reset(peer: Peer) -> None:
    await request_of(peer)
    peer.reset()


async def half_an_answer(peer: Peer) -> None:
    await request_of(peer)
    peer.send(answer(b"x" * 100)[:-50])
    await peer.writer.drain()


async def no_answer(peer: Peer) -> None:
    await request_of(peer)
    await peer.gone()


async def half_then_nothing(peer: Peer) -> None:
    await request_of(peer)
    peer.send(answer(b"x" * 100)[:-50])
    await peer.gone()


async def not_http(peer: Peer) -> None:
    await request_of(peer)
    peer.send(b"\x00\x01 nothing of HTTP\r\n\r\n")
    await peer.gone()


async def too_long(peer: Peer) -> None:
    await request_of(peer)
    peer.send(answer(b"x" * 20_000))
    await peer.gone()


async def zip_bomb(peer: Peer) -> None:
    await request_of(peer)
    peer.send(answer(gzip.compress(b"\0" * 5_000_000), "200 OK", "Content-Encoding: gzip"))
    await peer.gone()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "handler",
    [hang_up, reset, half_an_answer, no_answer, half_then_nothing, not_http, too_long, zip_bomb],
)
def test_a_request_that_may_have_arrived_is_unknown_and_not_repeated(
    handler: Any, method: str
) -> None:
    async def work() -> None:
        async with (
            Server(handler) as server,
            RestClient(origin(server), timeout_s=0.15, body_bytes_max=10_000) as client,
        ):
            found = await client.request(method, "/order?signature=s1gned", body=b"{}")
            assert found.kind == OutcomeKind.UNKNOWN
            assert found.reason.startswith(("127.0.0.1: ", "answer above "))
            assert "order" not in repr(found)
            assert "s1gned" not in repr(found)
            assert found.body == b""
            assert len(server.tasks) == 1, "one connection, one request"

    run(work())


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_kept_connection_that_ends_is_not_tried_again(method: str) -> None:
    seen: list[bytes] = []

    async def handler(peer: Peer) -> None:
        seen.append(await request_of(peer))
        peer.send(answer(b"ok"))
        seen.append(await request_of(peer))
        peer.reset()

    async def work() -> None:
        async with Server(handler) as server, RestClient(origin(server)) as client:
            assert (await client.request(method, "/1")).kind == OutcomeKind.ANSWERED
            assert (await client.request(method, "/2")).kind == OutcomeKind.UNKNOWN
        assert [s.split()[1] for s in seen] == [b"/1", b"/2"]

    run(work())


def test_what_never_left_is_not_sent(tmp_path: Path) -> None:
    async def work() -> None:
        async with Server(hang_up) as server:
            closed = origin(server)
        async with RestClient(closed) as client:
            found = await client.request("POST", "/o")
            assert found.kind == OutcomeKind.NOT_SENT
            assert found.reason == "127.0.0.1: ClientConnectorError: Connection refused"
            assert (await client.request("POST", "o")).kind == OutcomeKind.NOT_SENT
        assert (await client.request("POST", "/o")).kind == OutcomeKind.NOT_SENT
        certificate = Certificate(tmp_path, "localhost")
        async with (
            Server(hang_up, certificate.context()) as server,
            RestClient(origin(server)) as client,
        ):
            found = await client.request("POST", "/o")
            assert found.kind == OutcomeKind.NOT_SENT
            assert "ertificate" in found.reason

    run(work())


def test_a_full_pool_of_connections_times_out_unsent() -> None:
    async def work() -> None:
        async with (
            Server(no_answer) as server,
            RestClient(origin(server), connections_max=1, timeout_s=0.4) as client,
        ):
            first = asyncio.ensure_future(client.request("POST", "/1"))
            await asyncio.sleep(0.05)
            second = await client.request("POST", "/2", timeout_s=0.1)
            assert second.kind == OutcomeKind.NOT_SENT
            assert (await first).kind == OutcomeKind.UNKNOWN

    run(work())


def test_over_tls_with_a_name(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path, "api.venue.test")

    async def work() -> None:
        tls = TlsOptions(authorities=certificate.authorities, server_name="api.venue.test")
        async with (
            Server(serving(answer(b"ok")), certificate.context()) as server,
            RestClient(origin(server), tls=tls) as client,
        ):
            found = await client.request("GET", "/")
            assert (found.kind, found.body) == (OutcomeKind.ANSWERED, b"ok")
            assert server.names == ["api.venue.test"]

    run(work())


@pytest.mark.parametrize("bad", ["ftp://a", "https://", "https://a/path", "a", "https://u:p@a"])
def test_an_origin_is_scheme_and_host(bad: str) -> None:
    with pytest.raises(ConfigError):
        RestClient(bad)


def test_bodies_and_headers_stay_out_of_repr() -> None:
    async def work() -> None:
        async with (
            Server(serving(answer(b"s3cret", "200 OK", "X-S: s3cret"))) as server,
            RestClient(origin(server)) as client,
        ):
            assert "s3cret" not in repr(await client.request("GET", "/"))

    run(work())
