"""What goes to a worker and what comes back: a job, a row, and the hash over all rows.

The hash leaves out what may differ between two runs of the same job: the time it took, the memory
of the worker, and how often it was tried.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tickpath.backtest.sweep.space import Value, canonical
from tickpath.core.errors import DataError

Figures = dict[str, Any]
"""What a job found: numbers, texts, None, or lists of numbers, by name."""


@dataclass(frozen=True, slots=True)
class Job:
    """One call of the swept function. `window` is the part of the data it is to use, -1: all."""

    index: int
    params: Mapping[str, Value]
    window: int = -1


@dataclass(frozen=True, slots=True)
class Row:
    """One finished job. `error` is empty, or says why there are no figures."""

    index: int
    params: dict[str, Value]
    window: int = -1
    figures: Figures = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0
    rss_mib: float = 0.0
    attempts: int = 1

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def compared(self) -> str:
        """What must be the same wherever the job ran."""
        return canonical([self.index, self.params, self.window, self.figures, self.error])


def row_of(text: str) -> Row:
    """The inverse of `Row.to_json`. Raises DataError when the text is no row."""
    try:
        data = json.loads(text)
        row = Row(**data)
        if not isinstance(row.index, int) or not isinstance(row.params, dict):
            raise TypeError("index or params")
    except (ValueError, TypeError) as error:
        raise DataError(f"not a row of a sweep: {error}") from error
    return row


def result_hash(rows: Iterable[Row]) -> str:
    """BLAKE2b-64 over the rows in order of their index."""
    found = hashlib.blake2b(digest_size=8)
    for row in sorted(rows, key=lambda r: r.index):
        found.update(row.compared().encode() + b"\n")
    return found.hexdigest()
