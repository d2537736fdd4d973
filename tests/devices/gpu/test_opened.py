"""A device is handed out only behind its probe and its self-test, here that of one kernel."""

from collections.abc import Collection, Iterator

import numpy as np
import pytest
from twin_port import TwinPort

from tickpath.core.backend import Available
from tickpath.core.errors import BackendError
from tickpath.devices.gpu import selftest
from tickpath.devices.gpu.batch import Window, feature_rows
from tickpath.devices.gpu.opened import open_device
from tickpath.devices.gpu.port import Port
from tickpath.devices.gpu.probe import Device, Found

CARD = Device(name="card", capability=(9, 0), memory_bytes=2**36)
FOUND = Found(available=Available(ok=True, reason="card, 65536 MiB"), device=CARD)


def one_kernel(port: Port, names: Collection[str]) -> Iterator[str]:
    """Where `rows` differs."""
    for size in (1, 3):
        prices = np.random.default_rng(size).normal(100, 1, (20, size)), np.ones((4, size))
        ours, theirs = (feature_rows(*prices, [Window(3)], where) for where in (None, port))
        if ours.tobytes() != theirs.tobytes():
            yield f"kernel rows differs from the CPU for {size} symbols"


@pytest.fixture(autouse=True)
def _one_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "differences", one_kernel)


def test_a_device_that_gives_the_bytes_of_the_cpu_is_opened() -> None:
    port = TwinPort()
    found = open_device(FOUND, lambda _: port)
    assert found.port is port
    assert found.reason == "card, 65536 MiB"


def test_what_the_probe_refuses_is_not_touched() -> None:
    none = Found(available=Available(ok=False, reason="no NVIDIA driver: install one"))
    found = open_device(none, lambda _: pytest.fail("opened"))
    assert (found.port, found.reason) == (None, "no NVIDIA driver: install one")


def test_a_device_that_cannot_be_opened() -> None:
    def broken(found: Found) -> Port:
        raise BackendError("the device cannot be opened (busy): ask tickpath doctor")

    found = open_device(FOUND, broken)
    assert (found.port, found.reason) == (
        None,
        "the device cannot be opened (busy): ask tickpath doctor",
    )


def test_a_device_that_differs_is_refused() -> None:
    found = open_device(FOUND, lambda _: TwinPort(wrong=True))
    assert found.port is None
    assert found.reason.startswith("self-test: kernel rows differs from the CPU for 1 symbols")


@pytest.mark.parametrize("fail_at", [0, 3, 4, 5, 8])
def test_a_device_that_fails_in_its_self_test_is_refused(fail_at: int) -> None:
    found = open_device(FOUND, lambda _: TwinPort(fail_at))
    assert found.port is None
    assert found.reason.startswith("self-test: ")
    assert found.reason.endswith("ask tickpath doctor")
