"""Recurrent networks: LSTM and GRU layers over the last rows, dense layers behind the last of them.

An .npz of kind "recurrent", for layer k of u units over i inputs:
    steps                  () rows of the window, the newest included
    cell                   (layers,) 0 LSTM; 1 GRU that resets behind its product (ONNX:
                           linear_before_reset = 1, and what torch has); 2 GRU that resets before it
    weight_k               (i, g u) of the inputs, gates side by side: LSTM i o f c (g = 4), GRU
                           z r h (g = 3), as in ONNX
    recur_k                (u, g u) of the units before
    bias_k, recur_bias_k   (g u,) optional; 0
    hidden_k, cell_k       (u,) optional: units and cells before the oldest row; 0
    mean, scale            (columns,) optional: layer 0 sees (value - mean) * scale; 0 and 1
    head_NAME              the arrays of a dense network behind the last layer, see arrays.py
Formulas: the operators LSTM and GRU of the ONNX specification, activations sigmoid and tanh.

Numbers become float32. A sum starts at its bias and goes on in the order of the inputs, then of the
units, each step one fused multiply-add: that is what native code computes on every processor.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tickpath.core.config import refuse_unknown
from tickpath.core.errors import ConfigError
from tickpath.hot.model.arrays import (
    Arrays,
    Floats,
    RecurrentLayer,
    RecurrentModel,
    Singles,
    check_bound,
    dense_of,
    floats,
    integers,
)

LSTM, GRU, GRU_EARLY = 0, 1, 2
HEAD = "head_"
NAMES = ("weight", "recur", "bias", "recur_bias", "hidden", "cell")
TANH_CLAMP = np.float32(9.0)
TANH_NUM = np.array([0.9999999, 0.13373193, 0.0034865772, 2.0471749e-05, 1.318411e-08], np.float32)
TANH_DEN = np.array([1.0, 0.46706492, 0.02584196, 0.00032713774, 7.702617e-07], np.float32)
HALF = np.float32(0.5)


def recurrent_of(arrays: Arrays, width: int, where: str) -> RecurrentModel:
    """Check the arrays of a recurrent network. Raises ConfigError."""
    head = {name[len(HEAD) :]: a for name, a in arrays.items() if name.startswith(HEAD)}
    own = {name: a for name, a in arrays.items() if not name.startswith(HEAD)}
    cell = integers(own, "cell", (-1,), where)
    check_bound(len(cell), "model_layers_max", "recurrent layers", where)
    names = {f"{name}_{k}" for k in range(len(cell)) for name in NAMES}
    refuse_unknown(own, names | {"steps", "cell", "mean", "scale"}, where)
    check_bound(width, "model_width_max", "columns", where)
    steps = int(integers(own, "steps", (), where))
    check_bound(steps, "model_steps_max", "rows of the window", where)
    layers: list[RecurrentLayer] = []
    inputs = width
    for k, kind in enumerate(cell.tolist()):
        layers.append(layer_of(own, k, kind, inputs, where))
        inputs = layers[-1].units
    weights = sum(v.weight.size + v.recur.size + v.bias.size for v in layers)
    check_bound(weights, "model_weights_max", "weights and biases", where)
    fixed: Arrays = {"mean": np.zeros(width), "scale": np.ones(width)}
    return RecurrentModel(
        steps=steps,
        mean=floats({**fixed, **own}, "mean", (width,), where),
        scale=floats({**fixed, **own}, "scale", (width,), where),
        layers=tuple(layers),
        head=dense_of(head, inputs, where),
    )


def layer_of(arrays: Arrays, k: int, kind: int, inputs: int, where: str) -> RecurrentLayer:
    """One layer, its biases joined where they are added to the same sum."""
    if kind not in (LSTM, GRU, GRU_EARLY):
        raise ConfigError(f"{where}: cell[{k}] is {kind}; 0 LSTM, 1 and 2 GRU")
    recur = floats(arrays, f"recur_{k}", (-1, -1), where)
    units = len(recur)
    check_bound(units, "model_width_max", f"units of layer {k}", where)
    gates = (4 if kind == LSTM else 3) * units
    floats(arrays, f"recur_{k}", (units, gates), where)
    sizes = {"bias": gates, "recur_bias": gates, "hidden": units, "cell": units}
    given: Arrays = {**{f"{n}_{k}": np.zeros(size) for n, size in sizes.items()}, **arrays}
    late = floats(given, f"recur_bias_{k}", (gates,), where)
    own = late.copy()
    if kind == GRU:
        own[2 * units :] = 0.0
    return RecurrentLayer(
        cell=kind,
        weight=single(floats(arrays, f"weight_{k}", (inputs, gates), where), f"weight_{k}", where),
        recur=single(recur, f"recur_{k}", where),
        bias=single(floats(given, f"bias_{k}", (gates,), where) + own, f"bias_{k}", where),
        late_bias=single(late[2 * units :] if kind == GRU else own[:0], f"recur_bias_{k}", where),
        hidden_first=single(floats(given, f"hidden_{k}", (units,), where), f"hidden_{k}", where),
        cell_first=single(floats(given, f"cell_{k}", (units,), where), f"cell_{k}", where),
    )


def single(values: Floats, name: str, where: str) -> Singles:
    """As float32. ConfigError where that is not finite."""
    with np.errstate(over="ignore"):
        found = values.astype(np.float32)
    if not np.isfinite(found).all():
        raise ConfigError(f"{where}: {name} holds a value beyond the largest float32")
    return np.ascontiguousarray(found)


def fma(a: Singles, b: Singles | np.float32, c: Singles | np.float32) -> Singles:
    """a * b + c rounded once. The product is exact in float64; the sum is rounded to odd there
    (Boldo and Melquiond, "Emulation of a FMA and Correctly Rounded Sums", 2008)."""
    product = a.astype(np.float64) * np.float64(b)
    c64 = np.float64(c)
    total = product + c64
    part = total - product
    rest = (product - (total - part)) + (c64 - part)
    bits: NDArray[np.int64] = total.view(np.int64)
    inexact = (rest != 0.0) & np.isfinite(rest) & (bits & 1 == 0)
    step = np.where((rest > 0.0) == (total > 0.0), 1, -1)
    odd = np.where(inexact, bits + step, bits).view(np.float64)
    return np.asarray(odd.astype(np.float32))


def tanh(x: Singles) -> Singles:
    """tanh within 3e-7: x P(x x) / Q(x x) on [-9, 9], constant beyond (there 1 - tanh < 4e-8). P
    and Q are a minimax fit of our own (weighted least squares on 2000 Chebyshev points, error 2e-8
    before rounding)."""
    x = np.where(x > TANH_CLAMP, TANH_CLAMP, x)
    x = np.where(x < -TANH_CLAMP, -TANH_CLAMP, x)
    z = x * x
    num, den = np.full_like(x, TANH_NUM[-1]), np.full_like(x, TANH_DEN[-1])
    for n, d in zip(TANH_NUM[-2::-1], TANH_DEN[-2::-1], strict=True):
        num, den = fma(num, z, n), fma(den, z, d)
    return np.asarray(x * num / den)


def sigmoid(x: Singles) -> Singles:
    """1 / (1 + exp(-x)) within 2e-7, by the tanh above."""
    return fma(tanh(x * HALF), HALF, HALF)


def added(total: Singles, weight: Singles, values: Singles) -> Singles:
    """total + values @ weight, one value after the other."""
    for row, value in zip(weight, values, strict=True):
        total = fma(row, value, total)
    return total


def next_of(
    layer: RecurrentLayer, values: Singles, hidden: Singles, cell: Singles
) -> tuple[Singles, Singles]:
    """(units, cells) after one row of values."""
    u = layer.units
    given = added(layer.bias, layer.weight, values)
    if layer.cell == LSTM:
        gates = added(given, layer.recur, hidden)
        i, o, f = sigmoid(gates[:u]), sigmoid(gates[u : 2 * u]), sigmoid(gates[2 * u : 3 * u])
        cell = fma(f, cell, i * tanh(gates[3 * u :]))
        return np.asarray(o * tanh(cell)), cell
    gates = added(given[: 2 * u], layer.recur[:, : 2 * u], hidden)
    z, r = sigmoid(gates[:u]), sigmoid(gates[u:])
    if layer.cell == GRU:
        n = tanh(fma(r, added(layer.late_bias, layer.recur[:, 2 * u :], hidden), given[2 * u :]))
    else:
        n = tanh(added(given[2 * u :], layer.recur[:, 2 * u :], r * hidden))
    return fma(z, hidden - n, n), cell


def seen(model: RecurrentModel, row: Sequence[float]) -> Singles:
    """A row as layer 0 sees it."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = (np.asarray(row, dtype=np.float64) - model.mean) * model.scale
        return np.asarray(scaled.astype(np.float32))


def units_of(model: RecurrentModel, rows: Sequence[Singles]) -> list[float]:
    """The units of the last layer behind the last of the rows."""
    hidden = [layer.hidden_first for layer in model.layers]
    cells = [layer.cell_first for layer in model.layers]
    with np.errstate(all="ignore"):
        for row in rows:
            values = row
            for k, layer in enumerate(model.layers):
                hidden[k], cells[k] = next_of(layer, values, hidden[k], cells[k])
                values = hidden[k]
    return [float(value) for value in hidden[-1]]
