"""Models become ONNX files that say what they are.

A linear model is a graph of doubles: Sub, Mul, Gemm, Sigmoid. Trees are one TreeEnsembleRegressor
of floats, because XGBoost compares float32, and a Sigmoid. Metadata (all text): tickpath.features
(JSON), .output, .target, .price, .horizon_ns, .kind, .scaling (JSON), .rows, .data_hash, .code,
.libraries (JSON). No time of day: the same training gives the same bytes.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from tickpath import __version__
from tickpath.core.build import build_hash
from tickpath.core.errors import DataError
from tickpath.hot.model.compile import FEATURES, OUTPUT
from tickpath.ml.fit import Linear, Model, Trees
from tickpath.ml.samples import Samples
from tickpath.storage.extras import need

OPSET: Final = 17
ML_OPSET: Final = 3
IR: Final = 8


def exported(model: Model, samples: Samples) -> bytes:
    """The ONNX file of a model that was trained on these samples."""
    linear = isinstance(model, Linear)
    scaling = "none"
    if isinstance(model, Linear):
        scaling = json.dumps({"mean": model.mean.tolist(), "scale": model.scale.tolist()})
    said = {
        FEATURES: json.dumps(samples.names),
        OUTPUT: "0",
        "tickpath.target": samples.kind,
        "tickpath.price": samples.price,
        "tickpath.horizon_ns": str(samples.horizon_ns),
        "tickpath.kind": "linear" if linear else "trees",
        "tickpath.scaling": scaling,
        "tickpath.rows": str(len(samples.rows)),
        "tickpath.data_hash": samples.hash(),
        "tickpath.code": f"{__version__} {build_hash()}",
        "tickpath.libraries": json.dumps(
            {n: need(n).__version__ for n in ("onnx", "sklearn" if linear else "xgboost")}
        ),
    }
    width = len(samples.names)
    make = linear_graph if isinstance(model, Linear) else trees_graph
    return packed(*make(model, width), width, said)  # type: ignore[arg-type]


def packed(
    nodes: Sequence[Any], constants: Mapping[str, Any], kind: int, width: int, said: dict[str, str]
) -> bytes:
    """A graph from x (rows, width) to score (rows, 1) as a file."""
    helper, numpy_helper = need("onnx.helper"), need("onnx.numpy_helper")
    x = helper.make_tensor_value_info("x", kind, ["rows", width])
    y = helper.make_tensor_value_info("score", kind, ["rows", 1])
    held = [numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items()]
    graph = helper.make_graph(list(nodes), "tickpath", [x], [y], held)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    model = helper.make_model(
        graph, opset_imports=opsets, ir_version=IR, producer_name="tickpath",
        producer_version=__version__,
    )  # fmt: skip
    helper.set_model_props(model, said)
    return bytes(model.SerializeToString(deterministic=True))


def linear_graph(model: Linear, width: int) -> tuple[list[Any], dict[str, Any], int]:
    """(nodes, constants, type) of a linear model."""
    node = need("onnx.helper").make_node
    last = "sum" if model.chance else "score"
    nodes = [
        node("Sub", ["x", "mean"], ["centred"], name="centre"),
        node("Mul", ["centred", "scale"], ["scaled"], name="scale_columns"),
        node("Gemm", ["scaled", "weight", "bias"], [last], name="weigh"),
    ]
    if model.chance:
        nodes.append(node("Sigmoid", ["sum"], ["score"], name="chance"))
    constants = {
        "mean": model.mean,
        "scale": model.scale,
        "weight": model.weight.reshape(width, 1),
        "bias": np.array([model.bias]),
    }
    return nodes, constants, need("onnx").TensorProto.DOUBLE


def trees_graph(model: Trees, width: int) -> tuple[list[Any], dict[str, Any], int]:
    """(nodes, constants, type) of XGBoost's trees: left when value < condition."""
    learner = model.model["learner"]
    trees = learner["gradient_booster"]["model"]["trees"]
    base = float(str(learner["learner_model_param"]["base_score"]).strip("[]"))
    base = math.log(base / (1.0 - base)) if model.chance else base
    lists: dict[str, list[Any]] = {f"nodes_{n}": [] for n in (
        "treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids"
    )}  # fmt: skip
    lists |= {f"target_{n}": [] for n in ("treeids", "nodeids", "ids", "weights")}
    for number, tree in enumerate(trees):
        if any(tree.get("split_type", ())):
            raise DataError(f"tree {number} has a split by categories: train on numbers only")
        for k, left in enumerate(tree["left_children"]):
            leaf, value = left < 0, float(tree["split_conditions"][k])
            right = tree["right_children"][k]
            row = (number, k, 0 if leaf else tree["split_indices"][k],
                   "LEAF" if leaf else "BRANCH_LT", 0.0 if leaf else value,
                   0 if leaf else left, 0 if leaf else right)  # fmt: skip
            for name, entry in zip(list(lists)[:7], row, strict=True):
                lists[name].append(entry)
            if leaf:
                for name, end in zip(list(lists)[7:], (number, k, 0, value), strict=True):
                    lists[name].append(end)
    make = need("onnx.helper").make_node
    last = "sum" if model.chance else "score"
    nodes = [make("TreeEnsembleRegressor", ["x"], [last], name="trees", domain="ai.onnx.ml",
                  n_targets=1, base_values=[base], **lists)]  # fmt: skip
    if model.chance:
        nodes.append(make("Sigmoid", ["sum"], ["score"], name="chance"))
    return nodes, {}, need("onnx").TensorProto.FLOAT
