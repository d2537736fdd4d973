"""Events that are there twice: equal in every column to the event before them, times included.

Repeated and falling ids of trades and updates are counted by `gaps.py`.
"""

from dataclasses import dataclass, field

import numpy as np

from tickpath.core.ticks import TICK_COLUMNS, OrderRow, Ticks
from tickpath.storage.quality.view import Case, Cases, View

SINGLE_KINDS = (int(OrderRow.ADD), int(OrderRow.DELETE), int(OrderRow.REPLACE))
"""An order can do these once: of other events without an id two that are equal may both be true."""


@dataclass(slots=True)
class Duplicates:
    """Consecutive equal events. Trades and reductions without an id may be two that look alike."""

    count: int = 0
    last: Ticks | None = None
    seen: Cases = field(default_factory=lambda: Cases("duplicate"))

    def take(self, view: View) -> None:
        ticks, offset = view.ticks, 0
        first, last = view.first, view.last
        if self.last is not None:
            offset = len(self.last)
            columns = {n: np.concatenate([self.last[n], ticks[n]]) for n in TICK_COLUMNS}
            first = np.concatenate([[0], first + offset])
            last = np.concatenate([[offset - 1], last + offset])
        else:
            columns = dict(ticks.columns)
        self.last = ticks.rows(int(view.first[-1]), int(view.last[-1]) + 1)
        sizes = last - first + 1
        alike = np.flatnonzero(
            (sizes[1:] == sizes[:-1])
            & (columns["t_recv_ns"][first[1:]] == columns["t_recv_ns"][first[:-1]])
            & self._telling(columns, first[1:])
        )
        for k in alike:
            a, b, size = int(first[k]), int(first[k + 1]), int(sizes[k])
            if all(np.array_equal(c[a : a + size], c[b : b + size]) for c in columns.values()):
                self.count += 1
                self.seen.add(int(columns["t_recv_ns"][b]), "an event equal to the one before")

    @staticmethod
    def _telling(columns: dict[str, np.ndarray], first: np.ndarray) -> np.ndarray:
        """Events of which a second equal one says nothing new."""
        kind = columns["kind"][first]
        numbered = columns["last_id"][first] > 0
        return np.asarray(numbered | (kind < 4) | np.isin(kind, SINGLE_KINDS), bool)

    def figures(self) -> dict[str, float]:
        return {"duplicates": self.count}

    def cases(self) -> list[Case]:
        return self.seen.found
