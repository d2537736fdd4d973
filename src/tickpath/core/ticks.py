"""Normalised market data as columns: what importers write, the store keeps and a backtest reads.

One row is one level change, one side of a BBO, one trade or one order of an L3 feed; the rows of an
event lie one behind the other and the last of them carries `LAST`. Prices and quantities are counts
of the instrument's own tick and lot; all rows of a `Ticks` are of one instrument.

| column        | dtype | meaning                                                                 |
| ------------- | ----- | ----------------------------------------------------------------------- |
| t_recv_ns     | int64 | local receive time, never falls                                         |
| t_venue_ns    | int64 | time the venue stamped, 0: none; may be skewed                          |
| first_id      | int64 | depth: first update id of the event (Binance U); else 0                 |
| last_id       | int64 | depth, snapshot, BBO: last update id; trade: trade id                   |
| prev_id       | int64 | depth of a venue that names its predecessor (Binance pu); else 0        |
| order_id      | int64 | L3 rows: the venue's order id; else 0                                   |
| price_ticks   | int64 | 1 or more; 0 in a row without a level (see `side`)                      |
| quantity_lots | int64 | absolute quantity of a level, 0 deletes; of a trade 1 or more           |
| kind          | uint8 | `EventKind` SNAPSHOT, DEPTH, BBO, TRADE; or an `OrderRow` of an L3 feed |
| side          | uint8 | 0 bid, 1 ask; trade: aggressor, 0 buy, 1 sell; 2: an event of no levels |
| flags         | uint8 | LAST and the `Chain` of the event, see below                            |

Rows of an L3 feed follow the venue's orders one by one, each an event of its own. A reader builds
levels and trades of them.

Columns that say nothing are constant, and a constant column costs no bytes in a Parquet file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import DataError

TICK_COLUMNS: Final[Mapping[str, np.dtype[Any]]] = {
    "t_recv_ns": np.dtype("<i8"),
    "t_venue_ns": np.dtype("<i8"),
    "first_id": np.dtype("<i8"),
    "last_id": np.dtype("<i8"),
    "prev_id": np.dtype("<i8"),
    "order_id": np.dtype("<i8"),
    "price_ticks": np.dtype("<i8"),
    "quantity_lots": np.dtype("<i8"),
    "kind": np.dtype("u1"),
    "side": np.dtype("u1"),
    "flags": np.dtype("u1"),
}


class OrderRow(IntEnum):
    """Kinds of L3 rows: what happens to the venue's order `order_id`, resting on `side`."""

    ADD = 16
    """It rests at its price with its quantity."""
    REDUCE = 17
    """Quantity is taken away without a trade."""
    DELETE = 18
    EXECUTE = 19
    """Quantity trades; the price is the trade's, `last_id` its id, 0: none was printed."""
    REPLACE = 20
    """It takes the place of order `prev_id`, at the end of the queue."""
    CLEAR = 21
    """Side 2. Among orders: the book is empty, what follows builds it. Among levels: the book is
    lost, nothing is known of it until the next snapshot."""


LAST: Final = 1
"""Flag: the row ends its event."""
CHAIN_SHIFT: Final = 1
"""`flags >> CHAIN_SHIFT & 3` is the event's `Chain`."""
NO_SIDE: Final = 2
"""Side of the single row of an event without levels (an empty snapshot)."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """Equally long, contiguous columns by name, as `TICK_COLUMNS` lists them. Arrays of the right
    dtype are kept without copying. Raises DataError for a missing, unknown or uneven column."""

    columns: Mapping[str, npt.NDArray[Any]]

    def __post_init__(self) -> None:
        missing = TICK_COLUMNS.keys() - self.columns.keys()
        unknown = self.columns.keys() - TICK_COLUMNS.keys()
        if missing or unknown:
            named = ", ".join(sorted(missing or unknown))
            raise DataError(
                f"ticks: {'missing' if missing else 'unknown'} columns: {named}; "
                f"they are {', '.join(TICK_COLUMNS)}"
            )
        kept = {
            name: np.ascontiguousarray(self.columns[name], dtype=dtype)
            for name, dtype in TICK_COLUMNS.items()
        }
        sizes = {name: len(column) for name, column in kept.items()}
        if len(set(sizes.values())) != 1:
            raise DataError(f"ticks: columns of different lengths: {sizes}")
        object.__setattr__(self, "columns", kept)

    def __len__(self) -> int:
        """Rows."""
        return len(self.columns["kind"])

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """One column."""
        return self.columns[name]

    def rows(self, start: int, stop: int) -> "Ticks":
        """Rows start to stop, without copying."""
        return Ticks({name: column[start:stop] for name, column in self.columns.items()})

    def events(self) -> int:
        """Complete events."""
        return int(np.count_nonzero(self.columns["flags"] & LAST))

    def whole_rows(self) -> int:
        """Rows up to the end of the last complete event."""
        ends = np.flatnonzero(self.columns["flags"] & LAST)
        return int(ends[-1]) + 1 if len(ends) else 0


def empty_ticks() -> Ticks:
    """No rows."""
    return Ticks({name: np.zeros(0, dtype) for name, dtype in TICK_COLUMNS.items()})


def ticks_of(**columns: npt.ArrayLike) -> Ticks:
    """Ticks from some columns; the others are zero, `flags` LAST (each row an event)."""
    sizes = [len(np.atleast_1d(np.asarray(c))) for c in columns.values()]
    size = 0 if 0 in sizes else max(sizes, default=0)
    filled: dict[str, npt.NDArray[Any]] = {}
    for name, dtype in TICK_COLUMNS.items():
        value = columns.get(name, LAST if name == "flags" else 0)
        filled[name] = np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype), (size,)))
    if columns.keys() - TICK_COLUMNS.keys():
        raise DataError(f"ticks: unknown columns: {sorted(columns.keys() - TICK_COLUMNS.keys())}")
    return Ticks(filled)


def joined(parts: Sequence[Ticks]) -> Ticks:
    """The parts one behind the other."""
    if not parts:
        return empty_ticks()
    return Ticks({name: np.concatenate([p[name] for p in parts]) for name in TICK_COLUMNS})


def chunks(ticks: Ticks, rows: int) -> Iterator[Ticks]:
    """Pieces of about `rows` rows, each of whole events; an unfinished event at the end is left
    out."""
    ends = np.flatnonzero(ticks["flags"] & LAST) + 1
    start, whole = 0, ticks.whole_rows()
    while start < whole:
        at = int(np.searchsorted(ends, start + rows))
        stop = int(ends[min(at, len(ends) - 1)])
        yield ticks.rows(start, stop)
        start = stop
