"""Shared by the tests of ONNX models: graphs made by hand, and ONNX Runtime to compare with."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tickpath.core.codes import Code
from tickpath.hot.model.compile import OUTPUT

onnx = pytest.importorskip("onnx", reason="extra `ml` is not installed")
ort = pytest.importorskip("onnxruntime", reason="extra `ml` is not installed")
TensorProto, helper, numpy_helper = onnx.TensorProto, onnx.helper, onnx.numpy_helper
FLOAT, DOUBLE = TensorProto.FLOAT, TensorProto.DOUBLE


def node(op: str, inputs: str, output: str, domain: str = "", **attributes: Any) -> Any:
    """A node named after its output."""
    made = helper.make_node(op, inputs.split(), [output], name=f"n_{output}", **attributes)
    made.domain = domain
    return made


def save(
    path: Path,
    nodes: list[Any],
    width: int | str,
    constants: dict[str, Any] | None = None,
    *,
    kind: int = FLOAT,
    opset: int = 17,
    ml: int = 3,
    output: int | None = None,
    outputs: tuple[tuple[str, int], ...] = (("y", FLOAT),),
    rows: int | str = "rows",
    steps: int = 0,
) -> Path:
    """A model with the input x (rows, width), or (rows, steps, width)."""
    sizes = [rows, steps, width] if steps else [rows, width]
    x = helper.make_tensor_value_info("x", kind, sizes)
    y = [helper.make_tensor_value_info(n, k, [rows, None]) for n, k in outputs]
    held = [numpy_helper.from_array(np.asarray(v), k) for k, v in (constants or {}).items()]
    graph = helper.make_graph(nodes, "g", [x], y, held)
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", ml)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    if output is not None:
        helper.set_model_props(model, {OUTPUT: str(output)})
    onnx.save(model, path)
    return path


def answers(path: Path, rows: np.ndarray, name: str = "y") -> np.ndarray:
    """What ONNX Runtime says, (rows, columns)."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (found,) = session.run([name], {session.get_inputs()[0].name: rows})
    return np.asarray(found).reshape(len(rows), -1)


def scores(model: Any, rows: np.ndarray) -> np.ndarray:
    """Our scores, all of which must be there."""
    found = [model.score(row) for row in rows.tolist()]
    assert all(code == Code.OK for code, _ in found)
    return np.array([score for _, score in found])


def forest(
    count: int, depth: int, width: int, seed: int, modes: tuple[str, ...] = ("BRANCH_LEQ",)
) -> tuple[dict[str, Any], np.ndarray]:
    """Attributes of complete trees, without the leaves' names, and their thresholds."""
    random = np.random.default_rng(seed)
    size, inner = 2 ** (depth + 1) - 1, 2**depth - 1
    number = np.tile(np.arange(size), count)
    is_inner = number < inner
    values = np.where(is_inner, random.normal(size=len(number)), 0.0).astype(np.float32)
    chosen = random.integers(0, len(modes), len(number))
    attributes = {
        "nodes_treeids": np.repeat(np.arange(count), size).tolist(),
        "nodes_nodeids": number.tolist(),
        "nodes_featureids": random.integers(0, width, len(number)).tolist(),
        "nodes_modes": [modes[c] if i else "LEAF" for c, i in zip(chosen, is_inner, strict=True)],
        "nodes_values": values.tolist(),
        "nodes_truenodeids": np.where(is_inner, 2 * number + 1, 0).tolist(),
        "nodes_falsenodeids": np.where(is_inner, 2 * number + 2, 0).tolist(),
    }
    return attributes, values[is_inner]


def leaves(attributes: dict[str, Any], stem: str, seed: int, ids: int = 1) -> dict[str, Any]:
    """Random weights of every leaf for targets or classes 0 .. ids - 1."""
    random = np.random.default_rng(seed)
    keys = zip(
        attributes["nodes_treeids"],
        attributes["nodes_nodeids"],
        attributes["nodes_modes"],
        strict=True,
    )
    at = [(t, n, k) for t, n, m in keys if m == "LEAF" for k in range(ids)]
    return {
        f"{stem}_treeids": [t for t, _, _ in at],
        f"{stem}_nodeids": [n for _, n, _ in at],
        f"{stem}_ids": [k for _, _, k in at],
        f"{stem}_weights": random.normal(size=len(at)).astype(np.float32).tolist(),
    }
