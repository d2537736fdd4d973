"""A frame taken apart and written again: every number keeps its digits.

In: a JSON object. Out: its members with numbers that have a fraction as marked texts, then text
again. For sessions that cut frames which hold more than the engine takes at once. No I/O here.
"""

import json
import re
from typing import Any

from tickpath.core.errors import DataError

_NUMBER = re.compile(r'"\\u0000([-+.0-9eE]+)"')


def _kept(text: str) -> str:
    """A number with a fraction as a string that `_NUMBER` finds again."""
    return f"\0{text}"


def object_read(frame: bytes, about: str) -> dict[str, Any]:
    """The members of a frame. Raises DataError for what is no JSON object."""
    try:
        found: Any = json.loads(frame, parse_float=_kept)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{about}: not JSON ({error}): close the connection") from error
    if not isinstance(found, dict):
        raise DataError(f"{about}: no object: close the connection")
    return found


def object_write(found: dict[str, Any], frame: bytes, about: str) -> bytes:
    """Members of `frame` as text. Raises DataError when it holds what marks a number."""
    if b"\\u0000" in frame:
        raise DataError(f"{about}: a text with a zero in it: close the connection")
    text = json.dumps(found, separators=(",", ":"))
    return _NUMBER.sub(r"\1", text).encode()
