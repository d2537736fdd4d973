"""What the tests of the overlay share."""

import pytest

from tickpath.devices.fpga.verilate import missing_tool


@pytest.fixture(scope="session")
def needs_verilator() -> None:
    """Skips, with what to install, where no simulator can be built."""
    reason = missing_tool()
    if reason:
        pytest.skip(reason)
