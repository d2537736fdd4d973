"""What clients sent: kept in order so that two clients can be compared for the same action.

Keys, listen keys (also in paths), signatures, tokens and passphrases are replaced by HIDDEN before
anything is kept.
"""

import re
from collections import deque
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

HIDDEN = "(hidden)"
SECRET_NAMES = frozenset(
    {
        "apikey",
        "signature",
        "listenkey",
        "x-mbx-apikey",
        "authorization",
        "api-key",
        "api-sign",
        "jwt",
        "token",
        "cookie",
        "cb-access-key",
        "cb-access-sign",
        "cb-access-passphrase",
        "key",
        "passphrase",
    }
)
HEADERS_LEFT_OUT = frozenset(
    {"host", "connection", "sec-websocket-key", "content-length", "accept-encoding"}
)
KEPT_MAX = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class SentRequest:
    """One request or frame of a client. `channel` is rest, api, market or user; for a frame
    `method` is its own and `path` that of the connection, which began with a CONNECT."""

    number: int
    t_ns: int
    channel: str
    link: int
    method: str
    path: str
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


LISTEN_KEY = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{64}(?![A-Za-z0-9])")
KEY_LENGTH = 64


def hide(value: Any) -> Any:
    """The same structure with secrets replaced, by their names and by the form of a listen key."""
    if isinstance(value, str):
        return value if len(value) < KEY_LENGTH else LISTEN_KEY.sub(HIDDEN, value)
    if isinstance(value, dict):
        return {
            name: HIDDEN if str(name).lower() in SECRET_NAMES else hide(part)
            for name, part in value.items()
        }
    return [hide(part) for part in value] if isinstance(value, list) else value


VOLATILE = frozenset(
    {
        "timestamp",
        "recvwindow",
        "nonce",
        "newclientorderid",
        "cl_ord_id",
        "client_order_id",
        "req_id",
        "returnratelimits",
    }
)
"""Fields that differ between two requests for the same action, in lower case."""


def same(value: Any) -> Any:
    """A value in one form: numbers without zeros at their end, whatever their type."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, dict):
        return {
            name: same(part)
            for name, part in sorted(value.items())
            if name.lower() not in VOLATILE and name.lower() not in SECRET_NAMES
        }
    if isinstance(value, list):
        return [same(part) for part in value]
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return format(number.normalize(), "f") if number.is_finite() else str(value)


def comparable(sent: SentRequest) -> tuple[str, str, str, dict[str, Any]]:
    """What two clients must have in common when they ask for the same: channel, method, path and
    parameters, without secrets, times and ids of their own."""
    return sent.channel, sent.method, sent.path, same(sent.params)


class RequestLog:
    """The last KEPT_MAX requests."""

    def __init__(self) -> None:
        self._kept: deque[SentRequest] = deque(maxlen=KEPT_MAX)
        self.count = 0

    def add(
        self,
        *,
        t_ns: int,
        channel: str,
        method: str,
        path: str,
        params: dict[str, Any],
        headers: dict[str, str] | None = None,
        link: int = 0,
    ) -> None:
        self.count += 1
        kept = {k.lower(): v for k, v in (headers or {}).items()}
        self._kept.append(
            SentRequest(
                number=self.count,
                t_ns=t_ns,
                channel=channel,
                link=link,
                method=method,
                path=hide(path),
                params=hide(params),
                headers=hide({k: v for k, v in kept.items() if k not in HEADERS_LEFT_OUT}),
            )
        )

    def since(self, number: int = 0) -> list[SentRequest]:
        """Requests after a number, oldest first; `count` is the newest number."""
        return [sent for sent in self._kept if sent.number > number]

    def clear(self) -> None:
        self._kept.clear()

    def as_json(self, number: int = 0) -> list[dict[str, Any]]:
        """The same as plain data."""
        return [asdict(sent) for sent in self.since(number)]
