"""ONNX Runtime as it is installed: where its library is, and whether two of its packages collide.

`onnxruntime` and `onnxruntime-gpu` install into one folder: whichever came last wins, `pip check`
says nothing, and removing either leaves a folder that cannot be imported. So both together are
refused wherever the library is about to be loaded.
"""

import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tickpath.core.errors import ConfigError

CPU_BUILD: Final = "onnxruntime"
GPU_BUILD: Final = "onnxruntime-gpu"
INSTALL: Final = "onnxruntime is not installed: pip install 'tickpath[ml]'"


def version_of(package: str) -> str:
    """Of an installed distribution, "" for one that is not, whatever module it brings."""
    try:
        return distribution(package).version
    except PackageNotFoundError:
        return ""


def collision(version: Callable[[str], str] = version_of) -> str:
    """What to do when both packages are installed; "" when they are not."""
    found = {name: version(name) for name in (CPU_BUILD, GPU_BUILD)}
    if not all(found.values()):
        return ""
    return (
        f"{' and '.join(map(' '.join, found.items()))} are both installed, and share one folder: "
        f"pip uninstall {' '.join(found)}, then install one of them: {CPU_BUILD} for the CPU "
        f"(extra ml), {GPU_BUILD} for a GPU"
    )


def refuse_collision() -> None:
    """ConfigError when both packages are installed."""
    said = collision()
    if said:
        raise ConfigError(said)


def library() -> tuple[Path | None, str]:
    """(the shared library, "") of the installed package, or (None, why there is none). Imports
    nothing."""
    said = collision()
    if said:
        return None, said
    spec = find_spec("onnxruntime")
    if spec is None or not spec.submodule_search_locations:
        return None, INSTALL
    pattern = "libonnxruntime*.dylib" if sys.platform == "darwin" else "libonnxruntime.so*"
    for folder in spec.submodule_search_locations:
        found = sorted((Path(folder) / "capi").glob(pattern))
        if found:
            return found[-1], ""
    return None, (
        "the installed onnxruntime has no shared library (capi/libonnxruntime.so): "
        "pip install -U onnxruntime"
    )
