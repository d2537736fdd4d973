"""The HTTP upgrade to a WebSocket as text, for the polling backend, which has no library for it.

In: an endpoint. Out: the request, and whether the answer is the one RFC 6455 section 4 wants.
"""

import base64
import hashlib
import os
from urllib.parse import urlsplit

from tickpath.core.errors import ConnectError
from tickpath.venues.transport.base import SCHEMES, Endpoint

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def upgrade_request(endpoint: Endpoint) -> tuple[bytes, bytes]:
    """The request and the key in it."""
    parts = urlsplit(endpoint.url)
    key = base64.b64encode(os.urandom(16))
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    if endpoint.port != SCHEMES[parts.scheme]:
        host += f":{endpoint.port}"
    lines = [
        f"GET {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key.decode()}",
        *(f"{name}: {value}" for name, value in endpoint.headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode(), key


def check_upgrade(host: str, head: bytes, key: bytes) -> None:
    """Raises ConnectError when `head` does not agree to a WebSocket without extensions."""
    first, *rest = head.split(b"\r\n")
    words = first.split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.1"):
        raise ConnectError(f"{host}: the answer to the upgrade is not HTTP/1.1")
    if words[1] != b"101":
        status = words[1][:3].decode(errors="replace")
        raise ConnectError(f"{host}: upgrade refused with status {status}")
    fields: dict[bytes, bytes] = {}
    for line in rest:
        name, colon, value = line.partition(b":")
        if colon:
            fields[name.strip().lower()] = value.strip()
    wanted = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
    if (
        fields.get(b"upgrade", b"").lower() != b"websocket"
        or b"upgrade" not in fields.get(b"connection", b"").lower()
        or fields.get(b"sec-websocket-accept") != wanted
        or b"sec-websocket-extensions" in fields
        or b"sec-websocket-protocol" in fields
    ):
        raise ConnectError(f"{host}: the upgrade's answer does not fit its request")
