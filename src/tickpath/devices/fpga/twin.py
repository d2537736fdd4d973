"""What the bank in the fabric must give, on the CPU over many int32 rows.

The integers of `hot/strategy/bank.py`, whose table bytes are read here: sums stay below 2^54, so
int64 holds every one exactly.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import DataError
from tickpath.devices.fpga.port import Rows
from tickpath.devices.fpga.records import Scores

INT32_MAX = 2**31 - 1
HEADER = struct.Struct("<6I")
MAGIC, VERSION = int.from_bytes(b"TPBK", "little"), 1
INPUT_BYTES = 16

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class HiddenNumbers:
    """The hidden layer: weights [H, M], biases [H]."""

    weights: Numbers
    bias: Numbers
    shift: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TableNumbers:
    """A table without the scales of its inputs: M inputs, weights [K, M or H], the rest [K]."""

    inputs: int
    weights: Numbers
    bias: Numbers
    sell: Numbers
    buy: Numbers
    hidden: HiddenNumbers | None


def read_table(table: bytes) -> TableNumbers:
    """The numbers in `Bank.to_bytes()`. DataError when the bytes are torn or are no table."""
    try:
        magic, version, count, width, units, shift = HEADER.unpack_from(table)
    except struct.error as error:
        raise DataError(f"bank table is torn: {error}") from error
    if (magic, version) != (MAGIC, VERSION) or not count or not width:
        raise DataError("not a bank table of version 1: give Bank.to_bytes()")
    deep = units or width
    sizes = [units * width * 4, units * 8, count * deep * 4, count * 8, count * 8, count * 8]
    at = HEADER.size + INPUT_BYTES * width
    if len(table) != at + sum(sizes):
        raise DataError(f"bank table has {len(table)} bytes, its head asks for {at + sum(sizes)}")
    parts: list[Numbers] = []
    for size, kind in zip(sizes, ("<i4", "<i8", "<i4", "<i8", "<i8", "<i8"), strict=True):
        parts.append(np.frombuffer(table[at : at + size], kind).astype(np.int64))
        at += size
    hidden = None
    if units:
        hidden = HiddenNumbers(weights=parts[0].reshape(units, width), bias=parts[1], shift=shift)
    return TableNumbers(
        inputs=width,
        weights=parts[2].reshape(count, deep),
        bias=parts[3],
        sell=parts[4],
        buy=parts[5],
        hidden=hidden,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainHidden:
    """A hidden layer in lists, as the packer reads it."""

    weights: list[list[int]]
    bias: list[int]
    shift: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainTable:
    """A table in lists; `inputs` is there for its length."""

    inputs: range
    weights: list[list[int]]
    bias: list[int]
    sell: list[int]
    buy: list[int]
    hidden: PlainHidden | None


def plain(table: TableNumbers) -> PlainTable:
    """What `table.pack` takes."""
    layer = table.hidden
    return PlainTable(
        inputs=range(table.inputs),
        weights=table.weights.tolist(),
        bias=table.bias.tolist(),
        sell=table.sell.tolist(),
        buy=table.buy.tolist(),
        hidden=None
        if layer is None
        else PlainHidden(
            weights=layer.weights.tolist(), bias=layer.bias.tolist(), shift=layer.shift
        ),
    )


def table_bytes(
    weights: Sequence[Sequence[int]],
    bias: Sequence[int],
    sell: Sequence[int],
    buy: Sequence[int],
) -> bytes:
    """A table without a hidden layer whose inputs are taken as they are."""
    count, width = len(weights), len(weights[0])
    wide = [struct.pack(f"<{count}q", *values) for values in (bias, sell, buy)]
    rows = [struct.pack(f"<{width}i", *row) for row in weights]
    scales = struct.pack("<dd", 0.0, 1.0) * width
    return b"".join([HEADER.pack(MAGIC, VERSION, count, width, 0, 0), scales, *rows, *wide])


def bank_scores(table: TableNumbers, rows: Rows) -> Scores:
    """Scores of int32 rows [n, M]; none is saturated."""
    units = rows.astype(np.int64)
    if table.hidden is not None:
        half = (1 << table.hidden.shift) >> 1
        sums = units @ table.hidden.weights.T + table.hidden.bias + half
        units = np.clip(sums >> table.hidden.shift, 0, INT32_MAX)
    scores = units @ table.weights.T + table.bias
    signals = (scores >= table.buy).astype(np.int8) - (scores <= table.sell).astype(np.int8)
    return Scores(
        scores=scores,
        signals=signals.astype(np.int8),
        votes=signals.sum(axis=1, dtype=np.int32),
        saturated=np.zeros(len(rows), np.bool_),
    )
