"""Reading: parts of a time range as tables of bounded size, without copies where one file gives it.

Parts are in order and their rows are in order, so a range is cut by two binary searches; row groups
outside it are not touched. Memory of an iterator: one row group of the columns asked for.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

import numpy as np

from tickpath.core.errors import DataError
from tickpath.core.ticks import TICK_COLUMNS, Ticks, joined
from tickpath.storage.columns import (
    GROUP_ROWS,
    check_schema,
    numpy_of,
    ticks_of_table,
)
from tickpath.storage.extras import need
from tickpath.storage.layout import Part
from tickpath.storage.metadata import InstrumentMeta, meta_from
from tickpath.storage.place import Place

TIME = "t_recv_ns"
ERRORS = (OSError, ValueError)
"""What pyarrow raises for a damaged file; its own errors are of these."""


def open_part(place: Place, path: str, *, checked: bool = False) -> Any:
    """A `ParquetFile`. Raises DataError for one that is truncated, damaged or of another schema.
    `checked`: the CRC of every page is compared."""
    try:
        file = need("pyarrow.parquet").ParquetFile(
            place.source(path), page_checksum_verification=checked, pre_buffer=False
        )
    except ERRORS as error:
        raise damaged(f"{place.uri}/{path}", error) from error
    check_schema(file.schema_arrow, f"{place.uri}/{path}")
    return file


def damaged(where: str, error: Exception) -> DataError:
    """One line about a file that cannot be read."""
    said = " ".join(str(error).split())[:200]
    return DataError(f"{where}: damaged or truncated ({said}): remove it and write its day again")


def stored_meta(place: Place, part: Part) -> InstrumentMeta:
    """The instrument's sizes that a part was written with."""
    with open_part(place, part.path) as file:
        return meta_from(file.metadata.metadata, f"{place.uri}/{part.path}")


def groups(
    place: Place,
    path: str,
    start_ns: int,
    stop_ns: int,
    columns: Sequence[str],
    *,
    checked: bool = False,
) -> Iterator[Any]:
    """Tables of the rows with start <= t_recv_ns < stop, one a row group."""
    with open_part(place, path, checked=checked) as file:
        yield from groups_of(file, f"{place.uri}/{path}", start_ns, stop_ns, columns)


def groups_of(
    file: Any, where: str, start_ns: int, stop_ns: int, columns: Sequence[str]
) -> Iterator[Any]:
    """`groups` of a file that is open."""
    wanted = list(columns)
    asked = wanted if TIME in wanted else [*wanted, TIME]
    index = file.schema_arrow.get_field_index(TIME)
    for k in range(file.num_row_groups):
        found = file.metadata.row_group(k).column(index).statistics
        inside = False
        if found is not None and found.has_min_max:
            if found.max < start_ns or found.min >= stop_ns:
                continue
            inside = start_ns <= found.min and found.max < stop_ns
        try:
            table = file.read_row_group(k, columns=wanted if inside else asked)
        except ERRORS as error:
            raise damaged(where, error) from error
        if inside:
            yield table.select(wanted)
            continue
        low, high = np.searchsorted(numpy_of(table.column(TIME)), (start_ns, stop_ns))
        if high > low:
            yield table.slice(int(low), int(high - low)).select(wanted)


def tables(
    place: Place,
    parts: Sequence[Part],
    start_ns: int,
    stop_ns: int,
    columns: Sequence[str],
    *,
    checked: bool = False,
) -> Iterator[Any]:
    """The rows of parts, in order."""
    for part in parts:
        if part.last_ns >= start_ns and part.first_ns < stop_ns:
            yield from groups(place, part.path, start_ns, stop_ns, columns, checked=checked)


def events(
    place: Place, parts: Sequence[Part], start_ns: int, stop_ns: int, rows: int = GROUP_ROWS
) -> Iterator[Ticks]:
    """Chunks of whole events, of `rows` rows or what their last event needs more. An event that a
    range cuts off at its end is left out."""
    rest: Ticks | None = None
    for table in tables(place, parts, start_ns, stop_ns, list(TICK_COLUMNS)):
        found = ticks_of_table(table)
        if rest is not None:
            found = joined([rest, found])
        whole = found.whole_rows()
        rest = found.rows(whole, len(found)) if whole < len(found) else None
        yield from _pieces(found.rows(0, whole), rows)


def _pieces(ticks: Ticks, rows: int) -> Iterator[Ticks]:
    """Whole events in pieces."""
    if 0 < len(ticks) <= rows:
        yield ticks
        return
    ends = np.flatnonzero(ticks["flags"] & 1) + 1
    start = 0
    while start < len(ticks):
        at = int(np.searchsorted(ends, start + rows))
        stop = int(ends[min(at, len(ends) - 1)])
        yield ticks.rows(start, stop)
        start = stop


class Found(Enum):
    """What a file is to the rows that are stored at its times."""

    SAME = "the same rows"
    LONGER = "these rows and more behind them"
    OTHER = "other rows"


def compare_rows(
    place: Place, parts: Sequence[Part], path: str, first_ns: int, last_ns: int
) -> tuple[Found, int]:
    """The rows of a file against those of parts between two times, both included; and how many of
    the file's are those of the parts."""
    columns = list(TICK_COLUMNS)
    old = tables(place, parts, first_ns, last_ns + 1, columns)
    new = groups(place, path, first_ns, last_ns + 1, columns)
    left: Any = None
    right: Any = None
    equal = 0
    while True:
        left = next(old, None) if left is None or left.num_rows == 0 else left
        right = next(new, None) if right is None or right.num_rows == 0 else right
        if left is None:
            return Found.SAME if right is None else Found.LONGER, equal
        if right is None:
            return Found.OTHER, equal
        rows = min(left.num_rows, right.num_rows)
        if not left.slice(0, rows).equals(right.slice(0, rows)):
            return Found.OTHER, equal
        left, right = left.slice(rows), right.slice(rows)
        equal += rows


def read_table(
    place: Place, parts: Sequence[Part], start_ns: int, stop_ns: int, columns: Sequence[str]
) -> Any:
    """All rows as one table, a chunk a row group."""
    found = list(tables(place, parts, start_ns, stop_ns, columns))
    pa = need("pyarrow")
    if not found:
        arrow = [pa.field(n, pa.from_numpy_dtype(TICK_COLUMNS[n]), nullable=False) for n in columns]
        return pa.schema(arrow).empty_table()
    return pa.concat_tables([t.replace_schema_metadata(None) for t in found])
