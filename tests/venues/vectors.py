"""The signing vectors of the fixtures, and keys made from them."""

import json
from typing import Any

from support import FIXTURES, require

from tickpath.venues.keys import KeyKind, Keys


def vectors(group: str) -> list[dict[str, Any]]:
    """All entries of one group. Skips when the fixtures are absent."""
    path = require(FIXTURES / "auth/signing_vectors.json")
    found: list[dict[str, Any]] = json.loads(path.read_text())[group]
    assert found
    return found


def keys(secret: str, kind: KeyKind = KeyKind.HMAC, id: str = "TESTKEY", **more: str) -> Keys:
    return Keys(id=id, secret=secret, kind=kind, **more)
