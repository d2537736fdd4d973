"""Boosted trees as one TreeEnsembleRegressor, and a Sigmoid behind it for a probability.

XGBoost goes left when float32(value) < condition; LightGBM when value <= threshold in float64, so
its input and its thresholds are doubles. It takes values within LIGHTGBM_ZERO of 0 for 0 before it
compares, so a threshold in there is moved to the end that 0 lies on. A row with a missing value has
no score, so what the libraries do with one does not matter.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from tickpath.core.errors import DataError
from tickpath.ml.boost import Leaves, Trees
from tickpath.ml.export import Graph, ended
from tickpath.storage.extras import need

NODE = ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids")
LEAF = ("treeids", "nodeids", "ids", "weights")
LIGHTGBM_ZERO: Final = float(np.float32(1e-35))
"""`kZeroThreshold` of LightGBM's include/LightGBM/meta.h."""
Row = tuple[int, int, int, str, float, int, int]
"""One of NODE; of a leaf, `values` is its weight."""


def xgboost_graph(model: Trees) -> Graph:
    """Of floats."""
    learner = model.model["learner"]
    base = float(str(learner["learner_model_param"]["base_score"]).strip("[]"))
    base = math.log(base / (1.0 - base)) if model.chance else base
    rows = [
        row
        for number, tree in enumerate(learner["gradient_booster"]["model"]["trees"])
        for row in xgboost_rows(number, tree)
    ]
    return Graph(ensemble(rows, [base], model.chance, wide=False), {}, True, True)


def xgboost_rows(number: int, tree: Mapping[str, Any]) -> Iterator[Row]:
    """One tree. Raises DataError."""
    if any(tree.get("split_type", ())):
        raise DataError(f"tree {number} has a split by categories: train on numbers only")
    for k, left in enumerate(tree["left_children"]):
        value = float(tree["split_conditions"][k])
        if left < 0:
            yield (number, k, 0, "LEAF", value, 0, 0)
        else:
            right = tree["right_children"][k]
            yield (number, k, tree["split_indices"][k], "BRANCH_LT", value, left, right)


def lightgbm_graph(model: Leaves) -> Graph:
    """Of doubles; the ensemble's output is of floats, as ONNX has it."""
    rows = [
        row
        for number, tree in enumerate(model.model["tree_info"])
        for row in lightgbm_rows(number, tree["tree_structure"])
    ]
    return Graph(ensemble(rows, [], model.chance, wide=True), {}, False, True)


def lightgbm_rows(number: int, root: Mapping[str, Any]) -> Iterator[Row]:
    """One tree, parents first. Raises DataError."""
    waiting, given = [(0, root)], 1
    while waiting:
        k, node = waiting.pop()
        if "leaf_value" in node:
            yield (number, k, 0, "LEAF", float(node["leaf_value"]), 0, 0)
            continue
        if node["decision_type"] != "<=":
            raise DataError(f"tree {number} has a split by categories: train on numbers only")
        left, right, given = given, given + 1, given + 2
        column, edge = int(node["split_feature"]), beyond_zero(float(node["threshold"]))
        yield (number, k, column, "BRANCH_LEQ", edge, left, right)
        waiting += [(right, node["right_child"]), (left, node["left_child"])]


def beyond_zero(threshold: float) -> float:
    """One that sends what LightGBM takes for 0 to the side of 0."""
    if abs(threshold) > LIGHTGBM_ZERO:
        return threshold
    return LIGHTGBM_ZERO if threshold >= 0.0 else math.nextafter(-LIGHTGBM_ZERO, -math.inf)


def ensemble(rows: list[Row], base: list[float], chance: bool, *, wide: bool) -> list[Any]:
    """The nodes of the graph. `wide`: thresholds and leaves are float64."""
    make, tensor = need("onnx.helper").make_node, need("onnx.numpy_helper").from_array
    leaf = [row[3] == "LEAF" for row in rows]
    columns = [list(c) for c in zip(*rows, strict=True)]
    weights = [row[4] for row, ends in zip(rows, leaf, strict=True) if ends]
    columns[4] = [0.0 if ends else row[4] for row, ends in zip(rows, leaf, strict=True)]
    said: dict[str, Any] = {f"nodes_{n}": c for n, c in zip(NODE, columns, strict=True)}
    ends_at = [row[:2] for row, ends in zip(rows, leaf, strict=True) if ends]
    ends = [*zip(*ends_at, strict=True), [0] * len(ends_at), weights]
    said |= {f"target_{n}": list(c) for n, c in zip(LEAF, ends, strict=True)}
    if wide:
        for name in ("nodes_values", "target_weights"):
            said[f"{name}_as_tensor"] = tensor(np.array(said.pop(name), dtype=np.float64))
    if base:
        said["base_values"] = base
    last, behind = ended(chance)
    return [
        make("TreeEnsembleRegressor", ["x"], [last], name="trees", domain="ai.onnx.ml",
             n_targets=1, **said),
        *behind,
    ]  # fmt: skip
