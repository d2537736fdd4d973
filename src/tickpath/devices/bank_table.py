"""The bytes of a strategy bank as arrays, and back: where every device that scores banks begins.

The format and what the numbers mean stand in `hot/strategy/bank.py`, whose `Bank.to_bytes` writes
it.
"""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS

INPUTS_MAX = LIMITS["features_max"]
STRATEGIES_MAX = LIMITS["bank_strategies_max"]
SHIFT_MAX = 47
HEADER = struct.Struct("<6I")
MAGIC = int.from_bytes(b"TPBK", "little")
VERSION = 1
PARTS = (
    ("inputs", "<f8"), ("hidden_weights", "<i4"), ("hidden_bias", "<i8"), ("weights", "<i4"),
    ("bias", "<i8"), ("sell", "<i8"), ("buy", "<i8"),
)  # fmt: skip
"""In the order of the bytes."""
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class BankNumbers:
    """K strategies over M inputs behind H hidden units, H = 0: none. `inputs` float64 [M, 2] has
    offset and scale, `hidden_weights` is [H, M], `weights` [K, H or M], the rest [H] or [K]."""

    inputs: npt.NDArray[np.float64]
    hidden_weights: Numbers
    hidden_bias: Numbers
    shift: int
    weights: Numbers
    bias: Numbers
    sell: Numbers
    buy: Numbers


def shapes(count: int, width: int, units: int) -> dict[str, tuple[int, ...]]:
    """Shape of each part."""
    return {
        "inputs": (width, 2),
        "hidden_weights": (units, width),
        "hidden_bias": (units,),
        "weights": (count, units or width),
        "bias": (count,),
        "sell": (count,),
        "buy": (count,),
    }


def read_bank(data: bytes) -> BankNumbers:
    """The numbers in the bytes of `Bank.to_bytes`.

    Raises DataError when they are torn, of another version or beyond limits.toml.
    """
    if len(data) < HEADER.size:
        raise DataError(f"bank table is torn: {len(data)} bytes, write it with Bank.to_bytes")
    magic, version, count, width, units, shift = HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise DataError(f"not a bank table of version {VERSION}: write it with Bank.to_bytes")
    sizes = (0 < count <= STRATEGIES_MAX, 0 < width <= INPUTS_MAX, units <= INPUTS_MAX)
    if not all(sizes) or shift > SHIFT_MAX:
        raise DataError(f"bank table of {count} x {width} x {units}: beyond limits.toml")
    shape = shapes(count, width, units)
    size = HEADER.size + sum(np.dtype(k).itemsize * int(np.prod(shape[n])) for n, k in PARTS)
    if len(data) != size:
        raise DataError(f"bank table is torn: {len(data)} bytes, its header asks for {size}")
    at, found = HEADER.size, dict[str, Any]()
    for name, kind in PARTS:
        values = np.frombuffer(data, kind, int(np.prod(shape[name])), at)
        at += values.nbytes
        wide = values if kind == "<f8" else values.astype(np.int64)
        found[name] = wide.reshape(shape[name])
    return BankNumbers(**found, shift=shift)


def write_bank(bank: BankNumbers) -> bytes:
    """The bytes that `read_bank` reads."""
    count, units = len(bank.weights), len(bank.hidden_bias)
    header = HEADER.pack(MAGIC, VERSION, count, len(bank.inputs), units, bank.shift)
    return header + b"".join(getattr(bank, name).astype(kind).tobytes() for name, kind in PARTS)


def small_bank(weights: Any, bias: Any, sell: Any, buy: Any) -> BankNumbers:
    """A bank without a hidden layer whose inputs are taken as they are; arguments as numpy takes
    them, integers [K, M] and [K]."""
    table = np.asarray(weights, np.int64)
    return BankNumbers(
        inputs=np.tile([0.0, 1.0], (table.shape[1], 1)),
        hidden_weights=np.zeros((0, table.shape[1]), np.int64),
        hidden_bias=np.zeros(0, np.int64),
        shift=0,
        weights=table,
        bias=np.asarray(bias, np.int64),
        sell=np.asarray(sell, np.int64),
        buy=np.asarray(buy, np.int64),
    )
