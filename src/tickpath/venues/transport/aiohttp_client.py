"""The fallback WebSocket backend: aiohttp. Same contract as picows, later by a turn of the loop.

In: endpoint and listener. Out: a `Link`. aiohttp writes in coroutines, so send() puts a message
into a bounded queue that one task empties; above the bound it refuses. Pings are its own, at
`ping_idle_s` of silence. Worst case: every message crosses the loop twice.
"""

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections import deque
from collections.abc import AsyncIterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tickpath.core.backend import Available
from tickpath.core.errors import ConnectError, LinkBusyError, LinkClosedError
from tickpath.venues.transport import sockets
from tickpath.venues.transport.base import (
    CloseKind,
    CloseReason,
    Endpoint,
    LinkCounters,
    Listener,
    close_text,
    wall_ns,
)
from tickpath.venues.transport.reasons import reason_text

if TYPE_CHECKING:
    from aiohttp import ClientSession, ClientWebSocketResponse, WSMessage

INTERNAL_ERROR = 1011
NO_CODE = 1005
_LOST = CloseReason(kind=CloseKind.LOST)
LOGGER = logging.getLogger("tickpath.venues.transport.aiohttp")


def probe() -> Available:
    """Whether aiohttp is installed."""
    if find_spec("aiohttp") is None:
        return Available(ok=False, reason="aiohttp is not installed: pip install tickpath[live]")
    return Available(ok=True, reason="aiohttp")


class AiohttpLink:
    """A `Link` with a reading task and a writing task."""

    def __init__(self, endpoint: Endpoint, listener: Listener) -> None:
        self.endpoint = endpoint
        self.busy_poll_off = ""
        self._listener = listener
        self._counters = LinkCounters()
        self._queue: deque[tuple[str, int]] = deque()  # text, bytes
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._open = False
        self._reason: CloseReason | None = None
        self._goodbye: tuple[int, bytes] | None = None
        self._heard = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []
        self._socket: ClientWebSocketResponse
        self._session: ClientSession

    @property
    def open(self) -> bool:
        return self._open

    @property
    def counters(self) -> LinkCounters:
        c = self._counters
        return LinkCounters(
            frames_in=c.frames_in,
            bytes_in=c.bytes_in,
            frames_out=c.frames_out,
            bytes_out=c.bytes_out,
            refused_closed=c.refused_closed,
            refused_busy=c.refused_busy,
            pings_in=c.pings_in,
        )

    def send(self, data: bytes) -> None:
        """See `Link.send`."""
        if not self._open or self._socket.closed:
            self._counters.refused_closed += 1
            raise LinkClosedError(f"link to {self.endpoint.host} is closed: nothing was sent")
        if max(self._queued_bytes, len(data)) > self.endpoint.outgoing_bytes_max:
            self._counters.refused_busy += 1
            raise LinkBusyError(
                f"link to {self.endpoint.host}: above {self.endpoint.outgoing_bytes_max} bytes "
                "unsent"
            )
        self._queue.append((data.decode(), len(data)))
        self._queued_bytes += len(data)
        self._counters.frames_out += 1
        self._counters.bytes_out += len(data)
        self._wake.set()

    def close(self, code: int = 1000, text: str = "") -> None:
        """See `Link.close`."""
        if self._open:
            self._end(CloseReason(kind=CloseKind.LOCAL, code=code, text=text), code, text)

    def _end(self, reason: CloseReason, code: int, text: str) -> None:
        self._open = False
        self._reason = self._reason or reason
        self._goodbye = (code, close_text(text))
        self._wake.set()
        asyncio.get_running_loop().call_later(self.endpoint.close_timeout_s, self._cut)

    def _cut(self) -> None:
        """End a connection whose peer takes nothing: the tasks then see the end of the stream."""
        raw = self._socket.get_extra_info("socket")
        if raw is None or raw.fileno() < 0:
            return
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(raw.fileno())) as twin:
            twin.shutdown(socket.SHUT_RDWR)

    # -- tasks ----------------------------------------------------------------------------------

    def start(self, session: "ClientSession", upgraded: "ClientWebSocketResponse") -> None:
        """Take over an upgraded connection."""
        self._session, self._socket = session, upgraded
        self._open = True
        self._call(self._listener.on_open, self)
        self._tasks = [
            asyncio.create_task(work())
            for work in (self._read_all, self._write_all, self._keep_alive)
        ]

    def _call(self, method, *arguments) -> None:  # type: ignore[no-untyped-def]
        """Call the listener; what it raises closes the link."""
        try:
            method(*arguments)
        except Exception as error:
            name = type(error).__name__
            LOGGER.error("listener of %s raised %s: closing", self.endpoint.host, name)
            if self._open:
                reason = CloseReason(kind=CloseKind.LISTENER, code=INTERNAL_ERROR, text=name)
                self._end(reason, INTERNAL_ERROR, "")

    async def _read_all(self) -> None:
        try:
            async for message in self._messages():
                self._heard = time.monotonic()
                await self._on_message(message)
        finally:
            self._open = False
            writer, keeper = self._tasks[1:]
            keeper.cancel()
            if self._goodbye is None:
                writer.cancel()
            await asyncio.wait([writer, keeper], timeout=self.endpoint.close_timeout_s)
            with contextlib.suppress(Exception):
                async with asyncio.timeout(self.endpoint.close_timeout_s):
                    await self._socket.close()
            self._cut()
            await self._session.close()
            self._call(self._listener.on_close, self, self._reason or _LOST)

    async def _messages(self) -> "AsyncIterator[WSMessage]":
        from aiohttp import WSMsgType

        while True:
            message = await self._socket.receive()
            if message.type == WSMsgType.ERROR:
                self._reason = self._reason or _broken(message.data)
            if message.type in (WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR):
                return
            yield message
            if message.type == WSMsgType.CLOSE:
                return

    async def _on_message(self, message: "WSMessage") -> None:
        from aiohttp import WSMsgType

        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            data = message.data.encode() if message.type == WSMsgType.TEXT else message.data
            if self._open:
                self._counters.frames_in += 1
                self._counters.bytes_in += len(data)
                self._call(self._listener.on_frame, self, data, wall_ns())
        elif message.type == WSMsgType.PING:
            self._counters.pings_in += 1
            await self._socket.pong(message.data)
        elif message.type == WSMsgType.CLOSE:
            code = message.data or NO_CODE
            text = message.extra or ""
            self._reason = self._reason or CloseReason(kind=CloseKind.PEER, code=code, text=text)

    async def _write_all(self) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._queue:
                    text, size = self._queue[0]
                    await self._socket.send_str(text)
                    self._queue.popleft()
                    self._queued_bytes -= size
                if self._goodbye is not None:
                    code, reason = self._goodbye
                    await self._socket.close(code=code, message=reason)
                    return

    async def _keep_alive(self) -> None:
        while self._open:
            quiet_s = time.monotonic() - self._heard
            if quiet_s < self.endpoint.ping_idle_s:
                await asyncio.sleep(self.endpoint.ping_idle_s - quiet_s)
                continue
            before = self._heard
            await self._socket.ping()
            await asyncio.sleep(self.endpoint.pong_timeout_s)
            if self._heard == before and self._open:
                self._end(CloseReason(kind=CloseKind.SILENT, code=1001), 1001, "no pong")


def _broken(error: object) -> CloseReason:
    """What aiohttp found wrong in the stream."""
    from aiohttp import WebSocketError

    if isinstance(error, WebSocketError):
        return CloseReason(kind=CloseKind.PROTOCOL, code=int(error.code), text=str(error))
    return _LOST


class _RedirectedError(Exception):
    """The venue pointed elsewhere: an upgrade with a key in its headers does not follow."""


async def _refuse_redirect(*_: object) -> None:
    raise _RedirectedError


async def connect(endpoint: Endpoint, listener: Listener) -> AiohttpLink:
    """A link, after its listener's on_open. Raises ConnectError, ConfigError (authorities)."""
    import aiohttp
    from yarl import URL

    link = AiohttpLink(endpoint, listener)
    context = endpoint.tls.context() if endpoint.secure else True
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_refuse_redirect)
    session = aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, trace_configs=[trace]
    )
    try:
        async with asyncio.timeout(endpoint.connect_timeout_s):
            upgraded = await session.ws_connect(
                URL(endpoint.url, encoded=True),
                headers=dict(endpoint.headers),
                max_msg_size=endpoint.message_bytes_max + 1,
                autoclose=False,
                autoping=False,
                compress=0,
                ssl=context,
                server_hostname=endpoint.server_name if endpoint.secure else None,
            )
    except (
        aiohttp.ClientError,
        OSError,
        TimeoutError,
        ValueError,
        _RedirectedError,
    ) as error:
        await session.close()
        raise ConnectError(reason_text(f"{endpoint.host}:{endpoint.port}", error)) from None
    except BaseException:
        await session.close()
        raise
    raw = upgraded.get_extra_info("socket")
    if raw is not None:
        link.busy_poll_off = sockets.tune(raw, endpoint.busy_poll_us)
    link.start(session, upgraded)
    return link
