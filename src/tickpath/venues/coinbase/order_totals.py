"""What the venue has told of orders so far: filled lots, their value, the fees.

In: totals of an order. Out: those known before. Changes of a frame are kept apart until the whole
frame was read (`keep`), so that a frame that is refused changes nothing. Totals of ended orders
stay, so that what comes late or again is known: the newest orders_max open orders (the oldest of
more must have ended unseen) and the newest ended_orders_max ended ones. Twin: order_totals.pxd.
"""

import struct

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS

Total = tuple[int, int, int]
"""Lots, ticks times lots, fees in the quote currency's units."""

NOTHING: Total = (0, 0, 0)
VALUE_END = 10**37
FEE_MAX = 2**61
STATE_VERSION = 2
STATE_HEAD = struct.Struct("<II")
STATE_ROW = struct.Struct("<Qq16sqq")


class Totals:
    """Totals by order, and those of the frame in hand."""

    def __init__(self) -> None:
        self._open: dict[int, Total] = {}
        self._ended: dict[int, Total] = {}
        self._new: dict[int, tuple[Total, bool]] = {}

    def begin(self) -> None:
        """A frame begins: what one that was refused told is forgotten."""
        self._new = {}

    def known(self, own: int) -> Total:
        """The newest totals of an order."""
        if own in self._new:
            return self._new[own][0]
        return self._open.get(own) or self._ended.get(own, NOTHING)

    def tell(self, own: int, total: Total) -> None:
        """Totals told by the frame in hand."""
        self._new[own] = (total, own in self._new and self._new[own][1])

    def end(self, own: int) -> None:
        """The frame in hand says that the order is over."""
        total = self.known(own)
        if total != NOTHING:
            self._new[own] = (total, True)

    def keep(self) -> None:
        """The totals of the frame replace those before it."""
        for own, (total, ended) in self._new.items():
            if own in self._ended:
                self._ended[own] = total
            elif ended:
                self._open.pop(own, None)
                self._retire(own, total)
            else:
                self._open[own] = total
                if len(self._open) > LIMITS["orders_max"]:
                    oldest = next(iter(self._open))
                    self._retire(oldest, self._open.pop(oldest))
        self._new = {}

    def _retire(self, own: int, total: Total) -> None:
        self._ended[own] = total
        if len(self._ended) > LIMITS["ended_orders_max"]:
            del self._ended[next(iter(self._ended))]

    def export_state(self) -> bytes:
        """Canonical bytes: u32 version, u32 count, then the open orders and the ended ones, each
        oldest first: u64 id, i64 lots, i128 ticks times lots, i64 fee, i64 1 when it has ended."""
        rows = [
            STATE_ROW.pack(own, lots, value.to_bytes(16, "little"), fee, ended)
            for ended, totals in enumerate((self._open, self._ended))
            for own, (lots, value, fee) in totals.items()
        ]
        return STATE_HEAD.pack(STATE_VERSION, len(rows)) + b"".join(rows)

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported. Raises DataError for anything else."""
        rows = state_rows(data)
        self._open = {own: (lots, value, fee) for own, lots, value, fee, ended in rows if not ended}
        self._ended = {own: (lots, value, fee) for own, lots, value, fee, ended in rows if ended}
        self._new = {}


def state_rows(data: bytes) -> list[tuple[int, int, int, int, int]]:
    """(id, lots, value, fee, ended) of every order of an exported state. Raises DataError."""
    size = STATE_HEAD.size
    if len(data) < size or STATE_HEAD.unpack_from(data)[0] != STATE_VERSION:
        raise DataError("order codec state: not of this build; export it again")
    (_, count) = STATE_HEAD.unpack_from(data)
    if len(data) != size + count * STATE_ROW.size:
        raise DataError("order codec state: has another length than it says; export it again")
    rows = [
        (own, lots, int.from_bytes(value, "little"), fee, ended)
        for own, lots, value, fee, ended in STATE_ROW.iter_unpack(data[size:])
    ]
    ended = sum(row[4] != 0 for row in rows)
    fits = count - ended <= LIMITS["orders_max"] and ended <= LIMITS["ended_orders_max"]
    counts = all(
        lots > 0 and value < VALUE_END and -FEE_MAX <= fee <= FEE_MAX and said in (0, 1)
        for _, lots, value, fee, said in rows
    )
    if not (fits and counts) or len({row[0] for row in rows}) != count:
        raise DataError("order codec state: rows that no codec exports; export it again")
    return rows
