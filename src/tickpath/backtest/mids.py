"""The mid of an instrument at any moment of a run, from the changes that the venue's book made."""

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class Mids:
    """Looks mids up in changes (MID_DTYPE, in order of time) that are known until `end_ns`."""

    def __init__(self, rows: npt.NDArray[Any], end_ns: int) -> None:
        self.end_ns = end_ns
        numbers = rows["instrument"]
        self._of: dict[int, tuple[Ints, Ints]] = {}
        for k in np.unique(numbers).tolist():
            own = rows[numbers == k]
            self._of[k] = (own["t_ns"].astype(np.int64), own["mid2"].astype(np.int64))

    def changes(self, instrument: int) -> tuple[Ints, Ints]:
        """(times ns, bid + ask ticks) of one instrument; 0 ticks: no good book from then on."""
        none = np.zeros(0, dtype=np.int64)
        return self._of.get(instrument, (none, none))

    def at(self, instrument: npt.ArrayLike, t_ns: npt.ArrayLike) -> Ints:
        """Bid + ask ticks in force at each time, everything up to that nanosecond included; 0
        before the first book, while there is no good one, and after `end_ns`."""
        times = np.atleast_1d(np.asarray(t_ns, dtype=np.int64))
        numbers = np.broadcast_to(np.asarray(instrument, dtype=np.int64), times.shape)
        found = np.zeros(times.shape, dtype=np.int64)
        for k, (starts, mids2) in self._of.items():
            mine = numbers == k
            at = np.searchsorted(starts, times[mine], side="right") - 1
            found[mine] = np.where(at >= 0, mids2[np.maximum(at, 0)], 0)
        found[times > self.end_ns] = 0
        return found
