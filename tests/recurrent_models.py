"""Shared by the tests of recurrent models: random networks as arrays, and as graphs."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.hot.model.recurrent import GRU, LSTM


def random_arrays(
    cells: tuple[int, ...], sizes: tuple[int, ...], steps: int, seed: int = 1
) -> dict[str, Any]:
    """Layers of these cells and sizes (columns first), a head of two outputs."""
    rng = np.random.default_rng(seed)
    content: dict[str, Any] = {"cell": np.array(cells), "steps": np.array(steps)}
    for k, (cell, (inputs, units)) in enumerate(zip(cells, pairwise(sizes), strict=True)):
        gates = (4 if cell == LSTM else 3) * units
        content[f"weight_{k}"] = rng.normal(size=(inputs, gates)) / np.sqrt(inputs)
        content[f"recur_{k}"] = rng.normal(size=(units, gates)) / np.sqrt(units)
        content[f"bias_{k}"] = rng.normal(size=gates) / 4
        content[f"recur_bias_{k}"] = rng.normal(size=gates) / 4
        content[f"hidden_{k}"] = rng.normal(size=units) / 4
        content[f"cell_{k}"] = rng.normal(size=units) / 4
    content["mean"] = rng.normal(size=sizes[0])
    content["scale"] = rng.uniform(0.5, 2.0, size=sizes[0])
    content["head_weight_0"] = rng.normal(size=(sizes[-1], 2)) / np.sqrt(sizes[-1])
    content["head_bias_0"] = rng.normal(size=2)
    content["head_activation"] = np.array([0])
    return content


def saved(path: Path, content: dict[str, Any]) -> Path:
    """As an .npz, arrays that are None left out."""
    np.savez(path, **{k: v for k, v in content.items() if v is not None})
    return path


def plain(content: dict[str, Any], window: np.ndarray) -> float:
    """The score of a window (steps, columns) by the formulas, in float64."""
    values = (window - content["mean"]) * content["scale"]
    for k, cell in enumerate(content["cell"]):
        values = plain_layer(content, k, int(cell), values)
    out = values[-1] @ content["head_weight_0"] + content["head_bias_0"]
    return float(out[0])


def plain_layer(content: dict[str, Any], k: int, cell: int, values: np.ndarray) -> np.ndarray:
    """The units after each row."""
    recur, late = content[f"recur_{k}"], content[f"recur_bias_{k}"]
    hidden, memory = content[f"hidden_{k}"], content[f"cell_{k}"]
    u = len(recur)
    out = []
    for row in values:
        given = row @ content[f"weight_{k}"] + content[f"bias_{k}"]
        again = hidden @ recur + late
        if cell == LSTM:
            i, o, f = (1 / (1 + np.exp(-(given + again)[a * u : (a + 1) * u])) for a in range(3))
            memory = f * memory + i * np.tanh((given + again)[3 * u :])
            hidden = o * np.tanh(memory)
        else:
            z, r = (1 / (1 + np.exp(-(given + again)[a * u : (a + 1) * u])) for a in range(2))
            reset = again[2 * u :] * r
            if cell != GRU:
                reset = (r * hidden) @ recur[:, 2 * u :] + late[2 * u :]
            hidden = z * hidden + (1 - z) * np.tanh(given[2 * u :] + reset)
        out.append(hidden)
    return np.array(out)


def cell_constants(op: str, inputs: int, units: int, seed: int, name: str = "0") -> dict[str, Any]:
    """W, R, B and first states of an ONNX cell."""
    rng = np.random.default_rng(seed)
    columns = (4 if op == "LSTM" else 3) * units
    made = {
        f"w{name}": rng.normal(size=(1, columns, inputs)) / np.sqrt(inputs),
        f"r{name}": rng.normal(size=(1, columns, units)) / np.sqrt(units),
        f"b{name}": rng.normal(size=(1, 2 * columns)) / 4,
        f"h{name}": rng.normal(size=(1, 1, units)) / 4,
        f"c{name}": rng.normal(size=(1, 1, units)) / 4,
    }
    return {k: v.astype(np.float32) for k, v in made.items()}
