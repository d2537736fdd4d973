"""REST over aiohttp: one request, one typed outcome. Nothing is ever sent twice by itself.

In: method, target (path and query, exactly as signed), headers, body. Out: `Outcome`. A request
that may have reached the venue and got no whole answer is UNKNOWN: a value to act on (ask the
venue), not an exception that invites a retry. NOT_SENT is certain: no byte of it left. Rate headers
are handed on. Redirects are not followed, cookies not kept, bodies are bytes and bounded.
Worst case: `timeout_s`, then UNKNOWN.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tickpath.core.errors import ConfigError
from tickpath.venues.transport.base import TlsOptions, wall_ns
from tickpath.venues.transport.reasons import reason_text

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

BODY_BYTES_MAX = 64 << 20
NS_PER_S = 10**9
RETRY_AFTER_S_MAX = 7 * 24 * 3600
"""Longest wait that an answer is believed; bans of the venues end after days."""

RATE_HEADERS = (
    "x-mbx-used-weight",
    "x-mbx-order-count",
    "retry-after",
    "x-ratelimit-",
    "ratelimit-",
)
"""Beginnings of the names, lower case: Binance, Coinbase, and the IETF draft."""


class OutcomeKind(StrEnum):
    """What is known about a request."""

    ANSWERED = "answered"
    """The whole answer is here. Its status may still mean unknown to the venue (Binance 5XX)."""
    UNKNOWN = "unknown"
    """It may have reached the venue. Never send it again before asking."""
    NOT_SENT = "not_sent"
    """It certainly did not leave this process."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one request."""

    kind: OutcomeKind
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Names in lower case; of repeated headers the last."""
    body: bytes = field(default=b"", repr=False)
    reason: str = ""
    """Host, the exception's type, the system's words; never the target, which may be signed."""
    sent_ns: int = 0
    """Wall clock when the request began, ns."""
    done_ns: int = 0
    elapsed_ns: int = 0
    """By the monotonic clock: for the offset of the venue's clock."""

    @property
    def retry_after_ns(self) -> int:
        """What the answer says of when to ask again, 0 when it says nothing readable."""
        said = self.headers.get("retry-after", "")
        wait_s = min(int(said), RETRY_AFTER_S_MAX) if said.isascii() and said.isdigit() else 0
        return wait_s * NS_PER_S

    @property
    def rates(self) -> dict[str, str]:
        """The headers that say weights, counts and waits."""
        return {k: v for k, v in self.headers.items() if k.startswith(RATE_HEADERS)}


class RestClient:
    """Requests to one origin over kept-alive connections. Use `async with`."""

    def __init__(
        self,
        origin: str,
        *,
        tls: TlsOptions | None = None,
        timeout_s: float = 10.0,
        connect_timeout_s: float = 5.0,
        connections_max: int = 8,
        body_bytes_max: int = BODY_BYTES_MAX,
    ) -> None:
        """`origin` is scheme, host and port. Raises ConfigError."""
        parts = urlsplit(origin)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.username
            or parts.path.strip("/")
        ):
            raise ConfigError(f"REST origin {parts.hostname or '?'}: use https://host[:port]")
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.hostname
        self._secure = parts.scheme == "https"
        self._tls = tls or TlsOptions()
        self._timeouts = (timeout_s, connect_timeout_s)
        self._connections_max = connections_max
        self._body_bytes_max = body_bytes_max
        self._session: ClientSession | None = None

    async def __aenter__(self) -> "RestClient":
        import aiohttp

        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_on_sent)
        for signal in (
            trace.on_connection_create_start,
            trace.on_connection_reuseconn,
            trace.on_connection_queued_start,
        ):
            signal.append(_on_attempt)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections_max,
                ssl=self._tls.context() if self._secure else True,
            ),
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Content-Type",),
            trust_env=False,
            trace_configs=[trace],
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float | None = None,
    ) -> Outcome:
        """Send one request, once. Cancelling it leaves its outcome unknown to everybody."""
        sent_ns, start_ns = wall_ns(), time.monotonic_ns()
        mark = SimpleNamespace(sent=False)
        found = await self._attempt(
            method, target, headers or {}, body, timeout_s or self._timeouts[0], mark
        )
        return Outcome(
            sent_ns=sent_ns,
            done_ns=wall_ns(),
            elapsed_ns=time.monotonic_ns() - start_ns,
            **found,
        )

    async def _attempt(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_s: float,
        mark: SimpleNamespace,
    ) -> dict[str, Any]:
        import aiohttp
        from yarl import URL

        if self._session is None or not target.startswith("/"):
            return {"kind": OutcomeKind.NOT_SENT, "reason": "client not entered, or no / in front"}
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._session.request(
                    method,
                    URL(self.origin + target, encoded=True),
                    headers=headers,
                    data=body,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=None, connect=self._timeouts[1]),
                    server_hostname=self._tls.server_name if self._secure else None,
                    trace_request_ctx=mark,
                ) as response,
            ):
                return await self._answer(response)
        except (
            aiohttp.ClientError,
            OSError,
            TimeoutError,
            ValueError,
            _SecondAttemptError,
        ) as error:
            kind = OutcomeKind.UNKNOWN if mark.sent else OutcomeKind.NOT_SENT
            return {"kind": kind, "reason": reason_text(self._host, error)}

    async def _answer(self, response: "ClientResponse") -> dict[str, Any]:
        parts, size = [], 0
        async for part in response.content.iter_any():
            size += len(part)
            if size > self._body_bytes_max:
                response.close()
                reason = f"answer above {self._body_bytes_max} bytes"
                return {"kind": OutcomeKind.UNKNOWN, "status": response.status, "reason": reason}
            parts.append(part)
        return {
            "kind": OutcomeKind.ANSWERED,
            "status": response.status,
            "headers": {name.lower(): value for name, value in response.headers.items()},
            "body": b"".join(parts),
        }


class _SecondAttemptError(Exception):
    """The library wanted to send a request again whose first copy may have arrived."""


async def _on_sent(_: object, context: SimpleNamespace, __: object) -> None:
    context.trace_request_ctx.sent = True


async def _on_attempt(_: object, context: SimpleNamespace, __: object) -> None:
    if context.trace_request_ctx.sent:
        raise _SecondAttemptError("the connection ended before an answer")
