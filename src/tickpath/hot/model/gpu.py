"""Scores of ONNX models on a GPU by ONNX Runtime, off the path; see worker.py.

`[backends] model = "gpu"` with `[lane] scores = true`. A session is asked to refuse every node that
would fall to the CPU, because ONNX Runtime falls back without an error and lists providers that it
cannot load. So trees, which it has no GPU code for, end in a reason, and so does a library that is
missing. TensorRT is asked for only where its library loads. What a session says is compared with
the native model before it is used: float32 against float64, so to SCORES_APART and not to the bit;
the walk takes scores as journalled inputs, and a replay is exact either way.
Buffers are bound once; a batch is filled up to their rows. Worst case: a first session builds
TensorRT's engine, minutes, before the worker starts.
"""

import ctypes
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.backend import Available
from tickpath.core.config import LaneSpec, ModelSpec
from tickpath.core.errors import BackendError, TickpathError
from tickpath.core.limits import LIMITS
from tickpath.core.runtimes import GPU_BUILD, collision, version_of
from tickpath.devices.gpu.probe import probe as device_probe
from tickpath.hot.model.native import Model
from tickpath.lanes.batches import Device

ROWS = LIMITS["instruments_max"]
"""Rows of the bound buffers: a batch of a lane has one an instrument at most."""
SCORES_APART, SCORES_APART_FP16 = 1e-4, 2e-2
"""Furthest from the native score that is accepted, of the largest score or of 1."""
INSTALL = "pip uninstall onnxruntime; pip install 'onnxruntime-gpu[cuda,cudnn]'"
CUDA_LIBRARIES = ("libcudart.so.13", "libcublas.so.13", "libcublasLt.so.13", "libcurand.so.10")
"""What the CUDA provider of a build for CUDA 13 is linked with (readelf -d), the driver apart."""
TENSORRT_LIBRARY = "libnvinfer.so.10"
KINDS = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
}
OUTPUT, OUTPUT_NAME = "tickpath.output", "tickpath.output_name"


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """An execution provider as a session is asked for it. Values of options are texts."""

    name: str
    options: dict[str, str]


def missing_library(name: str) -> str:
    """Why a shared library does not load; empty: it does."""
    try:
        ctypes.CDLL(name)
    except OSError as error:
        return str(error)
    return ""


def preload() -> None:
    """Let ONNX Runtime load the CUDA libraries that came as wheels, which no loader finds by
    itself. What it prints about those that are not there is said in `against`."""
    with redirect_stdout(StringIO()), suppress(Exception):
        import_module("onnxruntime").preload_dlls()


def against(
    version: Callable[[str], str] = version_of,
    missing: Callable[[str], str] = missing_library,
    load: Callable[[], None] = preload,
) -> str:
    """What of ONNX Runtime stands against a session on a GPU; empty: nothing. A loaded library is
    found by its name wherever it came from."""
    said = collision(version)
    if said:
        return said
    if not version(GPU_BUILD):
        return f"{GPU_BUILD} is not installed: {INSTALL}"
    load()
    why = next(filter(None, map(missing, CUDA_LIBRARIES)), "")
    return f"the CUDA provider of onnxruntime lacks a library ({why}): {INSTALL}" if why else ""


def probe() -> Available:
    """Whether ONNX models can be scored on a GPU. The driver is asked first: without one nothing
    else is touched."""
    answer = device_probe()
    why = against() if answer.ok else answer.reason
    return Available(ok=not why, reason=why or f"ONNX Runtime on {answer.reason}")


def providers(lane: LaneSpec, missing: Callable[[str], str] = missing_library) -> list[Provider]:
    """What to ask for, best first. TensorRT prints to stdout when it cannot be had, so it is not
    asked for without its library."""
    graph, fp16 = str(int(lane.cuda_graph)), str(int(lane.fp16))
    found = [
        Provider(
            name="CUDAExecutionProvider",
            options={"device_id": "0", "enable_cuda_graph": graph, "use_tf32": "0"},
        )
    ]
    if not missing(TENSORRT_LIBRARY):
        options = {"device_id": "0", "trt_cuda_graph_enable": graph, "trt_fp16_enable": fp16}
        found.insert(0, Provider(name="TensorrtExecutionProvider", options=options))
    return found


def open_session(path: str, provider: Provider, runtime: Any, *, strict: bool = True) -> Any:
    """A session whose every node runs on the provider. BackendError with ONNX Runtime's words.
    `strict` off is for providers of the CPU, whose nodes are what it refuses."""
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    if strict:
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    try:
        session = runtime.InferenceSession(
            path, options, providers=[(provider.name, provider.options)]
        )
    except Exception as error:
        said = " ".join(str(error).split())
        raise BackendError(f"{provider.name} refuses {path}: {said}") from error
    first = session.get_providers()[0]
    if first != provider.name:
        raise BackendError(f"{provider.name} was asked for and {first} runs {path}: see its log")
    return session


def score_output(session: Any) -> Any:
    """The output with the score, as compile.py chooses it. BackendError when it is not there."""
    said = session.get_modelmeta().custom_metadata_map.get(OUTPUT_NAME, "")
    found = [o for o in session.get_outputs() if o.type in KINDS and said in ("", o.name)]
    if not found:
        raise BackendError(f"the model has no output {said!r} of floats: score it natively")
    return found[0]


class OnnxScores:
    """Rows to scores through buffers that are bound once."""

    def __init__(self, session: Any, runtime: Any, memory: str, rows: int = ROWS) -> None:
        """`memory` is "cuda" or "cpu"; `rows` of a batch, unless the graph fixes them."""
        (entry,) = session.get_inputs()
        output = score_output(session)
        if entry.type not in KINDS:
            raise BackendError(f"input of type {entry.type}: score it natively")
        fixed, width = entry.shape
        self.rows = fixed if isinstance(fixed, int) else rows
        self.session = session
        self.staged = np.zeros((self.rows, width), KINDS[entry.type])
        first = np.asarray(session.run([output.name], {entry.name: self.staged})[0])
        columns = first.size // self.rows
        said = session.get_modelmeta().custom_metadata_map.get(OUTPUT, "")
        self.column = int(said or columns == 2)
        if not 0 <= self.column < columns:
            raise BackendError(f"column {self.column} of {columns} is the score: export it again")
        self.given = runtime.OrtValue.ortvalue_from_numpy(self.staged, memory, 0)
        self.found = runtime.OrtValue.ortvalue_from_shape_and_type(
            list(first.shape), first.dtype.type, memory, 0
        )
        self.binding = session.io_binding()
        self.binding.bind_ortvalue_input(entry.name, self.given)
        self.binding.bind_ortvalue_output(output.name, self.found)

    def __call__(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Scores, float64 [row]."""
        parts = [self.batch(rows[k : k + self.rows]) for k in range(0, len(rows), self.rows)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def batch(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """At most as many rows as the buffers have; the rest of them keeps what was there."""
        with np.errstate(over="ignore"):
            self.staged[: len(rows)] = rows
        self.given.update_inplace(self.staged)
        self.session.run_with_iobinding(self.binding)
        found = np.asarray(self.found.numpy(), np.float64).reshape(self.rows, -1)
        return found[: len(rows), self.column].copy()


def sample_rows(width: int) -> npt.NDArray[np.float64]:
    """Rows of a self-test: none, one, ordinary and large values, more than one batch of them."""
    generator = np.random.default_rng(20250101)
    size = generator.choice([0.0, 1.0, 30.0], (ROWS + 3, 1))
    return np.asarray(generator.normal(size=(ROWS + 3, width)) * size)


def self_test(
    scores: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]],
    model: Model,
    width: int,
    bound: float,
) -> None:
    """BackendError when scores are further from the native model's than the bound."""
    rows = sample_rows(width)
    ours, theirs = model.scores(rows), scores(rows)
    if theirs.shape != ours.shape:
        raise BackendError(f"self-test: {theirs.shape} scores for {len(rows)} rows")
    apart = np.abs(ours - theirs).max(initial=0.0)
    if not apart <= bound * max(1.0, np.abs(ours).max(initial=0.0)):
        raise BackendError(f"self-test: scores differ from the native model's by {apart:.3g}")


def device(
    spec: ModelSpec,
    width: int,
    lane: LaneSpec | None = None,
    *,
    found: Available | None = None,
    asked: Sequence[Provider] | None = None,
    memory: str = "cuda",
) -> Device:
    """What scores a model's rows on a GPU, or why nothing does: each provider that was tried.
    Never raises. `found` is the probe's answer, `asked` are providers to try; asked for when
    None."""
    lane = lane or LaneSpec()
    if spec.kind != "onnx":
        return Device(function=None, reason=f"{spec.path}: a GPU scores .onnx models only")
    answer = probe() if found is None else found
    if not answer.ok:
        return Device(function=None, reason=answer.reason)
    bound = SCORES_APART_FP16 if lane.fp16 else SCORES_APART
    whys = []
    for provider in providers(lane) if asked is None else asked:
        try:
            runtime = import_module("onnxruntime")
            session = open_session(spec.path, provider, runtime, strict=memory == "cuda")
            scores = OnnxScores(session, runtime, memory)
            self_test(scores, Model(spec, width), width, bound)
        except TickpathError as error:
            whys.append(str(error))
        except Exception as error:
            whys.append(f"{provider.name}: {type(error).__name__}: {error}")
        else:
            return Device(function=scores, reason=f"{provider.name}, {answer.reason}")
    return Device(function=None, reason="; ".join(whys))
