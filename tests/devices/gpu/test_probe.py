"""Every answer of the GPU probe: those of a stub driver, and of an object in the place of CuPy."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tickpath.core.backend import Available
from tickpath.devices.gpu import probe

STUB = Path(__file__).resolve().parents[2] / "gpu/emu/stub_libcuda.c"


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A driver library of the name that the linker looks for."""
    out = tmp_path_factory.mktemp("driver") / "libcuda.so.1"
    subprocess.run(["gcc", "-shared", "-fPIC", str(STUB), "-o", str(out)], check=True)
    return str(out)


class RefusedError(Exception):
    """As `cupy.cuda.runtime.CUDARuntimeError`: the code is in `status`."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class Runtime:
    """One device, or an error at the first call."""

    CUDARuntimeError = RefusedError

    def __init__(self, *, count: int = 1, error: Exception | None = None, **about: Any) -> None:
        self.count = count
        self.error = error
        base = {"name": b"Test 1", "major": 9, "minor": 0, "totalGlobalMem": 80 * 2**30}
        self.about = base | about

    def getDeviceCount(self) -> int:  # noqa: N802
        if self.error is not None:
            raise self.error
        return self.count

    def getDeviceProperties(self, index: int) -> dict[str, Any]:  # noqa: N802
        assert index == 0
        return self.about


def test_a_host_without_a_driver_says_so_and_imports_no_cupy() -> None:
    program = (
        "import sys; from tickpath.devices.gpu.probe import look\n"
        "def never(): raise SystemExit('the runtime was asked for')\n"
        "found = look('libno-such-driver.so.1', never)\n"
        "assert not found.available.ok and 'apt-get install' in found.available.reason, found\n"
        "assert 'cupy' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("name", "value", "status", "words"),
    [
        ("STUB_INIT", 100, 100, "no CUDA device (status 100): look for one: nvidia-smi -L"),
        ("STUB_INIT", 3, 3, "could not start"),
        ("STUB_INIT", 804, 804, "LD_LIBRARY_PATH"),
        ("STUB_INIT", 999, 999, "nvidia-modprobe"),
        ("STUB_INIT", 12345, 12345, "nvidia-smi"),
        ("STUB_VERSION", 12040, 35, "of CUDA 12.4, older than CUDA 13"),
        ("STUB_COUNT", 0, 100, "no CUDA device"),
        ("STUB_STATUS", 46, 46, "another process"),
    ],
)
def test_the_driver_answers(
    driver: str, monkeypatch: pytest.MonkeyPatch, name: str, value: int, status: int, words: str
) -> None:
    monkeypatch.setenv("STUB_COUNT", "1")
    monkeypatch.setenv(name, str(value))
    found = probe.look(driver, lambda: pytest.fail("the runtime was asked for"))
    assert not found.available.ok
    assert found.status == status
    assert words in found.available.reason
    assert ": " in found.available.reason


def test_a_library_that_is_no_driver(tmp_path: Path) -> None:
    out = tmp_path / "libcuda.so.1"
    subprocess.run(["gcc", "-shared", "-x", "c", "/dev/null", "-o", str(out)], check=True)
    assert "is no CUDA driver" in probe.look(str(out)).available.reason


def runtime_that_is_broken() -> probe.Runtime:
    raise ImportError("libnvrtc.so.13")


@pytest.mark.parametrize(
    ("runtime", "status", "words"),
    [
        (lambda: Runtime(error=RefusedError(35)), 35, "older than CUDA 13"),
        (lambda: Runtime(count=0), 100, "no CUDA device"),
        (lambda: Runtime(error=OSError("torn")), 0, "OSError: torn"),
        (runtime_that_is_broken, 0, "libnvrtc.so.13"),
        (lambda: Runtime(major=7, minor=0), 0, "capability 7.0, 7.5 is needed"),
        (lambda: Runtime(totalGlobalMem=2**29), 0, "512 MiB, 1024 MiB are needed"),
    ],
)
def test_the_runtime_answers(
    driver: str, monkeypatch: pytest.MonkeyPatch, runtime: Any, status: int, words: str
) -> None:
    monkeypatch.setenv("STUB_COUNT", "1")
    found = probe.look(driver, runtime)
    assert not found.available.ok
    assert found.device is None
    assert (found.status, words in found.available.reason) == (status, True), found


def test_cupy_that_is_missing_is_named(driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_COUNT", "1")
    monkeypatch.setattr(probe, "find_spec", lambda name: None)
    assert "pip install 'tickpath[gpu]'" in probe.look(driver).available.reason


def test_a_usable_device(driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_COUNT", "1")
    found = probe.look(driver, Runtime)
    assert found.available == Available(ok=True, reason="Test 1, compute capability 9.0, 81920 MiB")
    assert found.device is not None
    assert found.device.capability == (9, 0)
