"""The kernels' source through the shim, built once for all tests."""

from pathlib import Path

import pytest
from emu_build import source_library

from tickpath.devices.gpu import kernels


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Library of all kernels."""
    return source_library(tmp_path_factory.mktemp("shim") / "kernels.so", kernels.source_folder())
