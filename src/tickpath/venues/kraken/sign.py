"""Kraken signatures: API-Sign of REST requests and their nonces.

API-Sign = base64(HMAC-SHA512(base64decode(secret), path + SHA-256(nonce + body))), over exactly the
body sent, form-encoded or JSON. WebSocket requests are not signed: they carry a token (token.py).
Source: docs.kraken.com, spot REST authentication. The venue remembers the highest nonce of a key:
two processes need two keys.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable

from tickpath.core.errors import DataError
from tickpath.venues.key_objects import hmac_base64, require
from tickpath.venues.keys import KeyKind, Keys
from tickpath.venues.splice import into_object

NONCE_MAX = 2**64 - 1
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class NonceSource:
    """Strictly increasing nonces: microseconds of the given clock, or one more than the last.

    Not for two threads. `last` may be stored and given back to go on above it after a restart with
    a clock that was set back.
    """

    def __init__(self, wall_ns: Callable[[], int], last: int = 0) -> None:
        self._wall_ns = wall_ns
        self.last = last

    def __call__(self) -> int:
        """The next nonce. Raises DataError when no larger one exists."""
        self.last = max(self.last + 1, self._wall_ns() // 1000)
        if self.last > NONCE_MAX:
            raise DataError("nonce above 64 bits: the clock or the stored nonce is wrong")
        return self.last


class Signer:
    """Signs for one key, with its own nonces."""

    def __init__(self, keys: Keys, nonces: NonceSource) -> None:
        """Raises KeysError for a secret that is not base64 of an HMAC key."""
        require(keys, "kraken", KeyKind.HMAC)
        self.id = keys.id
        self._secret = hmac_base64(keys)
        self._nonces = nonces

    def form(self, path: str, fields: bytes = b"") -> tuple[dict[str, str], bytes]:
        """Headers and body of a form-encoded request; `fields` are the unsigned ones."""
        nonce = str(self._nonces())
        body = b"nonce=" + nonce.encode() + (b"&" + fields if fields else b"")
        return self.headers(path, nonce, body, FORM), body

    def document(self, path: str, document: bytes) -> tuple[dict[str, str], bytes]:
        """Headers and body of a JSON request; the nonce becomes its first member."""
        nonce = str(self._nonces())
        body = into_object(document, b'"nonce":' + nonce.encode())
        return self.headers(path, nonce, body, JSON), body

    def headers(self, path: str, nonce: str, body: bytes, content: str = FORM) -> dict[str, str]:
        """What a request with this body carries; the nonce must stand in the body too."""
        return {
            "API-Key": self.id,
            "API-Sign": self.signature(path, nonce, body),
            "Content-Type": content,
        }

    def signature(self, path: str, nonce: str, body: bytes) -> str:
        """API-Sign of exactly these bytes; `path` begins with /0/private/."""
        inner = hashlib.sha256(nonce.encode() + body).digest()
        outer = hmac.digest(self._secret, path.encode() + inner, hashlib.sha512)
        return base64.b64encode(outer).decode()
