"""Columns of a block of CSV lines as integers, exact, with the row of whatever is refused.

In: lines, the names of the file's columns, the fields an importer wants. Out: int64 columns by
name and `row`, the file's row numbers. Rate: about 1.5 million rows a second with two decimal
columns on one core; a block with a fault is read line by line, at a tenth of that.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.core.errors import DataError, GridError, TickpathError
from tickpath.storage.importers import exact
from tickpath.storage.importers.base import arrow, at, near
from tickpath.storage.importers.exact import ABSENT, OFF_GRID, Longs, NotExactError
from tickpath.storage.importers.sources import Block, blocks

INT64_END = 2**63
WORDS_NAMED_MAX = 6


class Kind(Enum):
    """What a field holds: an integer, a multiple of a step, one of some words, or an id that
    counts only where it is a number."""

    INTEGER = 0
    COUNT = 1
    WORD = 2
    ID = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One wanted column. `least`: the smallest value; `optional`: may be empty (ABSENT); `loose`:
    a number off the grid becomes OFF_GRID instead of an error."""

    name: str
    kind: Kind
    step: Decimal = Decimal(1)
    words: Mapping[str, int] = field(default_factory=dict)
    least: int = 0
    optional: bool = False
    loose: bool = False


def integer(name: str, least: int = 0) -> Field:
    return Field(name=name, kind=Kind.INTEGER, least=least)


def counts(
    name: str, step: Decimal, least: int = 0, *, optional: bool = False, loose: bool = False
) -> Field:
    return Field(name=name, kind=Kind.COUNT, step=step, least=least, optional=optional, loose=loose)


def word(name: str, words: Mapping[str, int]) -> Field:
    return Field(name=name, kind=Kind.WORD, words=words)


def same(name: str, text: str) -> Field:
    """Every row must say this."""
    return Field(name=name, kind=Kind.WORD, words={text: 0})


def identity(name: str) -> Field:
    return Field(name=name, kind=Kind.ID)


@dataclass(frozen=True, slots=True)
class Layout:
    """The file's columns in order, what is wanted of them, and rows before the first to read."""

    names: Sequence[str]
    fields: Sequence[Field]
    header: bool
    tolerance: Decimal = Decimal(0)


Columns = dict[str, Longs]


def columns_of(path: Path, layout: Layout) -> Iterator[Columns]:
    """The file's rows, block by block. Raises DataError or GridError with file and row, after what
    stood before the row was given."""
    first = layout.header
    for block in blocks(path):
        if first:
            data = block.data.partition(b"\n")[2]
            block, first = Block(block.row + 1, data), False
            if not data.strip():
                continue
        found, fault = read_block(path, block, layout)
        if len(found["row"]):
            yield found
        if fault is not None:
            raise fault


def read_block(path: Path, block: Block, layout: Layout) -> tuple[Columns, TickpathError | None]:
    """The rows of a block up to the first that is refused, and why it is."""
    try:
        return _read_fast(block, layout), None
    except NotExactError:
        return _read_slow(path, block, layout)


def _read_fast(block: Block, layout: Layout) -> Columns:
    """By Arrow. Raises NotExactError when anything is not as it should be."""
    pa, pc = arrow(), arrow("pyarrow.csv")
    keys = [f"c{k}" for k in range(len(layout.names))]
    key = {f.name: keys[list(layout.names).index(f.name)] for f in layout.fields}
    types: dict[str, Any] = {}
    for f in layout.fields:
        if f.kind == Kind.INTEGER:
            types[key[f.name]] = pa.int64()
        elif f.kind == Kind.COUNT:
            types[key[f.name]] = pa.decimal128(38, exact.scale_of(f.step)[0])
        elif f.kind == Kind.WORD:
            types[key[f.name]] = pa.dictionary(pa.int32(), pa.string())
        else:
            types[key[f.name]] = pa.string()
    try:
        read = pc.read_csv(
            pa.BufferReader(block.data),
            read_options=pc.ReadOptions(
                column_names=keys, use_threads=False, block_size=max(len(block.data), 1024)
            ),
            convert_options=pc.ConvertOptions(
                column_types=types,
                include_columns=list(dict.fromkeys(key.values())),
                null_values=[""],
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeDecodeError) as error:
        raise NotExactError from error
    found = {f.name: _column(read[key[f.name]].combine_chunks(), f) for f in layout.fields}
    found["row"] = _rows(block, read.num_rows)
    return found


def _rows(block: Block, count: int) -> Longs:
    """The file's row of every table row."""
    lines = block.data.count(b"\n") + (not block.data.endswith(b"\n"))
    if lines == count:
        return np.arange(block.row, block.row + count, dtype=np.int64)
    rows = np.fromiter((n for n, _ in block.lines()), np.int64)
    if len(rows) != count:
        raise NotExactError
    return rows


def _column(column: Any, f: Field) -> Longs:
    """One Arrow column as integers."""
    if hasattr(column, "num_chunks"):
        column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if f.kind == Kind.WORD:
        codes = [f.words.get(text, -1) for text in column.dictionary.to_pylist()]
        if -1 in codes or column.null_count:
            raise NotExactError
        table = np.array(codes or [0], np.int64)
        return np.asarray(table[column.indices.to_numpy()], np.int64)
    if f.kind == Kind.ID:
        return _ids(column)
    if f.kind == Kind.COUNT:
        values = exact.counts_of_decimals(column, exact.scale_of(f.step)[1])
    elif column.null_count:
        raise NotExactError
    else:
        values = column.to_numpy().astype(np.int64, copy=False)
    given = values[values != ABSENT] if f.optional else values
    if given.size and int(given.min()) < f.least:
        raise NotExactError
    return values


def _ids(column: Any) -> Longs:
    """Numbers of at most 18 digits; 0 for any other text."""
    pa, compute = arrow(), arrow("pyarrow.compute")
    short = compute.less_equal(compute.utf8_length(column), 18)
    number = compute.and_(compute.match_substring_regex(column, "^[0-9]+$"), short)
    digits = compute.if_else(number, column, pa.scalar("0"))
    return np.asarray(digits.cast(pa.int64()).to_numpy(), np.int64)


def _read_slow(path: Path, block: Block, layout: Layout) -> tuple[Columns, TickpathError | None]:
    """Line by line: the rows before the first fault, and the fault."""
    places = [(f, list(layout.names).index(f.name)) for f in layout.fields]
    rows: list[list[int]] = []
    fault: TickpathError | None = None
    for number, line in block.lines():
        try:
            parts = next(csv.reader([line.decode("utf-8")], strict=True), [])
            if len(parts) != len(layout.names):
                raise DataError(
                    f"{len(parts)} fields where {len(layout.names)} are expected: cut short?"
                )
            rows.append([number, *(_value(parts[k], f, layout.tolerance) for f, k in places)])
        except (UnicodeDecodeError, csv.Error) as error:
            fault = DataError(at(path, number, f"no CSV text ({error})"))
        except GridError as error:
            fault = GridError(at(path, number, str(error)))
        except DataError as error:
            fault = DataError(at(path, number, str(error)))
        if fault is not None:
            break
    table = np.array(rows, np.int64).reshape(len(rows), len(places) + 1)
    found = {f.name: np.ascontiguousarray(table[:, k]) for k, (f, _) in enumerate(places, 1)}
    found["row"] = np.ascontiguousarray(table[:, 0])
    return found, fault


def _value(text: str, f: Field, tolerance: Decimal) -> int:
    """One field. Raises GridError or DataError without the place."""
    text = text.strip()
    if f.kind == Kind.WORD:
        if text not in f.words:
            known = ", ".join(list(f.words)[:WORDS_NAMED_MAX])
            raise DataError(f"{f.name} is {text[:40]!r}{near(text, f.words)}: must be {known}")
        return f.words[text]
    if f.kind == Kind.ID:
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
    if f.optional and not text:
        return ABSENT
    if f.kind == Kind.INTEGER:
        if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()):
            raise DataError(f"{f.name} is {text[:40]!r}: must be an integer")
        value = int(text) if len(text) <= 20 else INT64_END
        if not -INT64_END < value < INT64_END:
            raise DataError(f"{f.name} is {text[:40]}: out of range")
    else:
        try:
            value = exact.count_of_text(text, f.step, tolerance)
        except GridError as error:
            if f.loose and "multiple" in str(error):
                return OFF_GRID
            raise GridError(f"{f.name} {error}") from error
    if value < f.least:
        raise DataError(f"{f.name} is {text[:40]}: must be {f.least} or more steps of {f.step}")
    return value
