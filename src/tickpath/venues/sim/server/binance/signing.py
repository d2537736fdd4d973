"""Verification of signed requests, written apart from what clients sign with.

HMAC-SHA256 in hex of any case; RSA PKCS#1 v1.5 with SHA-256 and Ed25519 in base64. REST signs the
query and body as sent, without the signature; the WebSocket API signs its sorted parameters.
"""

import base64
import binascii
import hashlib
import hmac
import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from tickpath.venues.sim.server.accounts import ApiKey

_SIGNATURE = re.compile(r"(?:^|&)signature=([^&]*)")


@lru_cache(maxsize=256)
def public_key(pem: str) -> Any:
    """A public key of its PEM text."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    return load_pem_public_key(pem.encode())


def verify(key: ApiKey, payload: bytes, signature: str) -> bool:
    """Whether a signature of a payload was made with the key."""
    if key.kind == "hmac":
        right = hmac.new(key.secret.encode(), payload, hashlib.sha256).hexdigest()
        return hmac.compare_digest(right.encode(), signature.lower().encode())
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    return verify_raw(key, payload, raw)


def verify_raw(key: ApiKey, payload: bytes, signature: bytes) -> bool:
    """The same for the bytes of a signature made with a private key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    public = public_key(key.secret)
    try:
        if key.kind == "ed25519":
            public.verify(signature, payload)
        elif key.kind == "rsa":
            public.verify(signature, payload, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def rest_payload(query: str, body: str) -> tuple[bytes, str]:
    """(what was signed, signature as text) of a REST request; no signature: empty."""
    found = _SIGNATURE.search(query) or _SIGNATURE.search(body)
    signature = unquote(found[1]) if found else ""
    parts = [_SIGNATURE.sub("", part).lstrip("&") for part in (query, body)]
    return "".join(parts).encode(), signature


def ws_payload(values: dict[str, str]) -> bytes:
    """What a WebSocket request signs."""
    names = sorted(name for name in values if name != "signature")
    return "&".join(f"{name}={values[name]}" for name in names).encode()
