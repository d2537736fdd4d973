"""Reference model: plain loops over lists of floats, in the order that the native code keeps.

A layer's output is the sum of two sums: bias plus weight * input over the inputs 0, 2, 4, ..., and
the same without bias over the inputs 1, 3, 5, ..., each one addition after the other.
An ensemble adds its leaves in the order of the trees. Recurrent layers: recurrent.py.
"""

import math
from collections.abc import Sequence

import numpy as np

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import ModelSpec
from tickpath.hot.model import arrays, recurrent
from tickpath.hot.model.arrays import (
    DenseLayer,
    DenseModel,
    RecurrentModel,
    Singles,
    TreesModel,
)

TANH_CLAMP = 12.0
TANH_NUM = (
    11.999999999831017,
    250.20889174149875,
    1232.568726127207,
    2075.7028262952986,
    1250.6370592547382,
    222.2329578135712,
    5.103695842553799,
)
TANH_DEN = (
    1.0,
    68.85074096865435,
    642.7496289856612,
    1814.7714489726518,
    1842.1301301557864,
    629.881019145811,
    49.07118921463661,
)
LOG2_E = 1.4426950408889634
LN2_HIGH = 0.693147180369123816490
LN2_LOW = 1.90821492927058770002e-10
EXP_TERMS = tuple(1.0 / math.factorial(k) for k in range(14))


def probe() -> Available:
    """Plain Python: always there."""
    return Available(ok=True, reason="plain Python")


def polynomial(coefficients: Sequence[float], z: float) -> float:
    """Horner's rule, constant first."""
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * z + coefficient
    return total


def tanh(x: float) -> float:
    """tanh within 1e-10, from + - * / alone so that every processor gives the same bits.

    u * P(u**2) / Q(u**2) with u = x / 12 on [-12, 12], constant beyond (there 1 - tanh < 8e-11).
    P and Q are a minimax fit of our own (weighted least squares on 4000 Chebyshev points, error
    2.5e-12).
    """
    x = TANH_CLAMP if x > TANH_CLAMP else x
    x = -TANH_CLAMP if x < -TANH_CLAMP else x
    u = x * (1.0 / TANH_CLAMP)
    z = u * u
    return u * polynomial(TANH_NUM, z) / polynomial(TANH_DEN, z)


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)) within 1e-10, by the tanh above."""
    return tanh(x * 0.5) * 0.5 + 0.5


def exp(x: float) -> float:
    """exp of a finite x <= 0 within 1e-15 relative, constant below -700 (there exp < 1e-304).

    exp(n ln 2 + r) = 2**n * exp(r) with |r| <= ln(2) / 2 up to rounding: Taylor's series to degree
    13; ln 2 in two parts (Cody and Waite, "Software Manual for the Elementary Functions", 1980).
    """
    x = -700.0 if x < -700.0 else x
    n = int(x * LOG2_E - 0.5)
    r = (x - float(n) * LN2_HIGH) - float(n) * LN2_LOW
    return polynomial(EXP_TERMS, r) * math.ldexp(1.0, n)


def softmax(z: Sequence[float], output: int) -> float:
    """exp(z[output]) / sum of exp(z[k]), the largest z taken from all; NaN unless all are
    finite."""
    if not all(math.isfinite(value) for value in z):
        return math.nan
    most = max(z)
    terms = [exp(value - most) for value in z]
    total = 0.0
    for term in terms:
        total = total + term
    return terms[output] / total


def activate(x: float, activation: int) -> float:
    """One output after the sum. NaN stays NaN."""
    if activation == arrays.RELU:
        return 0.0 if x < 0.0 else x
    if activation == arrays.SIGMOID:
        return sigmoid(x)
    return tanh(x) if activation == arrays.TANH else x


def layer_of(layer: DenseLayer, values: list[float]) -> list[float]:
    """The outputs of one layer."""
    out = []
    for j, bias in enumerate(layer.bias.tolist()):
        terms = zip(layer.weight[:, j].tolist(), values, strict=True)
        sums = [bias, 0.0]
        for i, (weight, value) in enumerate(terms):
            sums[i % 2] = sums[i % 2] + weight * value
        out.append(activate(sums[0] + sums[1], layer.activation))
    return out


def dense_score(model: DenseModel, row: Sequence[float]) -> float:
    """The chosen output of the last layer."""
    shift = zip(row, model.mean.tolist(), model.scale.tolist(), strict=True)
    values: list[float] = [(value - mean) * scale for value, mean, scale in shift]
    for layer in model.layers:
        values = layer_of(layer, values)
    if model.layers[-1].activation == arrays.SOFTMAX:
        return softmax(values, model.output)
    return values[model.output]


def leaf_of(model: TreesModel, root: int, row: Sequence[float]) -> float:
    """Walk one tree: value <= threshold goes left."""
    node = root
    while model.left[node] >= 0:
        goes_left = row[model.feature[node]] <= float(model.threshold[node])
        node = int(model.left[node] if goes_left else model.right[node])
    return float(model.value[node])


def trees_score(model: TreesModel, row: Sequence[float]) -> float:
    """base + sum of the leaves, or their average; or the sigmoid of that."""
    total = 0.0
    for root in model.root.tolist():
        total = total + leaf_of(model, root, row)
    if model.average:
        total = total / float(len(model.root))
    total = model.base + total
    return sigmoid(total) if model.sigmoid else total


class Model:
    """One loaded model."""

    def __init__(self, spec: ModelSpec, width: int) -> None:
        self.spec = spec
        self._model = arrays.load(spec, width)
        self._fingerprint = arrays.fingerprint(self._model)
        self.steps = self._model.steps if isinstance(self._model, RecurrentModel) else 0
        self._rows: list[Singles] = []

    def score(self, row: Sequence[float]) -> tuple[int, float]:
        """(code, score); the score counts only with Code.OK."""
        model = self._model
        if model is None:
            return Code.MODEL_NONE, 0.0
        if len(row) != model.width:
            return Code.MODEL_SHAPE, 0.0
        if isinstance(model, RecurrentModel):
            return self._recurrent(model, row)
        if not all(math.isfinite(value) for value in row):
            return Code.MODEL_NOT_FINITE, 0.0
        if isinstance(model, DenseModel):
            score = dense_score(model, row)
        else:
            score = trees_score(model, row)
        return (Code.OK, score) if math.isfinite(score) else (Code.MODEL_NOT_FINITE, 0.0)

    def _recurrent(self, model: RecurrentModel, row: Sequence[float]) -> tuple[int, float]:
        """A row that is not finite empties the window; nothing is said before it is full."""
        values = recurrent.seen(model, row)
        if not np.isfinite(values).all():
            self._rows.clear()
            return Code.MODEL_NOT_FINITE, 0.0
        self._rows = [*self._rows, values][-model.steps :]
        if len(self._rows) < model.steps:
            return Code.MODEL_COLD, 0.0
        score = dense_score(model.head, recurrent.units_of(model, self._rows))
        return (Code.OK, score) if math.isfinite(score) else (Code.MODEL_NOT_FINITE, 0.0)

    def export_state(self) -> bytes:
        """u32 version = 1, u64 fingerprint of the model; of a recurrent one the rows that it
        keeps, float32, the oldest first."""
        kept = b"".join(row.astype("<f4").tobytes() for row in self._rows)
        return arrays.pack_state(self._fingerprint, kept)

    def import_state(self, data: bytes) -> None:
        """Accept the state of the same model. DataError when it is of another."""
        width = 0 if self._model is None else self._model.width
        self._rows = list(arrays.check_state(self._fingerprint, data, width, self.steps))
