"""Networks of nets.py as graphs of ONNX's own operations, written from their weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickpath.ml.export import Graph, ended, scaled
from tickpath.ml.nets import Net
from tickpath.storage.extras import need

Floats = NDArray[np.float64]


def last_layer(model: Net, weight: Floats, bias: Floats) -> dict[str, Floats]:
    """The layer to the score, (inputs, 1), with the scale of the target in it."""
    return {
        "last_weight": weight.T * model.times,
        "last_bias": bias * model.times + model.plus,
    }


def mlp_graph(model: Net) -> Graph:
    """Sub, Mul, then Gemm and Relu by turns, a last Gemm, Sigmoid."""
    node = need("onnx.helper").make_node
    places = sorted(int(n.partition(".")[0]) for n in model.weights if n.endswith("weight"))
    constants: dict[str, Any] = {"mean": model.mean, "scale": model.scale}
    nodes, at = scaled(constants), "scaled"
    for k in places[:-1]:
        weight, bias = layer_of(model.weights, k)
        constants |= {f"weight_{k}": weight.T.copy(), f"bias_{k}": bias}
        nodes.append(
            node("Gemm", [at, f"weight_{k}", f"bias_{k}"], [f"sum_{k}"], name=f"weigh_{k}")
        )
        nodes.append(node("Relu", [f"sum_{k}"], [f"units_{k}"], name=f"rectify_{k}"))
        at = f"units_{k}"
    constants |= last_layer(model, *layer_of(model.weights, places[-1]))
    last, behind = ended(model.chance)
    nodes.append(node("Gemm", [at, "last_weight", "last_bias"], [last], name="weigh_last"))
    return Graph([*nodes, *behind], constants)


def layer_of(weights: Mapping[str, Floats], k: int) -> tuple[Floats, Floats]:
    """(weight (outputs, inputs), bias) of the linear layer at place k."""
    return weights[f"{k}.weight"], weights[f"{k}.bias"]
