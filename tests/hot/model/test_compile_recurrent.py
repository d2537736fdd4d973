"""Graphs with LSTM and GRU say natively what ONNX Runtime says of a window, or are refused."""

import contextlib

import numpy as np
import pytest
from onnx_models import DOUBLE, FLOAT, helper, node, numpy_helper, onnx, ort
from recurrent_models import cell_constants

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import ModelSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.model.compile import OUTPUT

STEPS, WIDTH, UNITS = 6, 3, 5


def ints(*values):
    return np.array(values, dtype=np.int64)


def constants_of(op="LSTM", units=UNITS):
    rng = np.random.default_rng(2)
    return {
        **cell_constants(op, WIDTH, units, 1),
        **cell_constants(op, units, units, 2, "1"),
        "w": rng.normal(size=(units, 2)).astype(np.float32),
        "b": rng.normal(size=2).astype(np.float32),
        "m": np.array([0.5, -0.25, 1.0], np.float32),
        "one": ints(1), "zero": ints(0), "two": ints(2), "minus": np.array(-1), "last": ints(-1),
        "end": ints(np.iinfo(np.int64).max), "flat": ints(-1, units), "k": np.array(STEPS - 1),
        "len": np.array([STEPS], np.int32), "p": np.zeros((1, 3 * units), np.float32),
    }  # fmt: skip


def cell(inputs, outputs, op="LSTM", **more):
    """An LSTM or GRU; an input or output that is not given is empty."""
    names = outputs.split(" ")
    name = f"cell_{names[-1]}"
    return helper.make_node(op, inputs.split(","), names, name=name, hidden_size=UNITS, **more)


def save(path, nodes, constants, *, sizes=("n", STEPS, WIDTH), kind=FLOAT, opset=17, output=1):
    x = helper.make_tensor_value_info("x", kind, list(sizes))
    y = helper.make_tensor_value_info("y", FLOAT, [None, None])
    read = {name for n in nodes for name in n.input}
    held = [numpy_helper.from_array(v, k) for k, v in constants.items() if k in read]
    graph = helper.make_graph(nodes, "g", [x], [y], held)
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    helper.set_model_props(model, {OUTPUT: str(output)})
    onnx.save(model, path)
    return path


def pair(path):
    spec = ModelSpec(kind="onnx", path=str(path))
    return [load("model", Backend(b)).Model(spec, WIDTH) for b in ("native", "reference")]


def same(path, *, output=1, first=False, count=300, within=1e-6):
    """Native equals ONNX Runtime on the window before every row, the reference to the bit."""
    native, reference = pair(path)
    rows = np.random.default_rng(7).normal(size=(count, WIDTH))
    found = [native.score(row) for row in rows.tolist()]
    assert native.steps == STEPS
    assert all(code == Code.MODEL_COLD for code, _ in found[: STEPS - 1])
    assert [reference.score(row) for row in rows[: STEPS + 2].tolist()] == found[: STEPS + 2]
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    wide = session.get_inputs()[0].type == "tensor(double)"
    for k in range(STEPS - 1, count, 10):
        window = rows[k - STEPS + 1 : k + 1].astype(np.float64 if wide else np.float32)
        window = window[:, None, :] if first else window[None]
        expected = session.run(["y"], {"x": window})[0].reshape(-1)[output]
        assert found[k][0] == Code.OK
        assert abs(found[k][1] - expected) <= within


IN = node("Transpose", "x", "s", perm=[1, 0, 2])
LAST = [node("Squeeze", "o one", "q"), node("Transpose", "q", "u", perm=[1, 0, 2]),
        node("Gather", "u minus", "g", axis=1), node("Gemm", "g w b", "y")]  # fmt: skip
ONE = cell("s,w0,r0,b0,,h0,c0", "o")
GRU = {"op": "GRU", "linear_before_reset": 1}
GOOD = {
    "as torch": [IN, ONE, *LAST],
    "no first state": [IN, cell("s,w0,r0,b0", "o"), *LAST],
    "no bias": [IN, cell("s,w0,r0", "o"), *LAST],
    "last state": [IN, cell("s,w0,r0,b0", " h"), node("Squeeze", "h zero", "g"),
                   node("Gemm", "g w b", "e"), node("Softmax", "e", "y")],
    "taken state": [IN, cell("s,w0,r0,b0", " h"), node("Gather", "h minus", "g"),
                    node("Gemm", "g w b", "y")],
    "reshaped state": [IN, cell("s,w0,r0,b0", " h"), node("Reshape", "h flat", "g"),
                       node("Gemm", "g w b", "y")],
    "slice": [IN, ONE, node("Squeeze", "o one", "q"), node("Slice", "q last end zero", "c"),
              node("Squeeze", "c zero", "g"), node("Gemm", "g w b", "y")],
    "head over all steps": [IN, ONE, node("Squeeze", "o one", "q"), node("MatMul", "q w", "e"),
                            node("Add", "e b", "f"), node("Tanh", "f", "t"),
                            node("Gather", "t k", "y", axis=0)],
    "no head": [IN, ONE, node("Squeeze", "o one", "q"), node("Gather", "q minus", "y", axis=0)],
    "scaled": [node("Sub", "x m", "d"), node("Div", "d m", "e"),
               node("Transpose", "e", "s", perm=[1, 0, 2]), ONE, *LAST],
    "two cells": [IN, cell("s,w0,r0,b0", "i"), node("Squeeze", "i one", "j"),
                  cell("j,w1,r1,b1,,h1,c1", "o"), *LAST],
    "joined states": [IN, cell("s,w0,r0,b0", "i h0_"), node("Squeeze", "i one", "j"),
                      cell("j,w1,r1,b1", "o_ h1_"), node("Concat", "h0_ h1_", "hs", axis=0),
                      node("Gather", "hs minus", "g", axis=0), node("Gemm", "g w b", "y")],
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_an_lstm_equals_onnx_runtime(tmp_path, case):
    same(save(tmp_path / "m.onnx", GOOD[case], constants_of()))


@pytest.mark.parametrize("reset", [0, 1])
@pytest.mark.parametrize("state", [",,h0", ""])
def test_a_gru_equals_onnx_runtime(tmp_path, reset, state):
    nodes = [IN, cell(f"s,w0,r0,b0{state}", "o", "GRU", linear_before_reset=reset), *LAST]
    same(save(tmp_path / "m.onnx", nodes, constants_of("GRU")))


def test_steps_first_double_and_old_opset(tmp_path):
    nodes = [cell("x,w0,r0,b0", "o"), *LAST]
    path = save(tmp_path / "a.onnx", nodes, constants_of(), sizes=(STEPS, "n", WIDTH))
    same(path, first=True)
    nodes = [node("Cast", "x", "f", to=FLOAT), node("Transpose", "f", "s", perm=[1, 0, 2])]
    path = save(tmp_path / "b.onnx", [*nodes, ONE, *LAST], constants_of(), kind=DOUBLE)
    same(path)
    old = [IN, ONE, node("Squeeze", "o", "q", axes=[1]), *LAST[1:]]
    same(save(tmp_path / "c.onnx", old, constants_of(), opset=12))


def test_a_first_state_of_the_inputs_size(tmp_path):
    """What exporters compute: zeros of (1, rows, units), by ConstantOfShape and by Expand."""
    held = constants_of() | {"z": np.zeros((1, 1, UNITS), np.float32), "units": ints(UNITS)}
    head = [
        node("Shape", "s", "size"),
        node("Gather", "size at", "rows"),
        node("Unsqueeze", "rows zero", "r"),
        node("Concat", "one r units", "want", axis=0),
    ]
    held["at"] = np.array(1)
    for made in (node("ConstantOfShape", "want", "h"), node("Expand", "z want", "h")):
        nodes = [IN, *head, made, cell("s,w0,r0,b0,,h,h", "o"), *LAST]
        same(save(tmp_path / "m.onnx", nodes, held))
    held["at"] = np.array(0)
    with pytest.raises(ConfigError, match=r"initial_h has shape \(1, 6, 5\)"):
        pair(save(tmp_path / "m.onnx", nodes, held))


def one(**more):
    return [IN, cell("s,w0,r0,b0", "o", **more), *LAST]


REFUSED = {
    "both ways": (
        one(direction="bidirectional"), {}, r"'cell_o' \(LSTM, opset 17\): direction bidirectional"
    ),
    "back": (one(direction="reverse"), {}, "direction reverse"),
    "layout": (one(layout=1), {}, "layout 1: export it with layout 0"),
    "clip": (one(clip=3.0), {}, "clip: export it without"),
    "activations": (one(activations=["Relu", "Tanh", "Tanh"]), {}, "activations .'Relu'"),
    "input forget": (one(input_forget=1), {}, "input_forget"),
    "lengths": ([IN, cell("s,w0,r0,b0,len", "o"), *LAST], {}, "sequence_lens"),
    "peepholes": ([IN, cell("s,w0,r0,b0,,h0,c0,p", "o"), *LAST], {}, "peepholes"),
    "cells out": ([IN, cell("s,w0,r0,b0", " _ c"), node("Squeeze", "c zero", "g"),
                   node("Gemm", "g w b", "y")], {}, "Y_c is used"),
    "computed state": ([IN, node("ReduceMean", "s", "e"), cell("s,w0,r0,b0,,e", "o"), *LAST], {},
                       "initial_h must be a constant"),
    "all steps": ([IN, ONE, node("Squeeze", "o one", "y")], {}, "take the last one"),
    "first step": ([IN, ONE, node("Squeeze", "o one", "q"), node("Gather", "q zero", "y")], {},
                   "index 0 of axis 0: only the last step"),
    "dynamic steps": ([IN, ONE, *LAST], {"sizes": ("n", "t", WIDTH)}, "number of steps is dynamic"),
    "many steps": ([IN, ONE, *LAST], {"sizes": ("n", LIMITS["model_steps_max"] + 1, WIDTH)},
                   "model_steps_max"),
    "rows": ([IN, ONE, *LAST], {"sizes": (4, STEPS, WIDTH)}, "takes 4 rows at once"),
    "columns": ([IN, ONE, *LAST], {"sizes": ("n", STEPS, 4)}, "4 columns and the feature row 3"),
    "no cell": ([node("Add", "x m", "y")], {}, "no LSTM or GRU reads them"),
    "columns first": ([node("Transpose", "x", "s", perm=[2, 0, 1]), ONE, *LAST], {},
                      "columns last"),
    "units": ([IN, cell("s,w1,r1,b1", "o"), *LAST], {}, r"W has shape \(1, 20, 5\), \(1, 20, 3\)"),
    "dense before": ([node("Tanh", "x", "v"), node("Transpose", "v", "s", perm=[1, 0, 2]), ONE,
                      *LAST], {}, "before LSTM and GRU there can be"),
    "dense between": ([IN, cell("s,w0,r0,b0", "i"), node("Squeeze", "i one", "j"),
                       node("Relu", "j", "k_"), cell("k_,w1,r1,b1", "o"), *LAST], {},
                      "cells follow each other directly"),
    "flat": ([IN, ONE, node("Reshape", "o flat", "y")], {}, "only the last step can become"),
    "squeeze": ([IN, ONE, node("Squeeze", "o", "q"), node("Gemm", "q w b", "y")], {},
                "export it with its axes said"),
    "squeeze rows": ([IN, ONE, node("Squeeze", "o two", "y")], {}, "only the axis of directions"),
    "two inputs": ([IN, ONE, *LAST[:-1], node("Add", "g g", "y")], {}, "2 computed inputs"),
    "recurrent of rows": ([node("Relu", "x", "y")], {"sizes": ("n", 2, 3, 3)}, "4 dimensions"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_native_form_is_refused_by_name(tmp_path, case):
    nodes, more, said = REFUSED[case]
    path = save(tmp_path / "m.onnx", nodes, constants_of(), **more)
    with pytest.raises(ConfigError, match=said):
        pair(path)


def test_a_recurrent_operation_over_plain_rows_is_refused(tmp_path):
    nodes = [cell("x,w0,r0,b0", "o"), *LAST]
    path = save(tmp_path / "m.onnx", nodes, constants_of(), sizes=("n", WIDTH))
    with pytest.raises(
        ConfigError, match=r"LSTM and GRU over an input of \(rows, steps, columns\)"
    ):
        pair(path)


def test_corrupt_graphs_are_refused_or_read(tmp_path):
    """A byte changed anywhere: a ConfigError or a model, never anything else."""
    path = tmp_path / "m.onnx"
    held = constants_of() | {"z": np.zeros((1, 1, UNITS), np.float32), "units": ints(UNITS)}
    nodes = [IN, node("Concat", "one one units", "want", axis=0), node("Expand", "z want", "h"),
             cell("s,w0,r0,b0,,h,h", "o"), *LAST]  # fmt: skip
    good = save(path, nodes, held).read_bytes()
    random = np.random.default_rng(3)
    for _ in range(250):
        bad = bytearray(good)
        bad[random.integers(len(bad))] ^= int(random.integers(1, 256))
        path.write_bytes(bytes(bad))
        with contextlib.suppress(ConfigError):
            pair(path)


def test_shapes_that_grow_without_end_are_not_computed(tmp_path):
    """A file of some bytes that asks for gigabytes."""
    held = constants_of() | {"huge": ints(1 << 20, 1 << 20), "small": np.zeros((1, 1), np.float32)}
    nodes = [IN, node("Expand", "small huge", "h"), cell("s,w0,r0,b0,,h", "o"), *LAST]
    with pytest.raises(ConfigError, match="initial_h must be a constant"):
        pair(save(tmp_path / "m.onnx", nodes, held))
    grown = [node("Concat", " ".join(["z0"] * 2), "z1", axis=0)]
    grown += [node("Concat", f"z{k} z{k}", f"z{k + 1}", axis=0) for k in range(1, 40)]
    held["z0"] = np.zeros((1, 1, UNITS), np.float32)
    nodes = [IN, *grown, cell("s,w0,r0,b0,,z40", "o"), *LAST]
    with pytest.raises(ConfigError, match="initial_h must be a constant"):
        pair(save(tmp_path / "m.onnx", nodes, held))
