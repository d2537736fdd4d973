"""Whether rows may be stored: order, numbers, events. One object a stream of chunks.

Refused with the row, counted from the first row of the stream: a receive time that falls, a price
or quantity that cannot be, an unknown kind or side, an event that is there twice (a depth event or
trade with the id of the one before it; behind a snapshot depth events may come again), an event
without its end.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import DataError
from tickpath.core.records import Chain, EventKind
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, OrderRow, Ticks

KINDS = (EventKind.SNAPSHOT, EventKind.DEPTH, EventKind.BBO, EventKind.TRADE, *OrderRow)
_KNOWN = np.zeros(256, dtype=bool)
_KNOWN[[int(kind) for kind in KINDS]] = True
T_MAX = 10**19 - 1
"""The largest time that a name holds; int64 ends before."""


class RowCheck:
    """Remembers the end of the chunk before. `source` names the file the rows come from."""

    def __init__(self, source: str = "") -> None:
        self.source = source
        self.rows = 0
        self.last_ns = 0
        self.whole = True
        self._ids = {EventKind.DEPTH: 0, EventKind.TRADE: 0}

    def take(self, ticks: Ticks) -> None:
        """The next chunk. Raises DataError naming source and row."""
        if len(ticks) == 0:
            return
        t = ticks["t_recv_ns"]
        if t[0] < self.last_ns:
            self._refuse(0, f"t_recv_ns {t[0]} is before {self.last_ns} of the row before: sort it")
        falls = t[1:] < t[:-1]
        if falls.any():
            row = int(np.argmax(falls)) + 1
            self._refuse(
                row, f"t_recv_ns {t[row]} is before {t[row - 1]} of the row before: sort it"
            )
        self._values(ticks)
        self._twice(ticks)
        self.rows += len(ticks)
        self.last_ns = int(t[-1])
        self.whole = bool(ticks["flags"][-1] & LAST)

    def finish(self) -> None:
        """The stream ends. Raises DataError when its last event does not."""
        if not self.whole:
            self._refuse(-1, "the last event has no row with the flag LAST: its end is missing")

    def _values(self, ticks: Ticks) -> None:
        """Numbers that no feed can have sent."""
        kind, side = ticks["kind"], ticks["side"]
        self._none(~_KNOWN[kind], kind, "kind {} is unknown")
        self._none(side > NO_SIDE, side, "side {} is none of 0, 1, 2")
        price, quantity = ticks["price_ticks"], ticks["quantity_lots"]
        if int(price.min()) < 1:
            levels = (side != NO_SIDE) & (kind <= EventKind.TRADE) & (price < 1)
            self._none(levels | (price < 0), price, "price_ticks {} is below 1")
        if int(quantity.min()) < 1:
            trades = (kind == EventKind.TRADE) & (quantity < 1)
            self._none(
                trades | (quantity < 0), quantity, "quantity_lots {} is below what it may be"
            )

    def _twice(self, ticks: Ticks) -> None:
        """Events whose id is that of the one before, where ids are of one event each."""
        kind, flags, ids = ticks["kind"], ticks["flags"], ticks["last_id"]
        if not ids.any():
            self._ids = dict.fromkeys(self._ids, 0)
            return
        for which in self._ids:
            mine = kind == which
            if which == EventKind.DEPTH:
                mine &= (flags & LAST) != 0
                mine &= (flags >> CHAIN_SHIFT & 3) != Chain.NONE
                anew = (kind == EventKind.SNAPSHOT) | (kind == OrderRow.CLEAR)
                found = np.where(mine, ids, 0)[mine | anew]
                mine |= anew
            else:
                found = ids[mine]
            if not len(found):
                continue
            same = found[1:] == found[:-1]
            again = found[0] == self._ids[which] != 0
            if again or (same.any() and (same & (found[1:] != 0)).any()):
                at = 0 if again else int(np.argmax(same & (found[1:] != 0))) + 1
                row = int(np.flatnonzero(mine)[at])
                name = EventKind(which).name.lower()
                self._refuse(row, f"the {name} with last_id {ids[row]} is there twice: remove one")
            self._ids[which] = int(found[-1])

    def _none(self, bad: npt.NDArray[np.bool_], values: npt.NDArray[Any], text: str) -> None:
        if bad.any():
            row = int(np.argmax(bad))
            self._refuse(row, text.format(values[row]))

    def _refuse(self, row: int, text: str) -> None:
        where = f"{self.source}: " if self.source else ""
        raise DataError(f"{where}row {self.rows + row}: {text}")
