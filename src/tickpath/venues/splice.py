"""Puts members that may not be journalled (keys, signatures, tokens) into a copy of a request.

In: a JSON object as the engine or a session wrote it, and the text of members without the comma.
Out: new bytes; the input stays as it was journalled. The members go in front, where no scan for an
end is needed; a venue takes members of an object in any order. Worst case: one search and one copy.
"""

import re

from tickpath.core.errors import DataError

PARAMS = re.compile(rb'"params"[ \t\r\n]*:[ \t\r\n]*\{')
"""Cannot match inside a string: quotes are escaped there."""

EMPTY = re.compile(rb"[ \t\r\n]*\}")


def params_start(frame: bytes) -> int:
    """Index behind the brace that opens `params`. Raises DataError when there is none."""
    found = PARAMS.search(frame)
    if found is None:
        raise DataError("request without params: it cannot be signed; send one with an object")
    return found.end()


def into_params(frame: bytes, members: bytes) -> bytes:
    """A copy with `members` as the first of `params`. Raises DataError."""
    return _insert(frame, params_start(frame), members)


def into_object(frame: bytes, members: bytes) -> bytes:
    """A copy with `members` as the first of the outermost object. Raises DataError."""
    at = frame.find(b"{")
    if at < 0 or frame[:at].strip():
        raise DataError("request that is no JSON object: it cannot be signed")
    return _insert(frame, at + 1, members)


def _insert(frame: bytes, at: int, members: bytes) -> bytes:
    comma = b"" if EMPTY.match(frame, at) else b","
    return b"".join((frame[:at], members, comma, frame[at:]))
