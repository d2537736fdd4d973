"""On a host with a GPU: the kernels give the bytes of the CPU."""

import pytest

from tickpath.devices.gpu.probe import look
from tickpath.devices.gpu.selftest import host_test


@pytest.mark.gpu
def test_the_device_passes_its_self_test() -> None:
    found = look()
    if not found.available.ok:
        pytest.skip(found.available.reason)
    answer = host_test(found)
    assert answer.ok, answer.reason
