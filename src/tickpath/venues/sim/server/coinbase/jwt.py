"""Verification of Coinbase's tokens, written apart from what clients sign with.

A JWT of ES256 (raw r and s) or EdDSA: `sub` and `kid` name the key, `iss` is cdp, the time is
within `nbf` and `exp`; on REST `uri` is method, host and path without query. Source: RFC 7518, RFC
8037, the venue's jwt_generator.
"""

import base64
import binascii
import json
from typing import Any

from tickpath.venues.sim.server.accounts import Account, ApiKey
from tickpath.venues.sim.server.binance.signing import public_key, verify_raw
from tickpath.venues.sim.server.venue import Venue

LIFE_S_MAX = 300
LATE_S = 30
"""How far the client's clock may be ahead."""


class TokenError(Exception):
    """The token is not accepted; the text says why."""


def decoded(part: str) -> bytes:
    """A part of a token. Raises TokenError."""
    try:
        return base64.b64decode(
            part.translate(str.maketrans("-_", "+/")) + "=" * (-len(part) % 4), validate=True
        )
    except (binascii.Error, ValueError) as error:
        raise TokenError("not base64url") from error


def object_of(part: str) -> dict[str, Any]:
    """A JSON object of a part. Raises TokenError."""
    try:
        found = json.loads(decoded(part))
    except ValueError as error:
        raise TokenError("not JSON") from error
    if not isinstance(found, dict):
        raise TokenError("no object")
    return found


def key_of(token: str) -> str:
    """The key that a token names, before anything is checked; empty when it names none."""
    try:
        return str(object_of(token.partition(".")[0]).get("kid") or "")
    except TokenError:
        return ""


def signed(key: ApiKey, algorithm: str, data: bytes, signature: bytes) -> bool:
    """Whether the key made a signature."""
    if algorithm == "EdDSA" and key.kind == "ed25519":
        return verify_raw(key, data, signature)
    if algorithm != "ES256" or key.kind != "es256" or len(signature) != 64:
        return False
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    numbers = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        public_key(key.secret).verify(
            encode_dss_signature(*numbers), data, ec.ECDSA(hashes.SHA256())
        )
    except InvalidSignature:
        return False
    return True


def check(venue: Venue, token: str, uris: tuple[str, ...]) -> Account:
    """The account of a token. `uris`: what it may be for, empty on the WebSocket. Raises
    TokenError."""
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenError("not three parts")
    head, claims = object_of(parts[0]), object_of(parts[1])
    for account in venue.exchange.accounts.values():
        key = account.keys.get(str(head.get("kid")))
        if key is not None and account.can_trade:
            break
    else:
        raise TokenError("no such key")
    if not signed(key, str(head.get("alg")), f"{parts[0]}.{parts[1]}".encode(), decoded(parts[2])):
        raise TokenError("wrong signature")
    now_s = venue.venue_ns() // 10**9
    begin, end = claims.get("nbf"), claims.get("exp")
    if type(begin) is not int or type(end) is not int:
        raise TokenError("no times")
    if not (begin <= now_s + LATE_S and now_s < end <= begin + LIFE_S_MAX):
        raise TokenError("not valid now")
    if claims.get("sub") != key.name or claims.get("iss") not in ("cdp", "coinbase-cloud"):
        raise TokenError("wrong subject or issuer")
    if claims.get("uri", "") not in (uris or ("",)):
        raise TokenError("for another request")
    return account
