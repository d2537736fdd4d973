"""What is missing: update and trade ids by the venue's chain rule, silence, days without rows.

A depth event follows the one before it when its first id continues that one's last (Binance spot)
or when it names that last id (`prev_id`, futures); a snapshot in between heals, an event CLEAR is a
book that the feed itself gave up and is counted apart. Trade ids count up by one on the venues of
`COUNTED`; elsewhere nothing can be said.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tickpath.core.records import Chain
from tickpath.core.ticks import OrderRow
from tickpath.storage.quality.view import (
    CLEAR,
    DEPTH,
    NS,
    SNAPSHOT,
    TRADE,
    Case,
    Cases,
    Longs,
    Rules,
    View,
)

COUNTED: Final = (
    "binance-spot",
    "binance-usdm",
    "binance-coinm",
    "coinbase",
    "coinbase-exchange",
    "kraken-spot",
)
DAY_NS: Final = 86_400 * NS


def carried(values: Longs, marks: np.ndarray, before: int) -> Longs:
    """For every place the value at the last mark before it, else `before`."""
    places = np.where(marks, np.arange(1, len(values) + 1), 0)
    last = np.concatenate([[0], np.maximum.accumulate(places)[:-1]])
    return np.asarray(np.where(last > 0, values[last - 1], before), np.int64)


def last_of(values: Longs, marks: np.ndarray, before: int) -> int:
    """The value at the last mark, else `before`."""
    places = np.flatnonzero(marks)
    return int(values[places[-1]]) if len(places) else before


@dataclass(slots=True)
class DepthIds:
    """Update ids of depth events, -1 for none known. A CLEAR in a stream of levels says that the
    feed gave a book up; in one of orders it is the venue's own."""

    gaps: int = 0
    missing: int = 0
    stale: int = 0
    clears: int = 0
    has_orders: bool = False
    snapshots: int = 0
    depth_id: int = -1
    snapshot_id: int = -1
    seen: Cases = field(default_factory=lambda: Cases("gap"))

    def take(self, view: View) -> None:
        kind, chain = view.kind, view.chain
        self.clears += int(np.count_nonzero(kind == CLEAR))
        self.has_orders |= bool(np.any((kind >= OrderRow.ADD) & (kind != CLEAR)))
        self.snapshots += int(np.count_nonzero(kind == SNAPSHOT))
        chained = (kind == DEPTH) & (chain != Chain.NONE)
        mask = chained | (kind == SNAPSHOT) | (kind == CLEAR)
        if not np.any(mask):
            return
        rows, kind, chain = view.first[mask], kind[mask], chain[mask]
        ids = view.ticks["last_id"][rows]
        ids = np.where((kind == CLEAR) | ((kind == SNAPSHOT) & (ids == 0)), -1, ids)
        depth = carried(ids, (kind == DEPTH) | (kind == CLEAR), self.depth_id)
        snapshot = carried(ids, kind != DEPTH, self.snapshot_id)
        self._judge(view, rows, kind == DEPTH, chain, depth, snapshot)
        self.depth_id = last_of(ids, kind != SNAPSHOT, self.depth_id)
        self.snapshot_id = last_of(ids, kind != DEPTH, self.snapshot_id)

    def _judge(
        self,
        view: View,
        rows: Longs,
        is_depth: np.ndarray,
        chain: Longs,
        depth: Longs,
        snapshot: Longs,
    ) -> None:
        """Depth events against the one before them and the last snapshot."""
        ticks = view.ticks
        first, last, prev = (ticks[n][rows] for n in ("first_id", "last_id", "prev_id"))
        named = chain == Chain.PREV
        follows = np.where(named, prev == depth, first <= depth + 1)
        healed = (snapshot >= 0) & np.where(named, prev <= snapshot, first <= snapshot + 1)
        known = is_depth & (depth >= 0)
        old = known & (last <= depth)
        gap = known & ~old & ~follows & ~healed
        start = np.where(named, prev, first - 1)
        self.stale += int(np.count_nonzero(old))
        self.gaps += int(np.count_nonzero(gap))
        self.missing += int(np.maximum(start - depth, 0)[gap].sum())
        for k in np.flatnonzero(gap):
            if self.seen.full:
                break
            t_ns = int(ticks["t_recv_ns"][rows[k]])
            self.seen.add(t_ns, f"update ids {depth[k] + 1} to {start[k]} are missing")

    def figures(self) -> dict[str, float]:
        return {
            "gaps": self.gaps,
            "missing_updates": self.missing,
            "stale_updates": self.stale,
            "snapshots": self.snapshots,
            "lost_books": 0 if self.has_orders else self.clears,
        }

    def cases(self) -> list[Case]:
        return self.seen.found


@dataclass(slots=True)
class TradeIds:
    """Trade ids that count up by one."""

    rules: Rules
    gaps: int = 0
    missing: int = 0
    repeated: int = 0
    last: int = 0
    seen: Cases = field(default_factory=lambda: Cases("trade gap"))

    def take(self, view: View) -> None:
        rows = np.flatnonzero((view.ticks["kind"] == TRADE) & (view.ticks["last_id"] > 0))
        if not len(rows):
            return
        ids = view.ticks["last_id"][rows]
        before = np.concatenate([[self.last], ids[:-1]])
        before = np.maximum.accumulate(before)
        self.repeated += int(np.count_nonzero((ids <= before) & (before > 0)))
        self.last = max(self.last, int(ids.max()))
        if self.rules.venue not in COUNTED:
            return
        hole = (ids > before + 1) & (before > 0)
        self.gaps += int(np.count_nonzero(hole))
        self.missing += int((ids - before - 1)[hole].sum())
        for k in np.flatnonzero(hole):
            if self.seen.full:
                break
            t_ns = int(view.ticks["t_recv_ns"][rows[k]])
            self.seen.add(t_ns, f"trades {before[k] + 1} to {ids[k] - 1} are missing")

    def figures(self) -> dict[str, float]:
        return {
            "trade_gaps": self.gaps,
            "missing_trades": self.missing,
            "repeated_trades": self.repeated,
        }

    def cases(self) -> list[Case]:
        return self.seen.found


@dataclass(slots=True)
class Silence:
    """Times without any event."""

    rules: Rules
    count: int = 0
    longest_ns: int = 0
    last_ns: int = 0
    seen: Cases = field(default_factory=lambda: Cases("silence"))

    def take(self, view: View) -> None:
        t_ns = view.t_ns
        before = np.concatenate([[self.last_ns or int(t_ns[0])], t_ns[:-1]])
        quiet = t_ns - before
        self.longest_ns = max(self.longest_ns, int(quiet.max()))
        self.last_ns = int(t_ns[-1])
        long = quiet > int(self.rules.time_gap_s * NS)
        self.count += int(np.count_nonzero(long))
        for k in np.flatnonzero(long):
            if self.seen.full:
                break
            self.seen.add(int(before[k]), f"no event for {quiet[k] / NS:.3f} s")

    def figures(self) -> dict[str, float]:
        return {"time_gaps": self.count, "longest_silence_s": self.longest_ns / NS}

    def cases(self) -> list[Case]:
        return self.seen.found


@dataclass(slots=True)
class Days:
    """Rows by day (UTC)."""

    rows: Counter[int] = field(default_factory=Counter)

    def take(self, view: View) -> None:
        days, counts = np.unique(view.ticks["t_recv_ns"] // DAY_NS, return_counts=True)
        for day, count in zip(days.tolist(), counts.tolist(), strict=True):
            self.rows[day] += count

    def missing(self) -> list[str]:
        """Days between the first and the last without rows."""
        if not self.rows:
            return []
        whole = range(min(self.rows), max(self.rows) + 1)
        return [str(np.datetime64(d, "D")) for d in whole if d not in self.rows]

    def figures(self) -> dict[str, float]:
        return {"days": len(self.rows), "missing_days": len(self.missing())}

    def cases(self) -> list[Case]:
        found = Cases("missing day")
        for day in self.missing():
            found.add(0, f"no rows of {day}")
        return found.found
