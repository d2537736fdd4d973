"""Models become ONNX files that say what they are.

A graph is written from the weights by the package onnx alone, whatever library trained them; it is
one of doubles: Sub and Mul scale the columns, then the kind's own operations (export_trees.py,
export_nets.py), then Sigmoid where the score is a probability. XGBoost's trees are of floats,
because XGBoost compares float32, and what stands behind the scaling of an LSTM or TCN is, because
that is what evaluates them everywhere. Metadata (all text): tickpath.features (JSON), .output,
.target, .price, .horizon_ns, .kind, .window, .scaling (JSON), .rows, .data_hash, .code, .libraries
(JSON). No time of day: the same training gives the same bytes.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import numpy as np

from tickpath import __version__
from tickpath.core.build import build_hash
from tickpath.hot.model.compile import FEATURES, OUTPUT
from tickpath.ml.fit import Linear, Model
from tickpath.ml.samples import Samples
from tickpath.storage.extras import need

OPSET: Final = 17
ML_OPSET: Final = 3
IR: Final = 8
LIBRARY: Final = {
    "linear": "sklearn", "trees": "xgboost", "lightgbm": "lightgbm", "mlp": "torch",
    "lstm": "torch", "tcn": "torch",
}  # fmt: skip
MAKERS: Final = {
    "linear": "tickpath.ml.export:linear_graph",
    "trees": "tickpath.ml.export_trees:xgboost_graph",
    "lightgbm": "tickpath.ml.export_trees:lightgbm_graph",
    "mlp": "tickpath.ml.export_nets:mlp_graph",
    "lstm": "tickpath.ml.export_nets:lstm_graph",
    "tcn": "tickpath.ml.export_nets:tcn_graph",
}


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes from "x" to "score" and their constants; the types of the two are of doubles, or of
    floats where it is said."""

    nodes: list[Any]
    constants: Mapping[str, Any]
    float_in: bool = False
    float_out: bool = False


def exported(model: Model, samples: Samples) -> bytes:
    """The ONNX file of a model that was trained on these samples."""
    said = {
        FEATURES: json.dumps(samples.names),
        OUTPUT: "0",
        "tickpath.target": samples.kind,
        "tickpath.price": samples.price,
        "tickpath.horizon_ns": str(samples.horizon_ns),
        "tickpath.kind": model.kind,
        "tickpath.scaling": scaling_of(model),
        "tickpath.rows": str(len(samples.rows)),
        "tickpath.data_hash": samples.hash(),
        "tickpath.code": f"{__version__} {build_hash()}",
        "tickpath.libraries": json.dumps(
            {n: need(n).__version__ for n in ("onnx", LIBRARY[model.kind])}
        ),
    }
    module, _, name = MAKERS[model.kind].partition(":")
    make: Callable[[Model], Graph] = getattr(import_module(module), name)
    if samples.window:
        said["tickpath.window"] = str(samples.window)
    return packed(make(model), (*samples.rows.shape[1:],), said)


def scaling_of(model: Model) -> str:
    """Mean and scale of the columns as JSON; `none` of trees."""
    mean, scale = getattr(model, "mean", None), getattr(model, "scale", None)
    if mean is None or scale is None:
        return "none"
    return json.dumps({"mean": mean.tolist(), "scale": scale.tolist()})


def packed(graph: Graph, sizes: Sequence[int], said: dict[str, str]) -> bytes:
    """A graph from x (rows, *sizes) to score (rows, 1) as a file."""
    helper, numpy_helper = need("onnx.helper"), need("onnx.numpy_helper")
    types = need("onnx").TensorProto
    kinds = [types.FLOAT if f else types.DOUBLE for f in (graph.float_in, graph.float_out)]
    x = helper.make_tensor_value_info("x", kinds[0], ["rows", *sizes])
    y = helper.make_tensor_value_info("score", kinds[1], ["rows", 1])
    held = [numpy_helper.from_array(np.asarray(v), name) for name, v in graph.constants.items()]
    made = helper.make_graph(graph.nodes, "tickpath", [x], [y], held)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    model = helper.make_model(
        made, opset_imports=opsets, ir_version=IR, producer_name="tickpath",
        producer_version=__version__,
    )  # fmt: skip
    helper.set_model_props(model, said)
    return bytes(model.SerializeToString(deterministic=True))


def scaled(constants: Mapping[str, Any]) -> list[Any]:
    """The nodes from "x" to "scaled" by the constants "mean" and "scale"."""
    node = need("onnx.helper").make_node
    assert {"mean", "scale"} <= set(constants)
    return [
        node("Sub", ["x", "mean"], ["centred"], name="centre"),
        node("Mul", ["centred", "scale"], ["scaled"], name="scale_columns"),
    ]


def ended(chance: bool) -> tuple[str, list[Any]]:
    """(what the last node has to be called, the nodes behind it)."""
    if not chance:
        return "score", []
    return "sum", [need("onnx.helper").make_node("Sigmoid", ["sum"], ["score"], name="chance")]


def linear_graph(model: Linear) -> Graph:
    """Sub, Mul, Gemm, Sigmoid."""
    last, behind = ended(model.chance)
    constants = {
        "mean": model.mean,
        "scale": model.scale,
        "weight": model.weight.reshape(-1, 1),
        "bias": np.array([model.bias]),
    }
    gemm = need("onnx.helper").make_node("Gemm", ["scaled", "weight", "bias"], [last], name="weigh")
    return Graph([*scaled(constants), gemm, *behind], constants)
