"""Reference features: each column is an object that takes one sample and holds its value.

Rolling indicators keep the window and work every sum out anew: obviously right, and slow.
"""

import struct
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
        self._columns = [part.column() for part in self._parts]

    @property
    def levels(self) -> int:
        """Book levels a side that the columns read."""
        return max((part.levels for part in self._parts), default=0)

    def update(self, kind: int, now_ns: int, top: BookTop, bbo: Bbo, trade: Trade) -> list[float]:
        """Sample the event's columns; the whole row, NaN where not warm."""
        x = FeatureInput(kind, now_ns, top, bbo, trade)
        group = group_of(x)
        for column in self._columns:
            if column.group == group:
                column.update(x)
        return [column.value for column in self._columns]

    def export_state(self) -> bytes:
        """The layout of state.py."""
        columns = []
        for part, column in zip(self._parts, self._columns, strict=True):
            words = b"".join(
                [getattr(column, n).to_bytes(8, "little", signed=True) for n in part.spec.ints]
                + [getattr(column, n).to_bytes(16, "little", signed=True) for n in part.spec.wide]
                + [struct.pack("<d", getattr(column, n)) for n in part.spec.floats]
            )
            window = struct.pack(f"<{len(column.window)}q", *column.window)
            columns.append(state.ColumnState(column.count, column.value, words, window))
        return state.pack([p.spec for p in self._parts], self._fingerprint, columns)

    def import_state(self, data: bytes) -> None:
        """Take over an exported state. DataError, and nothing changed, when it does not fit."""
        periods = [part.period for part in self._parts]
        found = state.unpack([p.spec for p in self._parts], periods, self._fingerprint, data)
        for part, column, entry in zip(self._parts, self._columns, found, strict=True):
            column.count = entry.samples
            column.value = entry.value
            offset = 0
            for name in part.spec.ints:
                setattr(column, name, struct.unpack_from("<q", entry.words, offset)[0])
                offset += 8
            for name in part.spec.wide:
                word = entry.words[offset : offset + 16]
                setattr(column, name, int.from_bytes(word, "little", signed=True))
                offset += 16
            for name in part.spec.floats:
                setattr(column, name, struct.unpack_from("<d", entry.words, offset)[0])
                offset += 8
            column.window.clear()
            column.window.extend(struct.unpack(f"<{len(entry.window) // 8}q", entry.window))
