"""Features: book top, BBO record and trade in, a row of float64 columns out.

In: one event (kind, book top, BBO, trade) of one instrument. Out: the row, prices in ticks,
quantities in lots, NaN until a column is warm. State: one `Features` per instrument, owned by the
engine, changed only by `update`. Budget: 10 ns a column, 60 ns a row of six.
When an event samples nothing (the book is not OK, or no column reads that kind) the row repeats.
Indicators are the files of indicators/; sources are listed in sources.py.
"""

from collections.abc import Sequence
from typing import Protocol

from tickpath.core.config import FeatureSpec
from tickpath.core.records import Bbo, BookTop, Trade


class Features(Protocol):
    """What every backend of this stage offers. Built as `Features(specs)`."""

    specs: tuple[FeatureSpec, ...]

    def __init__(self, specs: Sequence[FeatureSpec]) -> None: ...

    @property
    def levels(self) -> int:
        """Book levels a side that the columns read."""

    def update(self, kind: int, now_ns: int, top: BookTop, bbo: Bbo, trade: Trade) -> list[float]:
        """Sample the event's columns and return the whole row."""

    def export_state(self) -> bytes:
        """The layout of state.py."""

    def import_state(self, data: bytes) -> None:
        """Take over an exported state of the same specs."""
