"""Long frames of the channel `executions`, cut to what the engine takes at once.

In: one frame. Out: frames of the same form with at most `reports_per_frame_max` rows, in order. A
snapshot holds all open orders of the account. Numbers keep their digits. No I/O here.
"""

import json
import re
from typing import Any

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS

_NUMBER = re.compile(r'"\\u0000([-+.0-9eE]+)"')


def _kept(text: str) -> str:
    """A number with a fraction as a string that `_NUMBER` finds again."""
    return f"\0{text}"


def cut(frame: bytes, rows_max: int = LIMITS["reports_per_frame_max"]) -> list[bytes]:
    """The frame itself when it is short or of another channel. Raises DataError for what is no JSON
    object."""
    try:
        found: Any = json.loads(frame, parse_float=_kept)
    except ValueError as error:
        raise DataError(f"executions: not JSON ({error}): close the connection") from error
    if not isinstance(found, dict):
        raise DataError("executions: no object: close the connection")
    rows = found.get("data")
    if found.get("channel") != "executions" or not isinstance(rows, list) or len(rows) <= rows_max:
        return [frame]
    if b"\\u0000" in frame:
        raise DataError("executions: a text with a zero in it: close the connection")
    parts = [rows[at : at + rows_max] for at in range(0, len(rows), rows_max)]
    texts = [json.dumps({**found, "data": part}, separators=(",", ":")) for part in parts]
    return [_NUMBER.sub(r"\1", text).encode() for text in texts]
