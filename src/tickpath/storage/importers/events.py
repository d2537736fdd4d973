"""Rows to events: times that never fall, ids that rise, and groups of rows that end together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from tickpath.core.errors import DataError
from tickpath.core.records import Chain, EventKind
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, Ticks, joined
from tickpath.storage.importers.base import EVENT_ROWS_MAX, Job, at, made
from tickpath.storage.importers.exact import OFF_GRID, Longs
from tickpath.storage.importers.table import Columns

MILLI, MICRO, NANO = (10**11, 10**13), (10**14, 10**16), (10**17, 2**63 - 1)
"""Where a time since 1970 lies in each unit: from 1973 on, so that a second is none of them."""
NS_END: Final = 2**63 - 1
CHAIN_NONE: Final = int(Chain.NONE) << CHAIN_SHIFT
NO_AGGRESSOR: Final = "trades without an aggressor"
OFF_GRID_TRADES: Final = "trades off the grid"


def times_ns(path: Path, values: Longs, rows: Longs, name: str) -> Longs:
    """Milliseconds, microseconds or nanoseconds since 1970, told by their size, to nanoseconds.
    Raises DataError for a number that is none of them."""
    milli = (values >= MILLI[0]) & (values < MILLI[1])
    micro = (values >= MICRO[0]) & (values < MICRO[1])
    nano = values >= NANO[0]
    factor = np.where(milli, 10**6, np.where(micro, 1000, 1))
    wrong = ~(milli | micro | nano) | (values > NS_END // factor)
    if np.any(wrong):
        first = int(np.flatnonzero(wrong)[0])
        raise DataError(
            at(
                path,
                int(rows[first]),
                f"{name} is {values[first]}: no time since 1970 in ms, µs or ns",
            )
        )
    return np.asarray(values * factor, np.int64)


@dataclass(slots=True)
class Clock:
    """The receive time of a file, which never falls. A venue's own times may fall a little."""

    path: Path
    fall_ns_max: int
    last_ns: int = 0

    def __call__(self, times: Longs, rows: Longs) -> Longs:
        """The running maximum. Raises DataError where a time falls by more than is allowed."""
        if not len(times):
            return times
        high = np.maximum(np.maximum.accumulate(times), self.last_ns)
        fall = high - times
        if int(fall.max()) > self.fall_ns_max:
            first = int(np.flatnonzero(fall > self.fall_ns_max)[0])
            raise DataError(
                at(
                    self.path,
                    int(rows[first]),
                    f"time falls by {int(fall[first]) / 1e9:g} s: sort the file by time",
                )
            )
        self.last_ns = int(high[-1])
        return high


@dataclass(slots=True)
class Rising:
    """Ids of a file, each above the one before."""

    path: Path
    job: Job
    what: str
    last: int = -1

    def __call__(self, ids: Longs, rows: Longs) -> np.ndarray:
        """Which rows to keep. Raises DataError at the first that is no news, unless duplicates are
        to be skipped."""
        before = np.concatenate([[self.last], ids[:-1]])
        before = np.maximum.accumulate(before)
        fresh = ids > before
        if not np.all(fresh):
            if not self.job.skip_duplicates:
                first = int(np.flatnonzero(~fresh)[0])
                raise DataError(
                    at(
                        self.path,
                        int(rows[first]),
                        f"{self.what} {ids[first]} is not above {before[first]}: duplicated or "
                        "unsorted rows; sort the file, or drop them by --skip-duplicates",
                    )
                )
            self.job.passed["duplicated rows"] += int(np.count_nonzero(~fresh))
        if len(ids):
            self.last = max(self.last, int(ids.max()))
        return fresh


def kept(columns: Columns, mask: np.ndarray) -> Columns:
    """The rows of a mask."""
    return columns if np.all(mask) else {name: c[mask] for name, c in columns.items()}


def grouped(
    path: Path, source: Iterator[Columns], starts: Callable[[Columns], np.ndarray]
) -> Iterator[tuple[Columns, np.ndarray]]:
    """(columns of whole events, whether a row ends its event). `starts` says which rows begin one,
    from their own columns alone; the first row always does. The last event is held back until the
    next begins or the source ends; a source that fails loses it."""
    held: Columns | None = None
    for fresh in source:
        columns = fresh
        if held is not None:
            columns = {name: np.concatenate([held[name], c]) for name, c in fresh.items()}
        begin = starts(columns)
        begin[0] = True
        last = int(np.flatnonzero(begin)[-1])
        held = {name: c[last:] for name, c in columns.items()}
        if len(columns["row"]) - last > EVENT_ROWS_MAX:
            row = int(held["row"][0])
            raise DataError(at(path, row, f"an event of more than {EVENT_ROWS_MAX} rows"))
        if last:
            ends = np.append(begin[1:last], True)
            yield {name: c[:last] for name, c in columns.items()}, ends
    if held is not None:
        ends = np.zeros(len(held["row"]), bool)
        ends[-1] = True
        yield held, ends


def changed(*columns: Longs) -> np.ndarray:
    """Rows that differ from the row before in any of the columns."""
    begin = np.ones(len(columns[0]), bool)
    begin[1:] = False
    for column in columns:
        begin[1:] |= column[1:] != column[:-1]
    return begin


def thinned(keep: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Events of which only some rows are kept: (rows to keep, which rows are then the only one of
    an event without levels, the LAST flag of the kept rows)."""
    event = np.cumsum(np.concatenate([[0], ends[:-1]]))
    left = np.bincount(event[keep], minlength=int(event[-1]) + 1)
    empty = (left[event] == 0) & np.concatenate([[True], ends[:-1]])
    keep = keep | empty
    of_kept = event[keep]
    last = np.append(of_kept[1:] != of_kept[:-1], True)
    return keep, empty, np.where(last, LAST, 0)


def interleaved(first: Longs, second: Longs) -> Longs:
    """Pairs: first[0], second[0], first[1], ..."""
    return np.stack([first, second], axis=1).reshape(-1)


def traded(
    job: Job,
    columns: Columns,
    t_recv_ns: Longs,
    t_venue_ns: Longs,
    ids: Longs,
    aggressor: Longs,
) -> tuple[Ticks, Longs]:
    """Trades of `price`, `quantity` in ticks and lots, and the index that each came from.
    `aggressor`: 0 buy, 1 sell, else unknown: passed over and counted, as ticks have no such
    trade."""
    price, quantity = columns["price"], columns["quantity"]
    off = (price == OFF_GRID) | (quantity == OFF_GRID)
    known = (aggressor == 0) | (aggressor == 1)
    mask = known & ~off
    if np.any(off):
        job.passed[OFF_GRID_TRADES] += int(np.count_nonzero(off))
    if not np.all(known | off):
        job.passed[NO_AGGRESSOR] += int(np.count_nonzero(~known & ~off))
    found = made(
        int(np.count_nonzero(mask)),
        t_recv_ns=t_recv_ns[mask],
        t_venue_ns=t_venue_ns[mask],
        last_id=ids[mask],
        price_ticks=price[mask],
        quantity_lots=quantity[mask],
        side=aggressor[mask],
        kind=int(EventKind.TRADE),
    )
    return found, np.flatnonzero(mask)


def quoted(
    t_recv_ns: Longs,
    t_venue_ns: Longs,
    ids: Longs,
    bid: tuple[Longs, Longs],
    ask: tuple[Longs, Longs],
) -> tuple[Ticks, Longs]:
    """BBO events of (price, quantity), and the index that each row came from. A price of 0 or
    below is a side that is empty."""
    price = interleaved(bid[0], ask[0])
    there = price > 0
    first, second = there[0::2], there[1::2]
    neither = ~(first | second)
    keep = there.copy()
    keep[0::2] |= neither
    side = np.tile(np.array([0, 1]), len(first))
    side[0::2][neither] = NO_SIDE
    last = np.zeros(len(price), bool)
    last[0::2] = ~second
    last[1::2] = second
    quantity = np.where(there, interleaved(bid[1], ask[1]), 0)
    found = made(
        int(np.count_nonzero(keep)),
        t_recv_ns=np.repeat(t_recv_ns, 2)[keep],
        t_venue_ns=np.repeat(t_venue_ns, 2)[keep],
        last_id=np.repeat(ids, 2)[keep],
        price_ticks=np.where(there, price, 0)[keep],
        quantity_lots=quantity[keep],
        side=side[keep],
        kind=int(EventKind.BBO),
        flags=np.where(last, LAST, 0)[keep],
    )
    return found, np.flatnonzero(keep) // 2


def pictured(
    t_recv_ns: Longs, t_venue_ns: Longs, price: Longs, quantity: Longs
) -> tuple[Ticks, Longs]:
    """A SNAPSHOT event a row of (rows, 2 x levels) tables, bids first, and the index that each row
    came from. What is 0 or less is no level; a row without any is an event of no levels."""
    size, wide = price.shape
    there = (price > 0) & (quantity > 0)
    none = ~there.any(axis=1)
    side = np.broadcast_to(np.repeat([0, 1], wide // 2), (size, wide)).copy()
    side[none, 0] = NO_SIDE
    keep = there.copy()
    keep[none, 0] = True
    flags = np.zeros((size, wide), np.uint8)
    flags[np.arange(size), wide - 1 - np.argmax(keep[:, ::-1], axis=1)] = LAST
    mask = keep.reshape(-1)
    found = made(
        int(np.count_nonzero(mask)),
        t_recv_ns=np.repeat(t_recv_ns, wide)[mask],
        t_venue_ns=np.repeat(t_venue_ns, wide)[mask],
        price_ticks=np.where(there, price, 0).reshape(-1)[mask],
        quantity_lots=np.where(there, quantity, 0).reshape(-1)[mask],
        side=side.reshape(-1)[mask],
        kind=int(EventKind.SNAPSHOT),
        flags=flags.reshape(-1)[mask],
    )
    return found, np.flatnonzero(mask) // wide


def in_order(*parts: tuple[Ticks, Longs]) -> Ticks:
    """Rows of several kinds in the order of the records they came from; of one record in the order
    of the arguments."""
    order = np.argsort(np.concatenate([index for _, index in parts]), kind="stable")
    whole = joined([ticks for ticks, _ in parts])
    return Ticks({name: column[order] for name, column in whole.columns.items()})
