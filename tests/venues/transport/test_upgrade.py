"""The upgrade's text: what goes out, and which answers are taken."""

import base64
import hashlib

import pytest

from tickpath.core.errors import ConnectError
from tickpath.venues.transport.base import Endpoint
from tickpath.venues.transport.upgrade import GUID, check_upgrade, upgrade_request

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
GOOD = {
    b"Upgrade": b"websocket",
    b"Connection": b"Upgrade",
    b"Sec-WebSocket-Accept": b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
}


def head(first: bytes = b"HTTP/1.1 101 Switching Protocols", **changes: bytes) -> bytes:
    fields = GOOD | {name.replace("_", "-").encode(): v for name, v in changes.items()}
    return b"\r\n".join([first, *(n + b": " + v for n, v in fields.items()), b"", b""])


def test_the_sample_of_the_rfc_is_taken() -> None:
    assert base64.b64encode(hashlib.sha1(KEY + GUID).digest()) == GOOD[b"Sec-WebSocket-Accept"]
    check_upgrade("h", head(), KEY)
    check_upgrade("h", head(Connection=b"keep-alive, upgrade", Upgrade=b"WebSocket"), KEY)


@pytest.mark.parametrize(
    "answer",
    [
        head(b"HTTP/1.0 101 x"), head(b"HTTP/1.1 200 OK"), head(b"HTTP/1.1"), head(b""), b"",
        head(Upgrade=b"h2c"), head(Connection=b"close"), head(Sec_WebSocket_Accept=b"x"),
        head(Sec_WebSocket_Extensions=b"permessage-deflate"), head(Sec_WebSocket_Protocol=b"a"),
    ],
)  # fmt: skip
def test_other_answers_are_refused(answer: bytes) -> None:
    with pytest.raises(ConnectError):
        check_upgrade("h", answer, KEY)


@pytest.mark.parametrize(
    ("url", "first", "host"),
    [
        ("ws://a", b"GET / HTTP/1.1", b"Host: a"),
        ("wss://a:443/x?y=1/2", b"GET /x?y=1/2 HTTP/1.1", b"Host: a"),
        ("wss://a:9443/x", b"GET /x HTTP/1.1", b"Host: a:9443"),
        ("ws://[::1]:80/", b"GET / HTTP/1.1", b"Host: [::1]"),
    ],
)
def test_the_request_names_path_and_host(url: str, first: bytes, host: bytes) -> None:
    request, key = upgrade_request(Endpoint(url=url, headers={"X-K": "v"}))
    lines = request.split(b"\r\n")
    assert lines[0] == first
    assert host in lines
    assert b"X-K: v" in lines
    assert b"Sec-WebSocket-Key: " + key in lines
    assert not any(b"Extensions" in line for line in lines)
    assert lines[-2:] == [b"", b""]
