"""Binance signatures: HMAC-SHA256 and Ed25519, for REST queries and WebSocket-API requests.

In: the unsigned bytes that were journalled. Out: a signed copy for the wire. REST signs the query
and body as they are sent (percent-encoded); the WebSocket API signs its parameters sorted by name,
as plain UTF-8. After `session.logon` (Ed25519 only) requests go as they are: signing costs nothing.
Sources: binance-spot-api-docs rest-api.md and web-socket-api.md. How a JSON boolean is written into
the signed text is on no page; "true" and "false" here. RSA keys are not offered.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from urllib.parse import quote

from tickpath.core.errors import DataError, KeysError
from tickpath.venues.key_objects import ed25519, hmac_text, require
from tickpath.venues.keys import KeyKind, Keys, hint
from tickpath.venues.splice import into_params, params_start

RECV_WINDOW_MS_MAX = 60_000
OWN = frozenset(("apiKey", "signature"))


def _no_float(text: str) -> str:
    raise DataError(f"parameter {text[:16]}: not a number of JSON; it cannot be signed")


DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_float)


class Signer:
    """Signs for one key. Knows no clock: timestamps are in the bytes already."""

    def __init__(self, keys: Keys) -> None:
        """Raises KeysError for a secret of another kind or form."""
        require(keys, "binance", KeyKind.HMAC, KeyKind.ED25519)
        self.id = keys.id
        self.logs_on = keys.kind == KeyKind.ED25519
        self._sign: Callable[[bytes], str]
        if self.logs_on:
            private = ed25519(keys)
            self._sign = lambda text: base64.b64encode(private.sign(text)).decode()
        else:
            secret = hmac_text(keys)
            self._sign = lambda text: hmac.digest(secret, text, hashlib.sha256).hex()
        self._key_member = json.dumps(self.id).encode()

    def headers(self) -> dict[str, str]:
        """What a REST request or a market-data handshake with a key carries."""
        return {"X-MBX-APIKEY": self.id}

    def signature(self, payload: bytes) -> str:
        """Hexadecimal (HMAC) or base64 (Ed25519) signature of exactly these bytes."""
        return self._sign(payload)

    def query(self, query: bytes, body: bytes = b"") -> bytes:
        """A query string with its signature; `body` is signed behind it, without a separator."""
        text = self._sign(query + body)
        mark = b"&" if query else b""
        return b"".join((query, mark, b"signature=", quote(text, safe="").encode()))

    def request(self, frame: bytes) -> bytes:
        """A WebSocket-API request with apiKey and signature in its params. Raises DataError."""
        own = b'"apiKey":' + self._key_member
        text = self._sign(payload_of(frame, self.id))
        return into_params(frame, b"".join((own, b',"signature":"', text.encode(), b'"')))

    def logon(self, request_id: str, timestamp_ms: int, recv_window_ms: int = 5000) -> bytes:
        """The `session.logon` request. Raises KeysError for an HMAC key: the venue refuses it."""
        if not self.logs_on:
            raise KeysError(f"key {hint(self.id)}: session.logon needs an Ed25519 key")
        if not 0 < recv_window_ms <= RECV_WINDOW_MS_MAX:
            raise KeysError(f"recvWindow {recv_window_ms} ms: use 1 to {RECV_WINDOW_MS_MAX}")
        params = {"recvWindow": recv_window_ms, "timestamp": timestamp_ms}
        frame = {"id": request_id, "method": "session.logon", "params": params}
        return self.request(json.dumps(frame, separators=(",", ":")).encode())


def payload_of(frame: bytes, key_id: str) -> bytes:
    """What a WebSocket-API request signs: all params and the key, sorted, k=v joined by "&".

    Numbers keep the text they were written with. Raises DataError for what has no such text.
    """
    try:
        at = params_start(frame) - 1
        frame[:at].decode()
        params, _ = DECODER.raw_decode(frame[at:].decode())
        if OWN & params.keys():
            raise DataError("request with apiKey or signature: give the unsigned one")
        params["apiKey"] = key_id
        return "&".join([f"{name}={_text(params[name])}" for name in sorted(params)]).encode()
    except (ValueError, RecursionError):
        raise DataError("request that is not JSON in UTF-8: it cannot be signed") from None


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    raise DataError("parameter that is a list, an object or null: it cannot be signed")
