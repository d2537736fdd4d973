"""The self-test refuses a device whose answers differ, and says which kernel."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from twin_port import PromptPort

from tickpath.cli import doctor
from tickpath.cli.main import main
from tickpath.core.backend import Available
from tickpath.core.errors import BackendError
from tickpath.devices.gpu import kernels, selftest, twin, twin_features, twin_risk
from tickpath.devices.gpu.batch_tail import tail_bins
from tickpath.devices.gpu.layout import TAKER_SET
from tickpath.devices.gpu.port import Argument, Buffer, Dim, Mark, Shape
from tickpath.devices.gpu.probe import Device, Found
from tickpath.devices.gpu.selftest import host_test, self_test
from tickpath.devices.gpu.sweep import Market, Stream, makers, takers

FOUND = Found(
    available=Available(ok=True, reason="Test 1"),
    device=Device(name="Test 1", capability=(9, 0), memory_bytes=2**33),
)


Answer = tuple[list[Any], tuple[Any, ...]]
"""Arrays to write, and what to write there."""


def paths_answer(given: list[Any]) -> Answer:
    *columns, assets, seed, run, first, count, out = given
    words = (int(word.view(np.uint64)) for word in (seed, run))
    return [out], (twin_risk.paths(*columns, assets, *words, first, count),)


def counts_answer(given: list[Any]) -> Answer:
    numbers, _, out = given
    return [out], (np.bincount(tail_bins(numbers), minlength=len(out)),)


def collect_answer(given: list[Any]) -> Answer:
    numbers, _, last, _, taken, out = given
    found = numbers[tail_bins(numbers) <= last]
    return [taken, out], (len(found), found)


def sweep_answer(given: list[Any]) -> Answer:
    plan, *stream, sets, _, results, orders, fills, equity = given
    if sets.dtype == TAKER_SET:
        found = takers(Stream(*stream), plan, sets)
    else:
        found = makers(Stream(*stream[:3]), Market(*stream[3:]), plan, sets)
    return [orders, fills, equity, results], (
        found.orders,
        found.fills,
        found.equity,
        found.results,
    )


TWINS: dict[str, Callable[[list[Any]], Answer]] = {
    "rows": lambda given: (given[-1:], (twin.rows(*given[:3]),)),
    "bank": lambda given: (given[3:], twin.bank(*given[:2])),
    "paths": paths_answer,
    "tail_counts": counts_answer,
    "tail_collect": collect_answer,
    "covariance": lambda given: (given[-1:], (twin_risk.covariance(*given[:5]),)),
    "moments": lambda given: (given[-1:], (twin_features.moments(*given[:2]),)),
    "correlations": lambda given: (given[-1:], (twin_features.correlations(*given[:3]),)),
    "averages": lambda given: (given[-1:], (twin_features.averages(*given[:5]),)),
    "takers": sweep_answer,
    "makers": sweep_answer,
}
"""A kernel's arguments, buffers as arrays, to what its twin answers."""


class TwinPort(PromptPort):
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
        outs, found = TWINS[kernel]([a.memory if isinstance(a, Buffer) else a for a in arguments])
        for out, value in zip(outs, found, strict=True):
            out[:] = value
        if kernel == self.spoil:
            outs[-1].reshape(-1).view(np.uint8)[-1] ^= 1

    def sync(self) -> None:
        pass


class DeadPort(TwinPort):
    def sync(self) -> None:
        raise BackendError("a kernel failed (illegal address): ask tickpath doctor")

    def reach(self, mark: Mark) -> None:
        self.sync()


def test_equal_kernels_pass() -> None:
    answer = self_test(TwinPort())
    names = ", ".join(kernels.KERNELS)
    assert answer == Available(ok=True, reason=f"kernels {names} give the bytes of the CPU")


@pytest.mark.parametrize("kernel", kernels.KERNELS)
def test_one_bit_is_refused(kernel: str) -> None:
    answer = self_test(TwinPort(kernel))
    assert not answer.ok
    assert f"kernel {kernel} differs from the CPU for " in answer.reason


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
