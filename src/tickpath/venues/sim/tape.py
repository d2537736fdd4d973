"""What a run leaves for its report beside fills: mids at the venue, and when requests left.

Mids are kept as changes, (time, instrument, bid + ask ticks), so that the mid at any moment can be
read back exactly. Beyond MIDS_MAX changes only the last one of each interval is kept, an interval
that doubles as often as needed (`spacing_ns`): what is read back is then up to so much older.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

MID_DTYPE = np.dtype([("t_ns", "<i8"), ("mid2", "<i8"), ("instrument", "<i4"), ("reserved", "<i4")])
"""`mid2`: bid + ask in ticks, 0 where the book was empty, crossed or stale."""
SENT_DTYPE = np.dtype([("t_ns", "<i8"), ("client_order_id", "<u8")])
MIDS_MAX = 2**20
SPACING_NS_MIN = 1_000_000


Rows = npt.NDArray[Any]


def joined(parts: Sequence[Rows], dtype: np.dtype[Any]) -> Rows:
    """Contiguous structured arrays of one dtype behind each other. `np.concatenate` compares the
    fields of every part with those of the next, some 30 us each."""
    return np.frombuffer(b"".join(part.data for part in parts), dtype=dtype)


def last_of_intervals(mids: Rows, spacing_ns: int) -> Rows:
    """The last change of each instrument in each interval, still in order of time."""
    keys = np.stack((mids["instrument"].astype(np.int64), mids["t_ns"] // spacing_ns), axis=1)
    order = np.lexsort((np.arange(len(mids)), keys[:, 1], keys[:, 0]))
    last = np.ones(len(mids), dtype=bool)
    last[:-1] = np.any(keys[order[1:]] != keys[order[:-1]], axis=1)
    kept: Rows = mids[np.sort(order[last])]
    return kept


class Tape:
    """Rows of a loop, bounded. `spacing_ns` is 0 as long as every change of a mid is kept."""

    def __init__(self, mids_max: int = MIDS_MAX) -> None:
        self.mids_max = mids_max
        self.spacing_ns = 0
        self._mids: list[Rows] = []
        self._count = 0
        self._sent: list[Rows] = []

    def add_mids(self, rows: Rows) -> None:
        """Changes (MID_DTYPE) in order of time."""
        self._mids.append(rows)
        self._count += len(rows)
        if self._count > self.mids_max:
            self._thin(max(SPACING_NS_MIN, self.spacing_ns))
            while self._count > self.mids_max // 2:
                self._thin(2 * self.spacing_ns)

    def _thin(self, spacing_ns: int) -> None:
        self.spacing_ns = spacing_ns
        self._mids = [last_of_intervals(self.mids, spacing_ns)]
        self._count = len(self._mids[0])

    def add_sent(self, rows: Rows) -> None:
        """Requests (SENT_DTYPE) in the order in which they left."""
        self._sent.append(rows)

    def take_sent(self) -> Rows:
        """Requests since the last call."""
        rows, self._sent = self._sent, []
        return joined(rows, SENT_DTYPE)

    @property
    def mids(self) -> Rows:
        """All kept changes (MID_DTYPE) in order of time."""
        if len(self._mids) != 1:
            self._mids = [joined(self._mids, MID_DTYPE)]
        return self._mids[0]
