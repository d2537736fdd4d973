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


def as_float(model: Net, constants: dict[str, Any]) -> list[Any]:
    """Nodes from "x" (rows, window, columns) to "steps", scaled as doubles and then floats."""
    constants |= {"mean": model.mean, "scale": model.scale}
    to = need("onnx").TensorProto.FLOAT
    cast = need("onnx.helper").make_node("Cast", ["scaled"], ["steps"], name="as_float", to=to)
    return [*scaled(constants), cast]


def floats(constants: Mapping[str, Any]) -> dict[str, Any]:
    """The weights as float32; scaling and whole numbers stay."""
    return {
        name: value.astype(np.float32)
        if value.dtype == np.float64 and name not in ("mean", "scale")
        else value
        for name, value in constants.items()
    }


def lstm_graph(model: Net) -> Graph:
    """Sub, Mul, Cast, Transpose to (window, rows, columns), an LSTM a layer with a Squeeze behind
    it, Gemm, Sigmoid. The last LSTM gives the units behind the newest row only."""
    node = need("onnx.helper").make_node
    constants: dict[str, Any] = {"zero": np.array([0])}
    nodes = [*as_float(model, constants), node("Transpose", ["steps"], ["steps_0"], perm=[1, 0, 2])]
    count = sum(name.endswith("weight_ih_l0") for name in model.weights)
    constants |= {"one": np.array([1])} if count > 1 else {}
    for k in range(count):
        own = {n: model.weights[f"cells.{k}.{n}_l0"] for n in
               ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}  # fmt: skip
        units = own["weight_hh"].shape[1]
        constants |= {
            f"weight_{k}": gates(own["weight_ih"], units)[None],
            f"recur_{k}": gates(own["weight_hh"], units)[None],
            f"bias_{k}": np.concatenate([gates(own[b], units) for b in ("bias_ih", "bias_hh")])[
                None
            ],
        }
        given = [f"steps_{k}", f"weight_{k}", f"recur_{k}", f"bias_{k}"]
        last = k == count - 1
        out = ["", "units"] if last else [f"all_{k}"]
        nodes.append(node("LSTM", given, out, name=f"cells_{k}", hidden_size=units))
        taken = ["units", "zero"] if last else [f"all_{k}", "one"]
        nodes.append(node("Squeeze", taken, ["newest" if last else f"steps_{k + 1}"]))
    constants |= last_layer(model, model.weights["last.weight"], model.weights["last.bias"])
    name, behind = ended(model.chance)
    nodes.append(node("Gemm", ["newest", "last_weight", "last_bias"], [name], name="weigh_last"))
    return Graph([*nodes, *behind], floats(constants), float_out=True)


def gates(values: Floats, units: int) -> Floats:
    """PyTorch's gates i f g o in the order of ONNX: i o f c."""
    i, f, g, o = (values[k * units : (k + 1) * units] for k in range(4))
    return np.concatenate([i, o, f, g])


def tcn_graph(model: Net) -> Graph:
    """Sub, Mul, Cast, Transpose to (rows, columns, window), Conv and Relu by turns, Flatten, Gemm,
    Sigmoid."""
    node = need("onnx.helper").make_node
    constants: dict[str, Any] = {}
    nodes = [
        *as_float(model, constants),
        node("Transpose", ["steps"], ["scaled_t"], perm=[0, 2, 1]),
    ]
    places = sorted(int(n.partition(".")[0]) for n in model.weights if n.endswith("weight"))
    at = "scaled_t"
    for layer, k in enumerate(places[:-1]):
        weight, bias = layer_of(model.weights, k)
        constants |= {f"weight_{k}": weight, f"bias_{k}": bias}
        nodes.append(
            node("Conv", [at, f"weight_{k}", f"bias_{k}"], [f"sum_{k}"], name=f"convolve_{k}",
                 kernel_shape=[2], dilations=[1 << layer])
        )  # fmt: skip
        nodes.append(node("Relu", [f"sum_{k}"], [f"units_{k}"], name=f"rectify_{k}"))
        at = f"units_{k}"
    nodes.append(node("Flatten", [at], ["newest"], name="newest_row"))
    constants |= last_layer(model, *layer_of(model.weights, places[-1]))
    name, behind = ended(model.chance)
    nodes.append(node("Gemm", ["newest", "last_weight", "last_bias"], [name], name="weigh_last"))
    return Graph([*nodes, *behind], floats(constants), float_out=True)
