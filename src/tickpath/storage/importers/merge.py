"""Files of one symbol as one stream in order of receive time: days behind each other, trades and
books of a day into each other. Rows of one time stand in the order of the files' names.

Memory: two chunks a file that is open; a file is opened when the stream reaches its first time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from tickpath.core.errors import DataError
from tickpath.core.ticks import Ticks, joined

OPEN_MAX: Final = 64
"""Files that may be open at a time: more of one time are refused."""


@dataclass(slots=True)
class Source:
    """One file. `kind`: what it holds; two files of one kind must not overlap."""

    path: Path
    kind: str
    open: Callable[[], Iterator[Ticks]]
    first_ns: int = 0
    last_ns: int = 0
    peeked: bool = False
    empty: bool = False
    chunks: Iterator[Ticks] | None = None
    held: Ticks | None = None

    def peek(self) -> bool:
        """Look for the first time, once. False for a file without events."""
        if not self.peeked:
            chunk = next(self.open(), None)
            self.peeked, self.empty = True, chunk is None
            self.first_ns = 0 if chunk is None else int(chunk["t_recv_ns"][0])
        return not self.empty

    def begin(self) -> None:
        self.chunks = self.open()
        self.more()

    def more(self) -> bool:
        """The next chunk behind what is held. False at the end."""
        chunk = next(self.chunks, None) if self.chunks is not None else None
        if chunk is None:
            self.chunks = None
            return False
        rest = self.held
        self.held = chunk if rest is None or not len(rest) else joined([rest, chunk])
        self.last_ns = int(chunk["t_recv_ns"][-1])
        return True

    def until(self, t_ns: int) -> Ticks | None:
        """Rows before a time, taken away."""
        held = self.held
        if held is None:
            return None
        cut = int(np.searchsorted(held["t_recv_ns"], t_ns, "left"))
        self.held = held.rows(cut, len(held)) if cut < len(held) else None
        return held.rows(0, cut) if cut else None


@dataclass(slots=True)
class Merge:
    """Iterates over chunks; `ended` has the files that gave all their rows, with the last time: all
    of them that end before the last row given."""

    sources: Sequence[Source]
    ended: dict[Path, int] = field(default_factory=dict)
    empty: list[Path] = field(default_factory=list)

    def __iter__(self) -> Iterator[Ticks]:
        waiting = self.peeked()
        active: list[Source] = []
        while waiting or active:
            if not active:
                active.append(self.started(waiting.pop(0)))
            end = self.horizon(active)
            while waiting and waiting[0].first_ns < end:
                active.append(self.started(waiting.pop(0)))
                active.sort(key=lambda s: s.path.name)
                self.check(active)
                end = self.horizon(active)
            if waiting:
                end = min(end, waiting[0].first_ns)
            parts = [part for source in active if (part := source.until(end)) is not None]
            active = [source for source in active if not self.over(source)]
            if parts:
                yield in_time(parts)

    def peeked(self) -> list[Source]:
        """Sources by their first time; files without events are left out."""
        found = []
        for source in self.sources:
            if source.peek():
                found.append(source)
            else:
                self.empty.append(source.path)
        return sorted(found, key=lambda s: (s.first_ns, s.path.name))

    def started(self, source: Source) -> Source:
        source.begin()
        return source

    def horizon(self, active: list[Source]) -> int:
        """The first time of which more may come; every source holds some row before it."""
        if len(active) > OPEN_MAX:
            raise DataError(f"more than {OPEN_MAX} files of one time: import them in smaller parts")
        for source in active:
            while source.chunks is not None and (
                source.held is None or int(source.held["t_recv_ns"][0]) == source.last_ns
            ):
                if not source.more():
                    break
                self.check(active)
        return min((s.last_ns for s in active if s.chunks is not None), default=2**63 - 1)

    def check(self, active: list[Source]) -> None:
        """Raises DataError when two files of one kind overlap."""
        ordered = sorted(active, key=lambda s: s.first_ns)
        for k, later in enumerate(ordered):
            for earlier in ordered[:k]:
                if earlier.kind == later.kind and earlier.last_ns > later.first_ns:
                    raise DataError(
                        f"{later.path}: overlaps {earlier.path}: both hold {later.kind} of the "
                        f"time {later.first_ns} ns; leave one out"
                    )

    def over(self, source: Source) -> bool:
        """Whether a source has nothing left; then it is noted."""
        if source.held is not None or source.chunks is not None:
            return False
        self.ended[source.path] = source.last_ns
        return True


def in_time(parts: Sequence[Ticks]) -> Ticks:
    """Parts that are each in order as one; of one time the earlier part's rows come first."""
    if len(parts) == 1:
        return parts[0]
    whole = joined(parts)
    order = np.argsort(whole["t_recv_ns"], kind="stable")
    return Ticks({name: column[order] for name, column in whole.columns.items()})
