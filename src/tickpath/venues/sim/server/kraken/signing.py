"""Verification of Kraken's REST signature, written apart from what clients sign with.

API-Sign is base64 of HMAC-SHA512 over the path and SHA256 of nonce and body, by the decoded secret.
"""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl

from tickpath.venues.sim.server.accounts import ApiKey


def verify(key: ApiKey, path: str, nonce: str, body: str, signature: str) -> bool:
    """Whether a request was signed with the key."""
    try:
        secret = base64.b64decode(key.secret, validate=True)
    except (binascii.Error, ValueError):
        return False
    digest = hashlib.sha256((nonce + body).encode()).digest()
    right = base64.b64encode(hmac.new(secret, path.encode() + digest, hashlib.sha512).digest())
    return hmac.compare_digest(right, signature.encode())


def read_body(body: str, kind: str) -> dict[str, Any]:
    """Form or JSON. Raises ValueError."""
    if "json" in kind or body.startswith("{"):
        found = json.loads(body, parse_float=str, parse_int=str)
        if not isinstance(found, dict):
            raise ValueError("no object")
        return found
    return dict(parse_qsl(body, keep_blank_values=True))
