"""Sessions of ONNX Runtime on a GPU: what is asked for, each answer's reason, and the host code,
which runs here over the provider of the CPU."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from onnx_models import DOUBLE, forest, leaves, node, ort, save

from tickpath.core.backend import Available, Backend, probe
from tickpath.core.config import LaneSpec, ModelSpec
from tickpath.core.errors import BackendError
from tickpath.devices.gpu.probe import look
from tickpath.hot.model import gpu
from tickpath.hot.model.gpu import OnnxScores, Provider, against, device, open_session, providers
from tickpath.hot.model.native import Model

CARD = Available(ok=True, reason="card, compute capability 9.0, 81559 MiB")
CPU = Provider(name="CPUExecutionProvider", options={})
CUDA = Provider(name="CUDAExecutionProvider", options={"device_id": "0"})


def network(tmp_path: Path, **changes: Any) -> ModelSpec:
    """3-5-1 with tanh."""
    random = np.random.default_rng(1)
    constants = {
        "w": random.normal(size=(3, 5)).astype(np.float32),
        "b": random.normal(size=5).astype(np.float32),
        "v": random.normal(size=(5, 1)).astype(np.float32),
        "c": np.zeros(1, np.float32),
    }
    nodes = [node("Gemm", "x w b", "h"), node("Tanh", "h", "t"), node("Gemm", "t v c", "y")]
    path = save(tmp_path / "net.onnx", nodes, 3, constants, **changes)
    return ModelSpec(kind="onnx", path=str(path))


def on_cpu(spec: ModelSpec, **more: Any) -> Any:
    return device(spec, 3, found=CARD, asked=[CPU], memory="cpu", **more)


# -- what stands against it ---------------------------------------------------------------------


def test_without_a_driver_nothing_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    if look().available.ok:
        pytest.skip("there is a GPU")
    monkeypatch.setattr(gpu, "against", lambda: pytest.fail("asked for packages"))
    answer = gpu.probe()
    assert not answer.ok
    assert answer == probe("model", Backend.GPU)
    assert answer.reason.startswith("no NVIDIA driver")


@pytest.mark.parametrize(
    ("has", "missing", "words"),
    [
        (set(), "", "onnxruntime-gpu is not installed: pip uninstall onnxruntime; pip install"),
        ({"onnxruntime"}, "", "onnxruntime-gpu is not installed"),
        ({"onnxruntime", "onnxruntime-gpu"}, "", "share one folder"),
        (
            {"onnxruntime-gpu"},
            "libcudart.so.13: cannot open shared object file",
            "lacks a library (libcudart.so.13: cannot open shared object file): pip uninstall",
        ),
    ],
)
def test_each_lack_has_its_reason(has: set[str], missing: str, words: str) -> None:
    loaded: list[bool] = []
    version = dict.fromkeys(has, "1.31.1")
    found = against(
        lambda name: version.get(name, ""), lambda name: missing, lambda: loaded.append(True)
    )
    assert words in found
    assert loaded == [True] * (has == {"onnxruntime-gpu"})


def test_nothing_against_it() -> None:
    version = {"onnxruntime-gpu": "1.31.1"}
    assert against(lambda name: version.get(name, ""), lambda name: "", lambda: None) == ""


def test_libraries_of_wheels_are_loaded_and_nothing_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[bool] = []

    def loud() -> None:
        asked.append(True)
        print("Failed to load libcublas.so.13")
        raise RuntimeError("no folder")

    monkeypatch.setitem(sys.modules, "onnxruntime", SimpleNamespace(preload_dlls=loud))
    gpu.preload()
    monkeypatch.setitem(sys.modules, "onnxruntime", SimpleNamespace())
    gpu.preload()
    assert asked == [True]
    assert capsys.readouterr().out == ""


def test_a_library_that_is_not_there() -> None:
    assert "cannot open shared object" in gpu.missing_library("libnobody.so.1")


def test_tensorrt_is_asked_for_only_with_its_library() -> None:
    lane = LaneSpec(fp16=True, cuda_graph=True)
    first, second = providers(lane, lambda name: "")
    assert first.name == "TensorrtExecutionProvider"
    assert first.options["trt_fp16_enable"] == first.options["trt_cuda_graph_enable"] == "1"
    assert (second.name, second.options["enable_cuda_graph"]) == ("CUDAExecutionProvider", "1")
    (only,) = providers(LaneSpec(), lambda name: f"{name}: cannot open")
    assert only.name == "CUDAExecutionProvider"
    assert (only.options["enable_cuda_graph"], only.options["use_tf32"]) == ("0", "0")


# -- sessions -----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_provider_that_is_not_there_is_an_error_and_no_fallback(tmp_path: Path) -> None:
    if "CUDAExecutionProvider" in ort.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    spec = network(tmp_path)
    with pytest.raises(BackendError, match=r"CUDAExecutionProvider refuses .*fallback to CPU EP"):
        open_session(spec.path, CUDA, ort)
    found = device(spec, 3, found=CARD, asked=[CUDA])
    assert found.function is None
    assert found.reason.startswith("CUDAExecutionProvider refuses")


def test_a_session_on_another_provider_is_refused(tmp_path: Path) -> None:
    """ONNX Runtime runs on the CPU without an error where it may."""
    spec = network(tmp_path)
    silent = SimpleNamespace(
        SessionOptions=ort.SessionOptions,
        InferenceSession=lambda path, options, providers: ort.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        ),
    )
    with pytest.raises(BackendError, match="was asked for and CPUExecutionProvider runs"):
        open_session(spec.path, CUDA, silent, strict=False)


def test_memory_of_a_device_that_is_not_there(tmp_path: Path) -> None:
    spec = network(tmp_path)
    found = device(spec, 3, found=CARD, asked=[CPU], memory="npu")
    assert found.function is None
    assert "CPUExecutionProvider" in found.reason


def test_without_onnx_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    found = device(network(tmp_path), 3, found=CARD, asked=[CUDA])
    assert found.function is None
    assert "ModuleNotFoundError" in found.reason


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_every_provider_is_tried_and_each_reason_kept(tmp_path: Path) -> None:
    asked = [Provider(name=f"No{k}ExecutionProvider", options={}) for k in range(2)]
    found = device(network(tmp_path), 3, found=CARD, asked=[*asked, CPU], memory="cpu")
    assert found.function is None or found.reason.startswith("CPUExecutionProvider")
    none = device(network(tmp_path), 3, found=CARD, asked=asked, memory="cpu")
    assert none.function is None
    assert "No0ExecutionProvider" in none.reason
    assert "No1ExecutionProvider" in none.reason


def test_a_model_that_is_no_onnx_stays_native() -> None:
    found = device(ModelSpec(kind="dense", path="m.npz"), 3, found=CARD, asked=[CPU])
    assert found.reason == "m.npz: a GPU scores .onnx models only"


def test_the_probe_decides_first(tmp_path: Path) -> None:
    none = Available(ok=False, reason="no NVIDIA driver: install one")
    found = device(network(tmp_path), 3, found=none, asked=[CPU])
    assert (found.function, found.reason) == (None, none.reason)


# -- scores -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 63, 64, 65, 200])
def test_scores_are_the_native_ones_to_float32(tmp_path: Path, rows: int) -> None:
    spec = network(tmp_path)
    found = on_cpu(spec)
    assert found.function is not None, found.reason
    given = np.random.default_rng(2).normal(size=(rows, 3))
    ours, theirs = Model(spec, 3).scores(given), found.function(given)
    assert theirs.dtype == np.float64
    assert theirs.shape == (rows,)
    assert np.abs(ours - theirs).max() < 1e-5
    assert found.function(given[:0]).shape == (0,)
    assert found.function(given).tobytes() == theirs.tobytes(), "buffers keep nothing of before"


def test_a_double_model_and_a_fixed_batch(tmp_path: Path) -> None:
    weights = {"w": np.array([[2.0], [0.5]])}
    outputs = (("y", DOUBLE),)
    nodes = [node("MatMul", "x w", "y")]
    path = save(tmp_path / "d.onnx", nodes, 2, weights, kind=DOUBLE, outputs=outputs, rows=5)
    session = open_session(str(path), CPU, ort, strict=False)
    scores = OnnxScores(session, ort, "cpu")
    assert scores.rows == 5
    rows = np.arange(14.0).reshape(7, 2)
    assert scores(rows).tolist() == (rows @ [2.0, 0.5]).tolist()


@pytest.mark.parametrize(("output", "column"), [(None, 1), (0, 0)])
def test_the_score_is_the_column_that_the_model_names(
    tmp_path: Path, output: int | None, column: int
) -> None:
    nodes = [node("MatMul", "x w", "m"), node("Softmax", "m", "y", axis=1)]
    weights = np.array([[1.0, -1.0], [0.3, 0.9]], np.float32)
    path = save(tmp_path / "s.onnx", nodes, 2, {"w": weights}, output=output)
    found = device(ModelSpec(kind="onnx", path=str(path)), 2, found=CARD, asked=[CPU], memory="cpu")
    assert found.function is not None, found.reason
    assert found.function.column == column


def test_a_score_that_is_not_there(tmp_path: Path) -> None:
    spec = network(tmp_path, output=3)
    session = open_session(spec.path, CPU, ort, strict=False)
    with pytest.raises(BackendError, match="column 3 of 1"):
        OnnxScores(session, ort, "cpu")


def test_trees_run_too_where_the_provider_has_them(tmp_path: Path) -> None:
    attributes, _ = forest(3, 4, 3, 7)
    attributes |= leaves(attributes, "target", 8)
    nodes = [node("TreeEnsembleRegressor", "x", "y", "ai.onnx.ml", **attributes, n_targets=1)]
    spec = ModelSpec(kind="onnx", path=str(save(tmp_path / "t.onnx", nodes, 3)))
    found = on_cpu(spec)
    assert found.function is not None, found.reason


@pytest.mark.parametrize("wrong", [lambda s: s + 1e-3, lambda s: s * np.nan, lambda s: s[:-1]])
def test_a_device_that_differs_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: Any
) -> None:
    call = OnnxScores.__call__
    monkeypatch.setattr(OnnxScores, "__call__", lambda self, rows: wrong(call(self, rows)))
    found = on_cpu(network(tmp_path))
    assert found.function is None
    assert found.reason.startswith("self-test: ")


def test_half_precision_is_accepted_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = OnnxScores.__call__
    half = lambda self, rows: call(self, rows).astype(np.float16).astype(np.float64)  # noqa: E731
    monkeypatch.setattr(OnnxScores, "__call__", half)
    assert on_cpu(network(tmp_path)).function is None
    assert on_cpu(network(tmp_path), lane=LaneSpec(fp16=True)).function is not None
