"""The session token of private requests: a place in the bytes that leave the engine.

The engine writes `"params":{"token":"",` and journals that; the transport fills a copy right before
it is sent, so no token is in a journal, a log or the engine. The place is the first member of
`params`, in every private request that this package writes, and nowhere else in one.
"""

import re

from tickpath.core.errors import ConfigError

PLACE = b'"params":{"token":""'
_PLAIN = re.compile(rb"[A-Za-z0-9+/=_.-]{1,256}")


def needs_token(request: bytes) -> bool:
    """Whether a request has a place for a token."""
    return PLACE in request


def with_token(request: bytes, token: str) -> bytes:
    """A copy of the request with the token in its place. Raises ConfigError, which never shows the
    token, when it is empty or holds what a JSON string cannot."""
    data = token.encode("ascii", "replace")
    if not _PLAIN.fullmatch(data):
        raise ConfigError("the session token is empty or no plain text: ask for another")
    return request.replace(PLACE, PLACE[:-1] + data + b'"', 1)
