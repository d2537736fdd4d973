"""Long frames of the channel `executions`, cut to what the engine takes at once.

In: one frame. Out: frames of the same form with at most `reports_per_frame_max` rows, in order. A
snapshot holds all open orders of the account. Numbers keep their digits. No I/O here.
"""

from tickpath.core.limits import LIMITS
from tickpath.venues.text.pieces import object_read, object_write

CHANNEL = "executions"


def cut(frame: bytes, rows_max: int = LIMITS["reports_per_frame_max"]) -> list[bytes]:
    """The frame itself when it is short or of another channel. Raises DataError for what is no JSON
    object."""
    found = object_read(frame, CHANNEL)
    rows = found.get("data")
    if found.get("channel") != CHANNEL or not isinstance(rows, list) or len(rows) <= rows_max:
        return [frame]
    parts = [rows[at : at + rows_max] for at in range(0, len(rows), rows_max)]
    return [object_write({**found, "data": part}, frame, CHANNEL) for part in parts]
