"""Which backend evaluates the model: native code, or ONNX Runtime for a graph that has no native
form.

`[backends] model = "native"` or `"onnx"` forces one. Otherwise an .onnx file is compiled, and only
where an operation has no native form, and onnxruntime is installed, evaluated by it. What was
chosen and why stands in `Chosen`, which the run prints.
"""

from dataclasses import dataclass
from typing import Any

from tickpath.core.backend import Backend, load, probe
from tickpath.core.config import ModelSpec
from tickpath.core.errors import ConfigError, NoNativeFormError
from tickpath.hot.model.arrays import check_hash


@dataclass(frozen=True, slots=True)
class Chosen:
    """A backend for the model, and why it is not another one ("" when nobody would ask)."""

    backend: Backend
    reason: str

    def text(self) -> str:
        """For a table of a run."""
        return f"{self.backend}: {self.reason}" if self.reason else str(self.backend)


def built(spec: ModelSpec, width: int, backend: Backend, forced: str | None) -> tuple[Any, Chosen]:
    """(the handle, what was chosen) for rows of `width` columns. `backend` is that of the engine,
    `forced` that of the configuration; a GPU is for batches and forces nothing here. Raises
    ConfigError or BackendError."""
    if forced == Backend.ONNX:
        check_hash(spec, f"model {spec.path!r}")
        handle = load("model", Backend.ONNX).Model(spec, width)
        return handle, Chosen(Backend.ONNX, f"forced by the configuration, {handle.kernel}")
    try:
        handle = load("model", backend).Model(spec, width)
    except NoNativeFormError as error:
        if forced not in (None, Backend.GPU):
            raise
        return fallback(spec, width, error)
    return handle, Chosen(backend, "")


def fallback(spec: ModelSpec, width: int, error: NoNativeFormError) -> tuple[Any, Chosen]:
    """By ONNX Runtime. Raises ConfigError with both reasons."""
    answer = probe("model", Backend.ONNX)
    if not answer.ok:
        raise ConfigError(f"{error}; it could run in ONNX Runtime, but {answer.reason}") from error
    handle = load("model", Backend.ONNX).Model(spec, width)
    why = str(error).partition(";")[0]
    return handle, Chosen(Backend.ONNX, f"{handle.kernel}, because {why}")
