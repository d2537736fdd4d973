"""The fixed-point strategy bank: K strategies x M features, bit-equal on every backend.

    q_i    = saturate32(round_half_even((feature_i - offset_i) * scale_i))         int32
    h_j    = clamp((hidden_bias_j + sum_i hidden_weight_ji * q_i + half) >> shift, 0, 2^31 - 1)
    score_k = bias_k + sum_i weight_ki * x_i          x = h where there is a hidden layer, else q
    signal_k = +1 when score_k >= buy_k, -1 when score_k <= sell_k, else 0

Weights are int18, biases and thresholds int48, sums int64: at most 32 products of 2^31 x 2^17 and a
bias, below 2^54, so no sum can overflow. `half` is 2^(shift-1), 0 when shift is 0 (round half up).
A feature that is not a number makes every signal 0 and every score 0. bank.pxd is the twin.

Table format (`Bank.to_bytes`), little endian, no padding, for files, CUDA and RTL:
    u32 magic "TPBK", u32 version = 1, u32 K, u32 M, u32 H (0: no hidden layer), u32 shift
    M x (f64 offset, f64 scale)
    H x M i32 hidden weights, row by row;  H i64 hidden biases
    K x (H or M) i32 weights, row by row;  K i64 biases;  K i64 sell;  K i64 buy
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS

MAGIC = int.from_bytes(b"TPBK", "little")
VERSION = 1
HEADER = struct.Struct("<6I")
WEIGHT_MAX = 2**17 - 1
WIDE_MAX = 2**47 - 1
INT32_MAX = 2**31 - 1
SHIFT_MAX = 47
INPUTS_MAX = LIMITS["features_max"]
STRATEGIES_MAX = LIMITS["bank_strategies_max"]
ROUNDER = 6755399441055744.0
"""1.5 * 2^52: adding and taking it away rounds half to even below 2^51 (Hacker's Delight, 17-3)."""


class BankInput(NamedTuple):
    """How a float64 feature becomes an int32."""

    offset: float
    scale: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Hidden:
    """A shared hidden layer of H rectified units."""

    weights: Sequence[Sequence[int]]
    bias: Sequence[int]
    shift: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Bank:
    """A table. `weights` has K rows of H or M numbers."""

    inputs: Sequence[BankInput]
    weights: Sequence[Sequence[int]]
    bias: Sequence[int]
    sell: Sequence[int]
    buy: Sequence[int]
    hidden: Hidden | None = None

    def __post_init__(self) -> None:
        width = len(self.inputs)
        check(1 <= width <= INPUTS_MAX, f"{width} inputs: 1 to {INPUTS_MAX} (features_max)")
        for k, item in enumerate(self.inputs):
            check(
                math.isfinite(item.offset) and math.isfinite(item.scale) and item.scale != 0.0,
                f"input {k}: offset and scale must be finite, the scale not 0",
            )
        if self.hidden is not None:
            check_rows("hidden", self.hidden.weights, width, INPUTS_MAX)
            check_wide("hidden bias", self.hidden.bias, len(self.hidden.weights))
            check(0 <= self.hidden.shift <= SHIFT_MAX, f"hidden shift outside 0 to {SHIFT_MAX}")
            width = len(self.hidden.weights)
        check_rows("weights", self.weights, width, STRATEGIES_MAX)
        count = len(self.weights)
        for name in ("bias", "sell", "buy"):
            check_wide(name, getattr(self, name), count)
        check(
            all(low < high for low, high in zip(self.sell, self.buy, strict=True)),
            "each sell threshold must lie below its buy threshold",
        )

    def quantise(self, features: Sequence[float]) -> list[int] | None:
        """int32 inputs, None when a feature is not a number."""
        found = []
        for item, feature in zip(self.inputs, features, strict=True):
            x = (feature - item.offset) * item.scale
            if math.isnan(x):
                return None
            if x >= float(INT32_MAX):
                found.append(INT32_MAX)
            elif x <= float(-INT32_MAX - 1):
                found.append(-INT32_MAX - 1)
            else:
                found.append(int((x + ROUNDER) - ROUNDER))
        return found

    def scores(self, features: Sequence[float]) -> list[int] | None:
        """One int64 a strategy, None when a feature is not a number."""
        row = self.quantise(features)
        return None if row is None else self.scores_of(row)

    def scores_of(self, row: Sequence[int]) -> list[int]:
        """One int64 a strategy from int32 inputs."""
        if self.hidden is not None:
            half = (1 << self.hidden.shift) >> 1
            row = [
                min(max((dot(w, row) + b + half) >> self.hidden.shift, 0), INT32_MAX)
                for w, b in zip(self.hidden.weights, self.hidden.bias, strict=True)
            ]
        return [dot(w, row) + b for w, b in zip(self.weights, self.bias, strict=True)]

    def signals(self, features: Sequence[float]) -> list[int]:
        """-1, 0 or 1 a strategy."""
        scores = self.scores(features)
        return [0] * len(self.weights) if scores is None else self.signals_of(scores)

    def signals_of(self, scores: Sequence[int]) -> list[int]:
        """The signals of scores."""
        return [
            (score >= buy) - (score <= sell)
            for score, sell, buy in zip(scores, self.sell, self.buy, strict=True)
        ]

    def to_bytes(self) -> bytes:
        """The table format above."""
        hidden = self.hidden
        units = len(hidden.weights) if hidden else 0
        out = [
            HEADER.pack(
                MAGIC, VERSION, len(self.weights), len(self.inputs), units,
                hidden.shift if hidden else 0,
            )
        ]  # fmt: skip
        out += [struct.pack("<dd", *item) for item in self.inputs]
        if hidden:
            out += [struct.pack(f"<{len(row)}i", *row) for row in hidden.weights]
            out.append(struct.pack(f"<{units}q", *hidden.bias))
        out += [struct.pack(f"<{len(row)}i", *row) for row in self.weights]
        out += [struct.pack(f"<{len(v)}q", *v) for v in (self.bias, self.sell, self.buy)]
        return b"".join(out)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Bank":
        """Read a table. DataError when it is torn, ConfigError when a number does not fit."""
        try:
            magic, version, count, width, units, shift = HEADER.unpack_from(data)
            if magic != MAGIC or version != VERSION:
                raise DataError(f"not a bank table of version {VERSION}: wrong magic or version")
            if not (0 < count <= STRATEGIES_MAX and width <= INPUTS_MAX and units <= INPUTS_MAX):
                raise DataError(f"bank table of {count} x {width} x {units}: beyond limits.toml")
            reader = Reader(data, HEADER.size)
            inputs = [BankInput(*reader.take("d", 2)) for _ in range(width)]
            hidden = None
            if units:
                rows = [reader.take("i", width) for _ in range(units)]
                hidden = Hidden(weights=rows, bias=reader.take("q", units), shift=shift)
            weights = [reader.take("i", units or width) for _ in range(count)]
            bias, sell, buy = (reader.take("q", count) for _ in range(3))
        except struct.error as error:
            raise DataError(f"bank table is torn: {error}") from error
        if reader.at != len(data):
            raise DataError(f"bank table has {len(data) - reader.at} bytes behind its end")
        return cls(inputs=inputs, weights=weights, bias=bias, sell=sell, buy=buy, hidden=hidden)


class Reader:
    """Numbers one behind the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def take(self, kind: str, count: int) -> tuple[int, ...]:
        """The next `count` numbers of a struct format letter."""
        form = struct.Struct(f"<{count}{kind}")
        values = form.unpack_from(self.data, self.at)
        self.at += form.size
        return values


def dot(weights: Sequence[int], row: Sequence[int]) -> int:
    """Exact sum of products."""
    return sum(w * x for w, x in zip(weights, row, strict=True))


def check(good: bool, message: str) -> None:
    if not good:
        raise ConfigError(f"bank: {message}")


def check_rows(name: str, rows: Sequence[Sequence[int]], width: int, most: int) -> None:
    check(1 <= len(rows) <= most, f"{name}: {len(rows)} rows, 1 to {most} are allowed")
    for k, row in enumerate(rows):
        check(len(row) == width, f"{name} row {k}: {len(row)} numbers, expected {width}")
        good = all(-WEIGHT_MAX - 1 <= w <= WEIGHT_MAX for w in row)
        check(good, f"{name} row {k}: a weight does not fit 18 bits")


def check_wide(name: str, values: Sequence[int], count: int) -> None:
    check(len(values) == count, f"{name}: {len(values)} numbers, expected {count}")
    good = all(-WIDE_MAX - 1 <= v <= WIDE_MAX for v in values)
    check(good, f"{name}: a number does not fit 48 bits")
