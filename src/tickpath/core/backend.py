"""Backends of a stage: what is there, why not, and which one to take.

A backend is a module `tickpath.hot.<stage>.<backend>` that exports the stage's class and `probe()`.
"""

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from tickpath.core.errors import BackendError


class Backend(StrEnum):
    """Where a stage can run."""

    REFERENCE = "reference"
    NATIVE = "native"
    ONNX = "onnx"
    GPU = "gpu"
    FPGA = "fpga"


@dataclass(frozen=True, kw_only=True, slots=True)
class Available:
    """Answer of a probe: usable or not, and why."""

    ok: bool
    reason: str


def probe(stage: str, backend: Backend) -> Available:
    """Whether `backend` of `stage` can be used in this process. Never raises."""
    name = f"tickpath.hot.{stage}.{backend}"
    if find_spec(name) is None:
        return Available(ok=False, reason="not offered")
    try:
        module = import_module(name)
    except ImportError as error:
        return Available(ok=False, reason=f"cannot be imported: {error}; run `make build`")
    answer = module.probe()
    assert isinstance(answer, Available)
    return answer


def load(stage: str, backend: Backend) -> ModuleType:
    """The module of a backend. Raises BackendError with the probe's reason."""
    answer = probe(stage, backend)
    if not answer.ok:
        raise BackendError(f"backend {backend} of stage {stage}: {answer.reason}")
    return import_module(f"tickpath.hot.{stage}.{backend}")


def choose(stage: str, wanted: Backend | None) -> Backend:
    """The forced backend, or native with the reference as fallback."""
    if wanted is not None:
        load(stage, wanted)
        return wanted
    return Backend.NATIVE if probe(stage, Backend.NATIVE).ok else Backend.REFERENCE
