"""A linear model or a small MLP as a table of the fixed-point strategy bank, and what that costs.

In: the arrays of a dense model (hot/model/arrays.py) with one layer, or with one rectified layer of
at most features_max units before the last, and rows to choose scales on. Out: a bank of one
strategy, whose score is an integer that is `unit` times the model's sum before its sigmoid.

Scales, one a layer: inputs are 2^16 steps a deviation of their column; the largest weight of a
layer takes 18 bits; the hidden units are shifted so that the largest of the rows keeps 2^26, five
bits below where the bank cuts off. Rounding is half to even (Jacob et al. 2018, "Quantization and
Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", has the scheme; here
zero points are the means of the columns). A sum that does not fit its 48 bits halves its scale.

A decision is +1 at or above middle + edge, -1 at or below middle - edge, else 0, where the middle
is 0.5 of a probability and 0 of a return; the bank compares the sums, for a sigmoid is monotone.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tickpath.core.errors import ConfigError
from tickpath.hot.model.arrays import IDENTITY, RELU, SIGMOID, DenseLayer, DenseModel
from tickpath.hot.strategy.bank import (
    INPUTS_MAX,
    SHIFT_MAX,
    WEIGHT_MAX,
    WIDE_MAX,
    Bank,
    BankInput,
    Hidden,
)
from tickpath.hot.strategy.bank_native import BankTableHandle

Floats = NDArray[np.float64]
INPUT_BITS: Final = 16
HIDDEN_BITS: Final = 26
FLIPS_MAX: Final = 1000
"""Flipped rows that a report lists."""


@dataclass(frozen=True, slots=True)
class Quantised:
    """`unit`: how much of the integer score is 1.0 of the model's sum."""

    bank: Bank
    unit: float
    chance: bool

    def scores(self, rows: Floats) -> Floats:
        """The native bank's scores (n,) of finite rows (n, columns), as the model says them."""
        handle = BankTableHandle(self.bank)
        sums = [handle.scores(row) or [0] for row in rows.tolist()]
        found = np.array([s[0] for s in sums], dtype=np.float64) / self.unit
        return np.asarray(0.5 + 0.5 * np.tanh(found / 2) if self.chance else found)

    def decisions(self, rows: Floats) -> NDArray[np.int8]:
        """-1, 0 or 1 of each row, by the native bank."""
        handle = BankTableHandle(self.bank)
        return np.array([handle.signals(row)[0] for row in rows.tolist()], dtype=np.int8)


@dataclass(frozen=True, slots=True)
class Flip:
    """A row that is decided otherwise."""

    row: int
    t_ns: int
    score: float
    bank_score: float
    decision: int
    bank_decision: int


@dataclass(frozen=True, slots=True)
class Report:
    """The bank beside the model on rows that chose no scale. `flips` holds the first FLIPS_MAX."""

    rows: int
    error_max: float
    error_mean: float
    flipped: int
    decided: int
    """Rows on which the model decides for a side."""
    flips: list[Flip]

    @property
    def flips_ppm(self) -> float:
        """Share of all rows."""
        return 1e6 * self.flipped / self.rows


def decisions_of(scores: Floats, middle: float, edge: float) -> NDArray[np.int8]:
    """-1, 0 or 1 of each score."""
    up, down = scores >= middle + edge, scores <= middle - edge
    return up.astype(np.int8) - down.astype(np.int8)


def quantise(model: DenseModel, rows: Floats, edge: float, where: str) -> Quantised:
    """A bank for a checked dense model; scales from these rows. Raises ConfigError where the model
    has another form, or a number does not fit."""
    hidden, last = layers_of(model, where)
    chance = last.activation == SIGMOID
    if not 0.0 < edge < (0.5 if chance else math.inf):
        raise ConfigError(f"edge {edge}: above 0{', below 0.5' if chance else ''}")
    step = float(2**INPUT_BITS)
    inputs = [
        BankInput(m, s * step)
        for m, s in zip(model.mean.tolist(), model.scale.tolist(), strict=True)
    ]
    level = math.log((0.5 + edge) / (0.5 - edge)) if chance else edge
    weight, bias = last.weight[:, model.output], float(last.bias[model.output])
    found = None
    if hidden is not None:
        found, step = hidden_of(hidden, (rows - model.mean) * model.scale, step)
    size = fitting(weight, max(abs(bias), level), step)
    unit = size * step
    bank = Bank(
        inputs=inputs,
        weights=[whole(weight * size)],
        bias=[round(bias * unit)],
        sell=[min(math.floor(-level * unit), -1)],
        buy=[max(math.ceil(level * unit), 1)],
        hidden=found,
    )
    return Quantised(bank, unit, chance)


def layers_of(model: DenseModel, where: str) -> tuple[DenseLayer | None, DenseLayer]:
    """(the hidden layer, the last one). Raises ConfigError."""
    *before, last = model.layers
    good = last.activation in (IDENTITY, SIGMOID) and len(before) <= 1
    good = good and all(
        layer.activation == RELU and len(layer.bias) <= INPUTS_MAX for layer in before
    )
    if not good or model.width > INPUTS_MAX:
        raise ConfigError(
            f"{where}: a bank holds one layer, or one of at most {INPUTS_MAX} rectified units "
            f"before it, and at most {INPUTS_MAX} columns: train with --model linear, or with "
            "--model mlp --hidden 16"
        )
    return (before[0] if before else None), last


def hidden_of(layer: DenseLayer, scaled: Floats, step: float) -> tuple[Hidden, float]:
    """(hidden layer, steps a unit of its outputs)."""
    size = fitting(layer.weight, float(np.abs(layer.bias).max()), step)
    most = float(np.maximum(scaled @ layer.weight + layer.bias, 0.0).max()) * size * step
    shift = min(max(0, math.ceil(math.log2(max(most, 1.0))) - HIDDEN_BITS), SHIFT_MAX)
    hidden = Hidden(
        weights=[whole(column * size) for column in layer.weight.T],
        bias=[round(b * size * step) for b in layer.bias.tolist()],
        shift=shift,
    )
    return hidden, size * step / 2**shift


def fitting(weight: Floats, most: float, step: float) -> float:
    """How many whole numbers a unit of weight takes: the largest weight fits 18 bits, and `most`,
    in units of the sum, 48."""
    largest = float(np.abs(weight).max())
    size = WEIGHT_MAX / largest if largest > 0.0 else 1.0
    while most * size * step > WIDE_MAX:
        size *= 0.5
    return size


def whole(values: Floats) -> list[int]:
    """Rounded half to even."""
    return [int(v) for v in np.rint(values).tolist()]


def judged(
    found: Quantised, scores: Floats, rows: Floats, t_ns: NDArray[np.int64], edge: float
) -> Report:
    """The bank beside the model's own scores (n,) of rows (n, columns)."""
    middle = 0.5 if found.chance else 0.0
    ours, theirs = found.scores(rows), decisions_of(scores, middle, edge)
    decided = found.decisions(rows)
    apart = np.abs(ours - scores)
    places = np.flatnonzero(decided != theirs)
    flips = [
        Flip(int(k), int(t_ns[k]), float(scores[k]), float(ours[k]), int(theirs[k]),
             int(decided[k]))
        for k in places[:FLIPS_MAX]
    ]  # fmt: skip
    return Report(
        len(rows), float(apart.max()), float(apart.mean()), len(places),
        int(np.count_nonzero(theirs)), flips,
    )  # fmt: skip
