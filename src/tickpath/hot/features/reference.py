"""Reference features: each column is an object that takes one step and holds its value.

Plain Python with the operations of the native steps in their order; what an indicator should be is
held against textbook formulas and TA-Lib by the tests.
"""

from collections.abc import Sequence

from tickpath.core.backend import Available
from tickpath.core.config import FeatureSpec
from tickpath.core.records import Bbo, BookTop, Trade
from tickpath.hot.features import catalogue, state
from tickpath.hot.features.sources import FeatureInput, group_of


def probe() -> Available:
    """Plain Python: always there."""
    return Available(ok=True, reason="plain Python")


class Features:
    """Columns of one instrument's feature row."""

    def __init__(self, specs: Sequence[FeatureSpec]) -> None:
        self.specs = tuple(specs)
        self._parts = catalogue.parts_of(self.specs)
        self._fingerprint = catalogue.fingerprint(self._parts)
        self._columns = [(part.column(), part.sampler()) for part in self._parts]

    @property
    def levels(self) -> int:
        """Book levels a side that the columns read."""
        return max((part.levels for part in self._parts), default=0)

    def update(self, kind: int, now_ns: int, top: BookTop, bbo: Bbo, trade: Trade) -> list[float]:
        """Sample the event's columns; the whole row, NaN where not warm."""
        x = FeatureInput(kind, now_ns, top, bbo, trade)
        group = group_of(x)
        for part, (column, sampler) in zip(self._parts, self._columns, strict=True):
            if part.group == group:
                inputs = sampler.inputs(x)
                if inputs is not None:
                    column.update(*inputs)
        return [column.value for column, _ in self._columns]

    def export_state(self) -> bytes:
        """The layout of state.py."""
        return state.pack(
            self._fingerprint,
            [state.pack_column(column, sampler) for column, sampler in self._columns],
        )

    def import_state(self, data: bytes) -> None:
        """Take over an exported state. DataError, and nothing changed, when it does not fit."""
        self._columns = state.unpack(self._parts, self._fingerprint, data)
