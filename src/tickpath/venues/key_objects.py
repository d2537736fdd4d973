"""Secrets of `Keys` as the objects that sign: HMAC keys, Ed25519 and P-256 private keys.

Shared by the sign.py of the venues. Every error names the key by its hint and never quotes the
secret. Needs cryptography for the two curves only.
"""

import base64
from typing import TYPE_CHECKING

from tickpath.core.errors import KeysError
from tickpath.venues.keys import KeyKind, Keys, hint

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED_BYTES = 32


def require(keys: Keys, venue: str, *kinds: KeyKind) -> None:
    """Raises KeysError when the key's kind is none of `kinds`."""
    if keys.kind not in kinds:
        raise KeysError(
            f"key {hint(keys.id)} of {venue}: kind {keys.kind}, not {' or '.join(kinds)}"
        )


def decode_base64(keys: Keys, text: str) -> bytes:
    """Bytes of standard or URL-safe base64, padded or not. Raises KeysError."""
    plain = text.strip().rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise KeysError(f"secret of key {hint(keys.id)}: not base64") from None


def hmac_text(keys: Keys) -> bytes:
    """The HMAC key that is the secret's own text."""
    return keys.reveal().encode()


def hmac_base64(keys: Keys) -> bytes:
    """The HMAC key of which the secret is the base64 form. Raises KeysError."""
    found = decode_base64(keys, keys.reveal())
    if not found:
        raise KeysError(f"secret of key {hint(keys.id)}: empty")
    return found


def ed25519(keys: Keys) -> "Ed25519PrivateKey":
    """From PEM, or base64 of a seed with or without the public key behind it. Raises KeysError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    text = keys.reveal()
    if "-----BEGIN" in text:
        key = _pem(keys, text)
        if not isinstance(key, Ed25519PrivateKey):
            raise KeysError(f"secret of key {hint(keys.id)}: a PEM, but not of an Ed25519 key")
        return key
    raw = decode_base64(keys, text)
    if len(raw) not in (SEED_BYTES, 2 * SEED_BYTES):
        raise KeysError(f"secret of key {hint(keys.id)}: not 32 or 64 bytes in base64")
    found = Ed25519PrivateKey.from_private_bytes(raw[:SEED_BYTES])
    if raw[SEED_BYTES:] not in (b"", found.public_key().public_bytes_raw()):
        raise KeysError(f"secret of key {hint(keys.id)}: its public half belongs to another key")
    return found


def es256(keys: Keys) -> "EllipticCurvePrivateKey":
    """A P-256 private key from PEM. Raises KeysError."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey

    key = _pem(keys, keys.reveal())
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise KeysError(f"secret of key {hint(keys.id)}: not a P-256 private key")
    return key


def _pem(keys: Keys, text: str) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeysError(
            f"secret of key {hint(keys.id)}: not an unencrypted private key in PEM"
        ) from None
