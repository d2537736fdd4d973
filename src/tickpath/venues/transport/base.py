"""What every WebSocket backend offers: endpoints, links, listeners, and why a link closed.

    Endpoint --connect()--> Link.send(bytes), Link.close()
    Listener.on_open(link), on_frame(link, data, t_ns), on_close(link, reason)

A backend calls the listener on the loop's thread, inside the read of the socket: the reply that
on_frame sends leaves before on_frame returns, if the kernel takes it. on_close comes exactly once
after on_open, and nothing comes after it. A link never reconnects; sessions decide that.
Worst case: a peer that reads slowly fills the outgoing queue, and send() refuses from then on.
"""

import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS

SCHEMES = {"ws": 80, "wss": 443}
BUSY_POLL_US_MAX = 1_000_000
CLOSE_TEXT_BYTES_MAX = 123
"""A close frame has 125 bytes, two of them the code (RFC 6455, 5.5)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TlsOptions:
    """Certificates are always verified. `authorities` is a PEM file that replaces the system's."""

    authorities: Path | None = None
    server_name: str | None = None
    """Name for SNI and for the certificate's check, the URL's host by default."""

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer, host name and chain checked. Raises ConfigError."""
        try:
            context = ssl.create_default_context(
                cafile=str(self.authorities) if self.authorities else None
            )
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"authorities {self.authorities}: {error}") from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """Where to connect and within which bounds. repr has neither path nor headers: both may hold
    keys."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    tls: TlsOptions = TlsOptions()
    connect_timeout_s: float = 5.0
    """For name, TCP, TLS and upgrade together."""
    ping_idle_s: float = 10.0
    """Nothing heard for so long: a ping goes out."""
    pong_timeout_s: float = 5.0
    """Nothing heard for so long after it: the link closes. At most `ping_idle_s`."""
    close_timeout_s: float = 1.0
    """From close() to the end at the latest, whether the peer answers or not."""
    message_bytes_max: int = LIMITS["frame_bytes_max"]
    """A longer message closes the link with 1009."""
    outgoing_bytes_max: int = LIMITS["link_outgoing_bytes_max"]
    """Unsent bytes above which send() refuses; one message of at most this size may lie above."""
    busy_poll_us: int = 0
    """SO_BUSY_POLL where the kernel and the process's rights allow it; 0 leaves it alone."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in SCHEMES or not parts.hostname or parts.username or parts.fragment:
            raise ConfigError(f"endpoint {parts.hostname or '?'}: use ws://host or wss://host")
        if not 0 < self.pong_timeout_s <= self.ping_idle_s:
            raise ConfigError("endpoint: pong_timeout_s must be above 0 and at most ping_idle_s")
        if not 0 < self.message_bytes_max <= LIMITS["frame_bytes_max"]:
            raise ConfigError(
                f"endpoint: message_bytes_max must be 1 to {LIMITS['frame_bytes_max']}"
            )
        if not 0 < self.outgoing_bytes_max <= LIMITS["link_outgoing_bytes_max"]:
            raise ConfigError(
                f"endpoint: outgoing_bytes_max must be 1 to {LIMITS['link_outgoing_bytes_max']}"
            )
        if not 0 <= self.busy_poll_us <= BUSY_POLL_US_MAX:
            raise ConfigError(f"endpoint: busy_poll_us must be 0 to {BUSY_POLL_US_MAX}")
        for name, value in self.headers.items():
            if not name.isascii() or any(c in name + value for c in "\r\n\0"):
                raise ConfigError("endpoint: a header has a line end or a name that is not ASCII")

    def __repr__(self) -> str:
        return f"Endpoint({urlsplit(self.url).scheme}://{self.host}:{self.port})"

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or SCHEMES[parts.scheme]

    @property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme == "wss"

    @property
    def server_name(self) -> str:
        return self.tls.server_name or self.host


class CloseKind(StrEnum):
    """Who or what ended a link."""

    LOCAL = "local"
    """close() was called."""
    PEER = "peer"
    """The peer sent a close frame; `code` and `text` are its own."""
    LOST = "lost"
    """The connection ended without a close frame: reset, end of stream, network."""
    SILENT = "silent"
    """No answer to a ping: the peer or the way to it is dead."""
    PROTOCOL = "protocol"
    """The peer broke RFC 6455, or sent a message above the bound (code 1009)."""
    LISTENER = "listener"
    """The listener raised; `text` names the exception's type, not its message."""
    INBOX = "inbox"
    """Polling only: Python did not take frames fast enough and they would have been lost."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CloseReason:
    """Why a link ended. `code` is the RFC 6455 close code, 1005 without one, 1006 when lost."""

    kind: CloseKind
    code: int = 1006
    text: str = ""


@dataclass(slots=True)
class LinkCounters:
    """What went through a link."""

    frames_in: int = 0
    bytes_in: int = 0
    frames_out: int = 0
    bytes_out: int = 0
    refused_closed: int = 0
    refused_busy: int = 0
    pings_in: int = 0


class Link(Protocol):
    """One connection. Use it on the thread that its listener is called on."""

    @property
    def open(self) -> bool:
        """Whether send() may work. False from close() on, and before on_close is called."""
        ...

    @property
    def endpoint(self) -> Endpoint: ...

    @property
    def counters(self) -> LinkCounters:
        """A copy as of now."""
        ...

    def send(self, data: bytes) -> None:
        """Send one text message. It has left, or lies in the bounded queue: no more is promised.

        Raises LinkClosedError or LinkBusyError; then nothing was sent.
        """
        ...

    def close(self, code: int = 1000, text: str = "") -> None:
        """Start to close; on_close follows. Does nothing on a closed link."""
        ...


class Listener(Protocol):
    """Gets what a link does. An exception closes the link; it does not leave the loop."""

    def on_open(self, link: Link) -> None:
        """The upgrade is done."""
        ...

    def on_frame(self, link: Link, data: bytes, t_ns: int) -> None:
        """One whole message, text or binary; `t_ns` is the wall clock when it was taken."""
        ...

    def on_close(self, link: Link, reason: CloseReason) -> None:
        """The end. Messages sent shortly before may or may not have arrived."""
        ...


Connect = Callable[[Endpoint, Listener], Awaitable[Link]]
"""What a backend's `connect` is. Raises ConnectError; then the listener heard nothing."""


def wall_ns() -> int:
    """Nanoseconds since the epoch: the `t_ns` of frames. May be set back; the engine lifts it."""
    return time.time_ns()


def close_text(text: str) -> bytes:
    """The text of a close frame, cut to what fits in it, whole characters only."""
    return text.encode()[:CLOSE_TEXT_BYTES_MAX].decode(errors="ignore").encode()
