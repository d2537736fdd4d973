"""Long frames of the channel `executions`, cut to what the engine takes at once.

In: one frame. Out: frames of the same form with at most `reports_per_frame_max` rows, in order. A
snapshot holds all open orders of the account. Numbers keep their digits. No I/O here.
"""

import json
from typing import Any

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS


class _Digits(float):
    """A number that is written as it was read."""

    text: str

    def __new__(cls, text: str) -> "_Digits":
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __repr__(self) -> str:
        return self.text


def cut(frame: bytes, rows_max: int = LIMITS["reports_per_frame_max"]) -> list[bytes]:
    """The frame itself when it is short or of another channel. Raises DataError for what is no JSON
    object."""
    try:
        found: Any = json.loads(frame, parse_float=_Digits)
    except ValueError as error:
        raise DataError(f"executions: not JSON ({error}): close the connection") from error
    if not isinstance(found, dict):
        raise DataError("executions: no object: close the connection")
    rows = found.get("data")
    if found.get("channel") != "executions" or not isinstance(rows, list) or len(rows) <= rows_max:
        return [frame]
    parts = [rows[at : at + rows_max] for at in range(0, len(rows), rows_max)]
    return [json.dumps({**found, "data": part}, separators=(",", ":")).encode() for part in parts]
