"""What every check is given: a chunk of whole events with their borders, and how it answers."""

from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from tickpath.core.records import EventKind
from tickpath.core.ticks import CHAIN_SHIFT, LAST, OrderRow, Ticks

Longs = npt.NDArray[np.int64]
DETAILS_MAX: Final = 10
"""Cases that a check names; all are counted."""
NS: Final = 1_000_000_000
DEPTH, SNAPSHOT = int(EventKind.DEPTH), int(EventKind.SNAPSHOT)
BBO, TRADE, CLEAR = int(EventKind.BBO), int(EventKind.TRADE), int(OrderRow.CLEAR)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What counts as a case. `time_gap_s`: silence longer than this; `skew_jump_s`: a change of
    receive minus venue time from one event to the next; `jump_sigmas`: a price step beyond so many
    robust sigmas; `quantity_factor`: a quantity beyond so many medians; `books`: replay them;
    `venue`: whose rule of trade ids holds, empty: none."""

    time_gap_s: float = 60.0
    skew_jump_s: float = 1.0
    jump_sigmas: float = 500.0
    quantity_factor: float = 100_000.0
    books: bool = True
    venue: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was found. `t_ns`: receive time, 0 when it has none."""

    check: str
    t_ns: int
    text: str


@dataclass(slots=True)
class Cases:
    """The first cases of a check."""

    check: str
    found: list[Case] = field(default_factory=list)

    def add(self, t_ns: int, text: str) -> None:
        if len(self.found) < DETAILS_MAX:
            self.found.append(Case(self.check, t_ns, text))

    @property
    def full(self) -> bool:
        return len(self.found) >= DETAILS_MAX


@dataclass(frozen=True, slots=True)
class View:
    """A chunk of whole events: `first` and `last` are the rows that each begins and ends with."""

    ticks: Ticks
    first: Longs
    last: Longs

    @property
    def kind(self) -> Longs:
        """Of every event."""
        return self.ticks["kind"][self.first].astype(np.int64)

    @property
    def chain(self) -> Longs:
        """Of every event."""
        return (self.ticks["flags"][self.first] >> CHAIN_SHIFT & 3).astype(np.int64)

    @property
    def t_ns(self) -> Longs:
        """Receive time of every event."""
        return self.ticks["t_recv_ns"][self.last]


def view_of(ticks: Ticks) -> View:
    """Borders of a chunk's events; an end that is missing counts as one."""
    last = np.flatnonzero(ticks["flags"] & LAST)
    if len(ticks) and (not len(last) or last[-1] != len(ticks) - 1):
        last = np.append(last, len(ticks) - 1)
    return View(ticks, np.concatenate([[0], last[:-1] + 1]).astype(np.int64), last)


class Check(Protocol):
    """One check of a stream of chunks."""

    def take(self, view: View) -> None:
        """The next chunk."""

    def figures(self) -> dict[str, float]:
        """Counts and measures by name, after the last chunk."""

    def cases(self) -> list[Case]:
        """Some of what was found."""
