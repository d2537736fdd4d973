"""The kernels' source through the shim, and its header precompiled: once for all workers."""

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from emu_build import QUICK, SWEEPS, PtxBuild, precompiled, ptx_library, source_library
from verdicts import Judge

from tickpath.devices.gpu import kernels


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """What the first worker that asks for a name makes in its folder."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = base / name
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = base / f"{name}.part"
            part.mkdir()
            make(part)
            part.rename(folder)
    return folder


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of precompiled headers."""
    return once(tmp_path_factory, "ready", precompiled)


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Library of the kernels that compile quickly."""
    folder = once(
        tmp_path_factory,
        "shim",
        lambda part: source_library(part / "kernels.so", kernels.source_folder(), QUICK),
    )
    return folder / "kernels.so"


@pytest.fixture(scope="session")
def sweeps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Library of the kernels that do not."""
    folder = once(
        tmp_path_factory,
        "sweeps",
        lambda part: source_library(part / "kernels.so", kernels.source_folder(), SWEEPS),
    )
    return folder / "kernels.so"


@pytest.fixture(scope="session")
def compilers() -> list[kernels.Compiler]:
    found = kernels.compilers()
    if not found:
        pytest.skip(kernels.NO_COMPILER)
    return found


@pytest.fixture(scope="session")
def ptx(tmp_path_factory: pytest.TempPathFactory) -> PtxBuild:
    """Library of kernels from what a compiler makes of them."""

    def build(compiler: kernels.Compiler, names: tuple[str, ...]) -> Path:
        folder = once(
            tmp_path_factory,
            f"{compiler.name}-{names[0]}-{len(names)}",
            lambda part: ptx_library(
                part / "kernels.so", kernels.source_folder(), compiler, kernels.FLAGS, names
            ),
        )
        return folder / "kernels.so"

    return build


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    found = Judge()
    yield found
    found.close()
