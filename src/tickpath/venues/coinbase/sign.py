"""Coinbase signatures: JSON web tokens (Advanced Trade) and CB-ACCESS headers (Exchange).

A token lives two minutes, names one REST call by method, host and path without the query, or no
call for a WebSocket message; every subscribe message gets a fresh one. ES256 signatures are the 64
raw bytes r and s (RFC 7518), EdDSA as in RFC 8037. Source: coinbase-advanced-py jwt_generator.py;
the Exchange form from its REST authentication page. One page of the venue says that only ES256
works for Advanced Trade; its own SDK signs both.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable

from tickpath.core.errors import KeysError
from tickpath.venues.key_objects import ed25519, es256, hmac_base64, require
from tickpath.venues.keys import KeyKind, Keys, hint
from tickpath.venues.splice import into_object

LIFE_S = 120
HALF_BYTES = 32
WS_PATH = "/users/self/verify"
"""The path that an Exchange WebSocket subscription signs, with GET."""


def random_nonce() -> str:
    """16 bytes of the system's random source, in hexadecimal."""
    return os.urandom(16).hex()


class TokenSigner:
    """Tokens for one Advanced Trade key."""

    def __init__(
        self,
        keys: Keys,
        wall_s: Callable[[], int],
        nonce: Callable[[], str] = random_nonce,
    ) -> None:
        """`wall_s` is the venue's time in seconds. Raises KeysError for an unfit key."""
        require(keys, "coinbase", KeyKind.ES256, KeyKind.ED25519)
        self.id = keys.id
        self._wall_s = wall_s
        self._nonce = nonce
        self._sign: Callable[[bytes], bytes]
        if keys.kind == KeyKind.ED25519:
            self.algorithm = "EdDSA"
            self._sign = ed25519(keys).sign
        else:
            self.algorithm = "ES256"
            self._sign = _raw_es256(keys)

    def token(self, uri: str | None = None, life_s: int = LIFE_S) -> str:
        """A fresh token; `uri` is "METHOD host/path" of a REST call, None for a WebSocket. After
        `life_s` the venue refuses what carries it."""
        now = self._wall_s()
        head = {"alg": self.algorithm, "kid": self.id, "nonce": self._nonce(), "typ": "JWT"}
        claims: dict[str, object] = {
            "sub": self.id,
            "iss": "cdp",
            "nbf": now,
            "exp": now + life_s,
        }
        if uri is not None:
            claims["uri"] = uri
        text = _segment(head) + b"." + _segment(claims)
        return b".".join((text, _url_base64(self._sign(text)))).decode()

    def headers(self, method: str, host: str, target: str, life_s: int = LIFE_S) -> dict[str, str]:
        """What a REST call carries; a query in `target` is not part of what is signed."""
        path = target.partition("?")[0]
        return {"Authorization": f"Bearer {self.token(f'{method} {host}{path}', life_s)}"}

    def message(self, frame: bytes) -> bytes:
        """A copy of a subscribe message with a fresh token. Raises DataError."""
        return into_object(frame, b'"jwt":"' + self.token().encode() + b'"')


class ExchangeSigner:
    """CB-ACCESS headers for one Exchange key with its passphrase."""

    def __init__(self, keys: Keys, wall_s: Callable[[], int]) -> None:
        """`wall_s` is the venue's time in seconds. Raises KeysError for an unfit key."""
        require(keys, "coinbase exchange", KeyKind.HMAC)
        if not keys.reveal_passphrase():
            raise KeysError(f"key {hint(keys.id)} of coinbase exchange: a passphrase is needed")
        self.id = keys.id
        self._secret = hmac_base64(keys)
        self._passphrase = keys.reveal_passphrase()
        self._wall_s = wall_s

    def signature(self, timestamp: str, method: str, target: str, body: bytes = b"") -> str:
        """base64 of HMAC-SHA256 over timestamp, METHOD, path with query, and body."""
        text = f"{timestamp}{method}{target}".encode() + body
        return base64.b64encode(hmac.digest(self._secret, text, hashlib.sha256)).decode()

    def headers(self, method: str, target: str, body: bytes = b"") -> dict[str, str]:
        """What a REST call carries."""
        stamp = str(self._wall_s())
        return {
            "CB-ACCESS-KEY": self.id,
            "CB-ACCESS-SIGN": self.signature(stamp, method, target, body),
            "CB-ACCESS-TIMESTAMP": stamp,
            "CB-ACCESS-PASSPHRASE": self._passphrase,
        }

    def message(self, frame: bytes) -> bytes:
        """A copy of a subscribe message that authenticates it. Raises DataError."""
        stamp = str(self._wall_s())
        own = {
            "signature": self.signature(stamp, "GET", WS_PATH),
            "key": self.id,
            "passphrase": self._passphrase,
            "timestamp": stamp,
        }
        return into_object(frame, _compact(own)[1:-1])


def _raw_es256(keys: Keys) -> Callable[[bytes], bytes]:
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    private = es256(keys)
    algorithm = ECDSA(SHA256())

    def sign(text: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(text, algorithm))
        return r.to_bytes(HALF_BYTES) + s.to_bytes(HALF_BYTES)

    return sign


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _segment(value: object) -> bytes:
    return _url_base64(_compact(value))


def _url_base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
