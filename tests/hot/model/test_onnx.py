"""The backend `onnx`: ONNX Runtime through its C interface, chosen where nothing native fits."""

import math

import numpy as np
import pytest
from onnx_models import DOUBLE, FLOAT, answers, helper, node, onnx, save
from recurrent_models import cell_constants

from tickpath.core.backend import Available, Backend, load, probe
from tickpath.core.codes import Code
from tickpath.core.config import ModelSpec
from tickpath.core.errors import BackendError, ConfigError, DataError, NoNativeFormError
from tickpath.hot.model import choose

if not probe("model", Backend.ONNX).ok:
    pytest.skip(probe("model", Backend.ONNX).reason, allow_module_level=True)

W = np.linspace(-1, 1, 6, dtype=np.float32).reshape(3, 2)
ERF = [node("Erf", "x", "e"), node("MatMul", "e w", "y")]


def spec_of(path):
    return ModelSpec(kind="onnx", path=str(path))


def made(path, width=3):
    return load("model", Backend.ONNX).Model(spec_of(path), width)


def rows_of(count, width=3):
    return np.random.default_rng(2).normal(size=(count, width))


@pytest.mark.parametrize("kind", [FLOAT, DOUBLE])
def test_it_says_what_the_library_says(tmp_path, kind):
    """An operation that has no native form."""
    weight = W.astype(np.float64 if kind == DOUBLE else np.float32)
    path = save(tmp_path / "m.onnx", [node("Sin", "x", "e"), node("MatMul", "e w", "y")], 3,
                {"w": weight}, kind=kind, outputs=(("y", kind),), output=1)  # fmt: skip
    model = made(path)
    rows = rows_of(50)
    found = [model.score(row) for row in rows.tolist()]
    one = [answers(path, row[None].astype(weight.dtype))[0, 1] for row in rows]
    assert found == [(Code.OK, float(value)) for value in one]
    assert model.kernel.startswith("onnxruntime 1.")
    assert (model.steps, model.failures, model.last_error) == (0, 0, "")
    assert not model.use_kernel("base")


@pytest.mark.parametrize("first", [False, True])
def test_windows_are_those_of_the_native_form(tmp_path, first):
    held = cell_constants("GRU", 3, 4, 1) | {"zero": np.array([0])}
    cell = helper.make_node("GRU", ["s", "w0", "r0", "b0"], ["", "h"], name="c", hidden_size=4,
                            linear_before_reset=1)  # fmt: skip
    nodes = [node("Transpose", "x", "s", perm=[0, 1, 2] if first else [1, 0, 2]), cell,
             node("Squeeze", "h zero", "y")]  # fmt: skip
    sizes = {"rows": 5, "steps": "n"} if first else {"steps": 5}
    path = save(tmp_path / "m.onnx", nodes, 3, held, output=2, **sizes)
    model = onnx.load(path)
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_param = "one"
    onnx.save(model, path)
    session, native = made(path), load("model", Backend.NATIVE).Model(spec_of(path), 3)
    assert session.steps == native.steps == 5
    rows = rows_of(20)
    rows[9, 1] = math.nan
    for k, row in enumerate(rows.tolist()):
        one, two = session.score(row), native.score(row)
        assert one[0] == two[0], session.last_error
        assert abs(one[1] - two[1]) < 1e-6
        if k == 16:
            state = session.export_state()
    assert session.score([1.0]) == (Code.MODEL_SHAPE, 0.0)
    assert session.score([1e300, 0.0, 0.0]) == (Code.MODEL_NOT_FINITE, 0.0)
    other = made(path)
    other.import_state(state)
    last = [other.score(row) for row in rows[17:].tolist()]
    fresh = made(path)
    assert [fresh.score(row) for row in rows[10:].tolist()][-3:] == last
    with pytest.raises(DataError):
        other.import_state(state[:-1])


def test_a_run_that_fails_is_counted_and_has_no_score(tmp_path):
    """An index out of the row that is asked for."""
    nodes = [
        node("Cast", "x", "i", to=onnx.TensorProto.INT64), node("Gather", "w i", "g", axis=0),
        node("ReduceSum", "g axes", "y", keepdims=0),
    ]  # fmt: skip
    held = {"w": np.arange(4, dtype=np.float32), "axes": np.array([1])}
    model = made(save(tmp_path / "m.onnx", nodes, 3, held))
    assert model.score([0.0, 1.0, 3.0]) == (Code.OK, 4.0)
    for count in (1, 2):
        assert model.score([0.0, 1.0, 4.0]) == (Code.MODEL_FAILED, 0.0)
        assert model.failures == count
        assert "out of" in model.last_error
    assert model.score([3.0, 3.0, 3.0]) == (Code.OK, 9.0)


REFUSED = {
    "no such operation": ([node("Nowhere", "x", "y")], {}, "the graph is wrong"),
    "of another width": ([node("Sin", "x", "y")], {"width": 4}, "4 columns and the feature row 3"),
    "several rows": ([node("Concat", "x x", "y", axis=0)], {}, r"shape \(2, 3\)"),
    "which column": ([node("Sin", "x", "y")], {}, "nothing says which is the score"),
    "no such column": ([node("Sin", "x", "y")], {"output": 3}, "output is 3, the output has 3"),
    "mismatch": ([node("MatMul", "x v", "y")], {}, r"cannot be loaded by onnxruntime 1\."),
    "many steps": ([node("ReduceMax", "x", "y")], {"steps": 10_000}, "10000 steps; limits.toml"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_run_is_refused(tmp_path, case):
    nodes, more, said = REFUSED[case]
    more = dict(more)
    held = {"v": np.ones((5, 1), np.float32)}
    path = save(tmp_path / "m.onnx", nodes, more.pop("width", 3), held, **more)
    with pytest.raises(ConfigError, match=said):
        made(path)


def test_it_evaluates_no_arrays():
    with pytest.raises(ConfigError, match="needs kind onnx"):
        load("model", Backend.ONNX).Model(ModelSpec(kind="dense", path="m.npz"), 3)


def test_native_code_is_chosen_where_it_can(tmp_path):
    path = save(tmp_path / "m.onnx", [node("MatMul", "x w", "y")], 3, {"w": W})
    handle, chosen = choose.built(spec_of(path), 3, Backend.NATIVE, None)
    assert (chosen.backend, chosen.text()) == (Backend.NATIVE, "native")
    assert handle.kernel != "onnxruntime"
    handle, chosen = choose.built(spec_of(path), 3, Backend.NATIVE, "onnx")
    assert chosen.text() == f"onnx: forced by the configuration, {handle.kernel}"
    assert abs(handle.score([1.0, 2.0, 3.0])[1] - float((np.array([1, 2, 3]) @ W)[1])) < 1e-6


def test_the_library_is_chosen_where_there_is_no_native_form(tmp_path, monkeypatch):
    path = save(tmp_path / "m.onnx", ERF, 3, {"w": W})
    handle, chosen = choose.built(spec_of(path), 3, Backend.NATIVE, None)
    assert chosen.backend == Backend.ONNX
    assert chosen.reason.startswith(f"{handle.kernel}, because model")
    assert "'n_e' (Erf, opset 17): no native form" in chosen.reason
    with pytest.raises(NoNativeFormError):
        choose.built(spec_of(path), 3, Backend.NATIVE, "native")
    monkeypatch.setattr(choose, "probe", lambda *_: Available(ok=False, reason="it is absent"))
    with pytest.raises(ConfigError, match="it could run in ONNX Runtime, but it is absent"):
        choose.built(spec_of(path), 3, Backend.NATIVE, None)


def test_a_newer_opset_goes_to_the_library(tmp_path):
    """What the compiler was not written for."""
    model = onnx.load(save(tmp_path / "m.onnx", [node("MatMul", "x w", "y")], 3, {"w": W}))
    model.opset_import[0].version = 6
    onnx.save(model, tmp_path / "m.onnx")
    _, chosen = choose.built(spec_of(tmp_path / "m.onnx"), 3, Backend.NATIVE, None)
    assert "opset 6 of 'ai.onnx'" in chosen.reason


def test_a_missing_library_is_said(monkeypatch):
    module = load("model", Backend.ONNX)
    monkeypatch.setattr(module, "library", lambda: (None, "nothing there"))
    assert probe("model", Backend.ONNX) == Available(ok=False, reason="nothing there")
    with pytest.raises(BackendError, match="nothing there"):
        load("model", Backend.ONNX)


def test_a_file_that_is_no_library_is_said(tmp_path, monkeypatch):
    module = load("model", Backend.ONNX)
    place = tmp_path / "libonnxruntime.so.9"
    place.write_bytes(b"no library")
    monkeypatch.setattr(module, "library", lambda: (place, ""))
    answer = probe("model", Backend.ONNX)
    assert not answer.ok
    assert "libonnxruntime.so.9" in answer.reason
    assert "pip install -U onnxruntime" in answer.reason


def test_constants_are_not_shared_between_models(tmp_path):
    """Two sessions of one process keep their own values."""
    pair = []
    for k in (1.0, 2.0):
        path = save(tmp_path / f"{k}.onnx", ERF, 3, {"w": W * np.float32(k)})
        pair.append(made(path))
    row = [0.3, -0.2, 0.9]
    one, two = (model.score(row)[1] for model in pair)
    assert two == pytest.approx(2 * one, rel=1e-6)
