"""The kernels' source through the shim, built once for all tests."""

from pathlib import Path

import pytest
from emu_build import QUICK, source_library

from tickpath.devices.gpu import kernels


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Library of the kernels that compile quickly."""
    out = tmp_path_factory.mktemp("shim") / "kernels.so"
    return source_library(out, kernels.source_folder(), QUICK)
