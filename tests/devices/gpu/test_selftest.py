"""The self-test refuses a device whose answers differ, and says which kernel."""

import subprocess
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tickpath.cli import doctor
from tickpath.cli.main import main
from tickpath.core.backend import Available
from tickpath.core.errors import BackendError
from tickpath.devices.gpu import selftest, twin
from tickpath.devices.gpu.layout import BANK
from tickpath.devices.gpu.port import Argument, Buffer, Dim, Shape
from tickpath.devices.gpu.probe import Device, Found
from tickpath.devices.gpu.selftest import host_test, self_test
from tickpath.devices.gpu.sweep import Figures, Market, Stream, makers, takers

FOUND = Found(
    available=Available(ok=True, reason="Test 1"),
    device=Device(name="Test 1", capability=(9, 0), memory_bytes=2**33),
)


class TwinPort:
    """A port whose kernels are the twin's; `spoil` turns one bit of one kernel's result."""

    name = "twin"

    def __init__(self, spoil: str = "") -> None:
        self.spoil = spoil

    def upload(self, array: npt.NDArray[Any]) -> Buffer:
        return Buffer(memory=array.copy(), shape=array.shape, dtype=array.dtype)

    def empty(self, shape: Shape, dtype: npt.DTypeLike) -> Buffer:
        return Buffer(memory=np.zeros(shape, dtype), shape=shape, dtype=np.dtype(dtype))

    def download(self, buffer: Buffer) -> npt.NDArray[Any]:
        return buffer.memory.copy()

    def launch(self, kernel: str, grid: Dim, block: Dim, *arguments: Argument) -> None:
        given = [a.memory for a in arguments if isinstance(a, Buffer)]
        if kernel == "rows":
            outs = [given[3]]
            found = (twin.rows(*given[:3]),)
        elif kernel in ("takers", "makers"):
            outs = given[-4:]
            found = self.sweep(kernel, given)
        else:
            assert given[0].dtype == BANK
            outs, found = given[2:], twin.bank(*given[:2])
        for out, value in zip(outs, found, strict=True):
            out[:] = value
        if kernel == self.spoil:
            outs[0].reshape(-1).view(np.uint8)[-1] ^= 1

    @staticmethod
    def sweep(kernel: str, given: list[Any]) -> Figures:
        plan, *stream, sets = given[:-4]
        if kernel == "takers":
            return takers(Stream(*stream), plan, sets)
        return makers(Stream(*stream[:3]), Market(*stream[3:]), plan, sets)

    def sync(self) -> None:
        pass


class DeadPort(TwinPort):
    def sync(self) -> None:
        raise BackendError("a kernel failed (illegal address): ask tickpath doctor")


def test_equal_kernels_pass() -> None:
    answer = self_test(TwinPort())
    assert answer == Available(
        ok=True, reason="kernels rows, bank, takers, makers give the bytes of the CPU"
    )


@pytest.mark.parametrize("kernel", ["rows", "bank", "takers", "makers"])
def test_one_bit_is_refused(kernel: str) -> None:
    answer = self_test(TwinPort(kernel))
    assert not answer.ok
    assert f"kernel {kernel} differs from the CPU for 1 " in answer.reason


def test_a_device_that_fails_is_a_reason() -> None:
    assert self_test(DeadPort()) == Available(
        ok=False, reason="a kernel failed (illegal address): ask tickpath doctor"
    )


def test_a_host_is_probed_before_it_is_tested() -> None:
    no = Found(available=Available(ok=False, reason="no device"))
    assert host_test(no, lambda found: pytest.fail("opened")).reason == "no device"
    assert host_test(FOUND, lambda found: TwinPort()).ok
    assert "differs" in host_test(FOUND, lambda found: TwinPort("bank")).reason

    def fails(found: Found) -> TwinPort:
        raise BackendError("the device cannot be opened")

    assert host_test(FOUND, fails).reason == "the device cannot be opened"


def test_doctor_runs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "gpu_probe", lambda: Available(ok=True, reason="Test 1"))
    monkeypatch.setattr(selftest, "host_test", lambda: self_test(TwinPort("rows")))
    assert main(["doctor"]) == 0
    assert main(["doctor", "--gpu-selftest"]) == 4
    assert "kernel rows differs" in capsys.readouterr().err
    monkeypatch.setattr(selftest, "host_test", lambda: self_test(TwinPort()))
    assert main(["doctor", "--gpu-selftest"]) == 0
    monkeypatch.setitem(sys.modules, "tickpath.devices.gpu.selftest", None)
    assert main(["doctor", "--gpu-selftest"]) == 4
    assert "run `make build`" in capsys.readouterr().err


def test_doctor_without_a_gpu_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "gpu_probe", lambda: Available(ok=False, reason="no device"))
    monkeypatch.setattr(selftest, "host_test", lambda: pytest.fail("tested"))
    assert main(["doctor", "--gpu-selftest"]) == 4
    assert "not passed: no device" in capsys.readouterr().err
    rows = doctor.doctor()["backends"]
    assert {"stage": "batch", "backend": "gpu", "available": False, "reason": "no device"} in rows


def test_the_package_needs_no_gpu_package() -> None:
    program = (
        "import sys; import tickpath.devices.gpu.selftest, tickpath.cli.doctor\n"
        "assert not {'cupy', 'cuda'} & {name.split('.')[0] for name in sys.modules}"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
