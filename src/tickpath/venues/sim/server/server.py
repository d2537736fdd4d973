"""Sockets of one simulated venue: HTTP and WebSocket on one port, and its time.

The venue decides, this file moves bytes: it never answers by itself. When this host is too slow
for the configured market, the market slips, so that clients are still served. A client that does
not read is cut off once BACKLOG_BYTES_MAX wait for it. Needs aiohttp (extra `live`).
"""

import asyncio
import ssl
from contextlib import suppress

from aiohttp import WSMsgType, web

from tickpath.venues.sim.server.clock import SECOND
from tickpath.venues.sim.server.link import POLICY, Link
from tickpath.venues.sim.server.venue import Answer, Call, Venue

BACKLOG_BYTES_MAX = 16 << 20
IDLE_S = 0.005
TURN_S = 0.001
"""The market moves this seldom at least, so that its frames go out together."""
BUSY_S = 0.02
"""What one client may take before others have their turn."""
BODY_BYTES_MAX = 1 << 20
MESSAGE_BYTES_MAX = 1 << 20
ABORT = 1006
TEXT, BINARY = b"\x81", b"\x82"


class SocketSink:
    """Frames on their way to one WebSocket: all of a turn of the loop are one write."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket, self.request = socket, request
        self.loop = asyncio.get_running_loop()
        self.frames: list[bytes] = []
        self.bytes = 0
        self.open = False
        self.readable, self.ended = asyncio.Event(), asyncio.Event()
        self.readable.set()
        self.ending: tuple[int, str] | None = None
        self.pinged: dict[bytes, int] = {}
        """Payloads of pings that were not answered, with their time."""

    def begin(self) -> None:
        """The handshake is done: frames may go out."""
        self.open = True
        self.flush()

    def write(self, frame: str | bytes) -> None:
        if self.ending is not None:
            return
        if not self.frames:
            self.loop.call_soon(self.flush)
        text = isinstance(frame, str)
        data = frame.encode() if isinstance(frame, str) else frame
        size = len(data)
        if size < 126:
            head = (TEXT if text else BINARY) + size.to_bytes(1)
        elif size < 65_536:
            head = (TEXT if text else BINARY) + b"\x7e" + size.to_bytes(2)
        else:
            head = (TEXT if text else BINARY) + b"\x7f" + size.to_bytes(8)
        self.frames += (head, data)
        self.bytes += size

    def flush(self) -> None:
        """Hand what waits to the transport; a client that is too far behind is cut off."""
        transport = self.request.transport
        if not self.open or transport is None or not self.frames:
            return
        if self.bytes + transport.get_write_buffer_size() > BACKLOG_BYTES_MAX:
            self.close(ABORT, "too slow")
            return
        frames, self.frames, self.bytes = self.frames, [], 0
        transport.write(b"".join(frames))

    def close(self, code: int, reason: str) -> None:
        """Close after what waits, or at once and without a handshake for ABORT."""
        if code == ABORT or reason == "too slow":
            self.frames.clear()
            if self.request.transport is not None:
                self.request.transport.abort()
        self.flush()
        self.ending = self.ending or (code, reason)
        self.ended.set()
        self.readable.set()

    def reading(self, on: bool) -> None:
        (self.readable.set if on else self.readable.clear)()

    async def beat(self, link: Link, ping_s: float, pong_s: float) -> None:
        """Ping again and again; a client that does not answer with the same payload is cut off."""
        clock = link.venue.clock
        while True:
            await asyncio.sleep(ping_s)
            now = clock.now_ns()
            if link.half_open:
                continue
            oldest = min(self.pinged.values(), default=now)
            if now - oldest > pong_s * SECOND:
                link.close(POLICY, "Pong timeout")
                return
            payload = str(link.venue.venue_ms()).encode()
            self.pinged[payload] = now
            await self.socket.ping(payload)

    def ponged(self, payload: bytes) -> None:
        """An answered ping answers those before it."""
        sent = self.pinged.get(payload)
        if sent is not None:
            self.pinged = {p: t for p, t in self.pinged.items() if t > sent}

    async def finish(self) -> None:
        """The closing handshake, once the venue wants it."""
        await self.ended.wait()
        assert self.ending is not None
        code, reason = self.ending
        await self.socket.close(code=code, message=reason.encode())


class VenueServer:
    """One venue on one port of loopback. `port` 0: the system chooses."""

    def __init__(
        self,
        venue: Venue,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.venue, self.host, self.port, self.tls = venue, host, port, tls
        self.runner: web.AppRunner | None = None
        self.pump: asyncio.Task[None] | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen, and let the venue's time go on. Raises OSError for a port that is taken."""
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.router.add_route("*", "/{path:.*}", self.handle)
        self.runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=1.0
        )
        await self.runner.setup()
        await web.TCPSite(self.runner, self.host, self.port, ssl_context=self.tls).start()
        self.port = self.runner.addresses[0][1]
        self.venue.start()
        self.pump = asyncio.create_task(self.live())

    async def live(self) -> None:
        """Everything that is due, again and again."""
        venue = self.venue
        while True:
            venue.catch_up()
            venue.advance()
            wait_ns = venue.next_ns() - venue.clock.now_ns()
            await asyncio.sleep(min(IDLE_S, max(TURN_S, wait_ns / SECOND)))

    async def stop(self) -> None:
        """Let the venue's time stand still."""
        if self.pump is not None:
            self.pump.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self.pump

    async def close(self) -> None:
        """Close every connection and stop."""
        await self.stop()
        for link in list(self.venue.links.values()):
            link.close()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.runner is not None:
            await self.runner.cleanup()

    # -- requests ----------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request of a client."""
        raw, _, query = request.raw_path.partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        upgrade = headers.get("upgrade", "").lower() == "websocket"
        body = "" if upgrade else (await request.read()).decode("utf-8", "replace")
        call = Call(
            method=request.method,
            path=raw,
            query=query,
            body=body,
            headers=headers,
            remote=request.remote or "127.0.0.1",
        )
        if upgrade:
            return await self.converse(request, call)
        answer = self.venue.rest(call)
        asyncio.get_running_loop().call_soon(self.venue.flush)
        if answer.delay_ns:
            await asyncio.sleep(answer.delay_ns / SECOND)
        if answer.lost and request.transport is not None:
            request.transport.abort()
        return respond(answer)

    async def converse(self, request: web.Request, call: Call) -> web.StreamResponse:
        """A WebSocket, from handshake to end."""
        socket = web.WebSocketResponse(
            compress=False, max_msg_size=MESSAGE_BYTES_MAX, timeout=1.0, autoping=False
        )
        sink = SocketSink(socket, request)
        link = self.venue.connect(call, sink)
        if isinstance(link, Answer):
            return respond(link)
        try:
            await socket.prepare(request)
        except BaseException:
            link.lost()
            raise
        sink.begin()
        task = asyncio.create_task(sink.finish())
        pings = self.pings(sink, link)
        self.tasks.update((task, *pings))
        self.venue.flush()
        try:
            with suppress(ConnectionError):
                await self.listen(socket, sink, link)
            if sink.ending is not None:
                with suppress(ConnectionError, asyncio.TimeoutError):
                    await asyncio.wait_for(asyncio.shield(task), 1.0)
        finally:
            link.lost()
            for each in (task, *pings):
                each.cancel()
                with suppress(asyncio.CancelledError, ConnectionError):
                    await each
                self.tasks.discard(each)
        return socket

    def pings(self, sink: SocketSink, link: Link) -> list[asyncio.Task[None]]:
        """The task that pings a connection, if the venue does."""
        protocol = self.venue.protocol
        if not protocol.ping_ms:
            return []
        return [
            asyncio.create_task(sink.beat(link, protocol.ping_ms / 1000, protocol.pong_ms / 1000))
        ]

    async def listen(self, socket: web.WebSocketResponse, sink: SocketSink, link: Link) -> None:
        """Frames of a client until one side ends the connection. A client that sends without pause
        does not keep the others and the market waiting."""
        loop = asyncio.get_running_loop()
        turn = loop.time()
        while not socket.closed:
            await sink.readable.wait()
            if sink.ending is not None:
                return
            message = await socket.receive()
            if message.type is WSMsgType.TEXT:
                self.venue.receive(link, message.data)
                if loop.time() - turn > BUSY_S:
                    await asyncio.sleep(0)
                    turn = loop.time()
            elif message.type is WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                sink.ponged(bytes(message.data))
            elif message.type is not WSMsgType.BINARY:
                return


def respond(answer: Answer) -> web.Response:
    """An answer as HTTP."""
    headers = dict(answer.headers)
    headers.setdefault("content-type", "application/json")
    return web.Response(status=answer.status, body=answer.body.encode(), headers=headers)
