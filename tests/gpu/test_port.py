"""What host code may expect of a port: the shim's, and CuPy's over a stand-in for CuPy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emu_build import QUICK
from emu_port import EmuPort

from tickpath.core.errors import BackendError, ConfigError
from tickpath.devices.gpu import kernels
from tickpath.devices.gpu.batch import Window, bank_rows, feature_rows
from tickpath.devices.gpu.batch_tail import DIRECT_MAX
from tickpath.devices.gpu.batch_var import monte_carlo_var, path_profits
from tickpath.devices.gpu.cupy_port import CupyPort
from tickpath.devices.gpu.layout import ROW
from tickpath.devices.gpu.port import Buffer, Port
from tickpath.devices.gpu.selftest import bank_bytes, self_test
from tickpath.hot.risk.portfolio.monte_carlo import simulate


class Stream:
    """Counts what was queued on it; `failure` is raised when it is waited for."""

    failure: Exception | None = None

    def __init__(self, non_blocking: bool = False) -> None:
        assert non_blocking
        self.entered = False

    def __enter__(self) -> "Stream":
        self.entered = True
        return self

    def __exit__(self, *_: object) -> None:
        self.entered = False

    def synchronize(self) -> None:
        if self.failure is not None:
            raise self.failure


class FakeCupy:
    """The names of CuPy that the port uses. Kernels run through the shim; every verb but
    `asnumpy` must come inside the port's stream."""

    def __init__(self, device: EmuPort) -> None:
        self.device = device
        self.cuda = self
        self.loaded: list[str] = []

    def Stream(self, non_blocking: bool) -> Stream:  # noqa: N802
        self.stream = Stream(non_blocking)
        return self.stream

    def asarray(self, array: np.ndarray) -> Buffer:
        assert self.stream.entered
        assert array.dtype == np.uint8
        return self.device.upload(array)

    def empty(self, size: int, dtype: Any) -> Buffer:
        assert self.stream.entered
        if size > 2**40:
            raise MemoryError("out of memory allocating\nmany bytes")
        return self.device.empty((size,), dtype)

    def asnumpy(self, memory: Buffer, stream: Stream) -> np.ndarray:
        assert stream is self.stream
        return self.device.download(memory)

    def RawModule(self, path: str) -> "FakeCupy":  # noqa: N802
        self.loaded.append(path)
        return self

    def get_function(self, name: str) -> Callable[..., None]:
        def start(grid: Any, block: Any, arguments: tuple[Any, ...]) -> None:
            assert self.stream.entered
            self.device.launch(name, grid, block, *arguments)

        return start


@pytest.fixture
def library(shim: Path) -> Path:
    return shim


def cubin(name: str) -> Path:
    if name not in kernels.KERNELS:
        raise ConfigError(f"no kernel {name}")
    return Path(f"{name}.cubin")


@pytest.fixture(params=["emu", "cupy"])
def port(request: pytest.FixtureRequest, library: Path) -> Port:
    device = EmuPort(library)
    return device if request.param == "emu" else CupyPort(cubin, FakeCupy(device))


def test_memory_comes_back_as_it_went(port: Port) -> None:
    record = np.zeros((2, 3), ROW)
    record["ema"] = np.arange(6).reshape(2, 3)
    for array in (record, np.arange(7, dtype=np.int8), np.float64([[1.0, np.nan]]), record.T):
        buffer = port.upload(array)
        back = port.download(buffer)
        assert (back.shape, back.dtype) == (array.shape, array.dtype)
        assert back.tobytes() == np.ascontiguousarray(array).tobytes()
        back.reshape(-1).view(np.uint8)[0] ^= 1
        assert port.download(buffer).tobytes() != back.tobytes(), "a download is a copy"


def test_an_upload_is_a_copy(port: Port) -> None:
    array = np.arange(4)
    buffer = port.upload(array)
    array[0] = 9
    assert port.download(buffer)[0] == 0


def test_empty_memory_has_its_shape_and_is_not_zero(port: Port) -> None:
    buffer = port.empty((3, 2), np.int32)
    assert (buffer.shape, buffer.dtype) == ((3, 2), np.int32)
    assert (port.download(buffer) != 0).all()


def test_a_number_has_a_width(port: Port) -> None:
    with pytest.raises(ConfigError, match="kernel rows, argument 1: int has no fixed width"):
        port.launch("rows", (1, 1, 1), (1, 1, 1), np.int32(1), 5)  # type: ignore[arg-type]


def test_a_kernel_that_is_not_there(port: Port) -> None:
    with pytest.raises((ConfigError, BackendError), match="nope"):
        port.launch("nope", (1, 1, 1), (1, 1, 1))


def test_the_self_test_passes(port: Port) -> None:
    answer = self_test(port, QUICK)
    assert answer.ok, answer.reason


def test_any_grid_covers_all(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels stride over what a grid at its bound leaves."""
    from tickpath.devices.gpu import batch

    generator = np.random.default_rng(0)
    prices, quotes = generator.normal(size=(9, 300)), np.ones((4, 300))
    windows = [Window(n) for n in range(2, 8)]
    table, features = bank_bytes(generator, (3, 2, 0), 0), generator.normal(size=(2, 300))
    monkeypatch.setattr(batch, "GRID_MAX", 1)
    assert feature_rows(prices, quotes, windows, port).tobytes() == (
        feature_rows(prices, quotes, windows).tobytes()
    )
    assert bank_rows(table, features, port).scores.tobytes() == (
        bank_rows(table, features).scores.tobytes()
    )


def test_cupy_loads_a_kernel_once(library: Path) -> None:
    cupy = FakeCupy(EmuPort(library))
    assert self_test(CupyPort(cubin, cupy), QUICK).ok
    assert cupy.loaded == [f"{name}.cubin" for name in QUICK]


def test_what_cupy_raises_becomes_a_backend_error(library: Path) -> None:
    cupy = FakeCupy(EmuPort(library))
    port = CupyPort(cubin, cupy)
    with pytest.raises(BackendError, match="cannot be had \\(out of memory allocating\\): ask"):
        port.empty((2**41,), np.uint8)
    cupy.stream.failure = RuntimeError("illegal address")
    with pytest.raises(BackendError, match="a kernel failed \\(illegal address\\)"):
        port.sync()
    with pytest.raises(BackendError, match="the device cannot be opened"):
        CupyPort(cubin, object())


def test_the_shim_sees_writes_around_a_buffer(library: Path) -> None:
    port = EmuPort(library)
    buffer = port.upload(np.arange(3, dtype=np.int8))
    port.held.append(buffer.memory)
    buffer.memory.head[-1] = 0
    with pytest.raises(BackendError, match="outside a buffer"):
        port.sync()


def test_a_value_at_risk_is_the_same_through_a_port(port: Port) -> None:
    """Of so many paths that only the tail travels back."""
    factor, exposures = np.array([[0.01, 0.0], [0.004, 0.02]]), np.array([1e6, -4e5])
    given = exposures, factor, DIRECT_MAX + 1, (3, 4), 990_000, np.array([True, False])
    assert monte_carlo_var(*given, port=port) == monte_carlo_var(*given)
    matrix, inverse = factor @ factor.T, np.array([False, True])
    rest = 990_000, 1, 5000, (3, 4)
    assert simulate(matrix, exposures, inverse, *rest, port=port) == simulate(
        matrix, exposures, inverse, *rest
    )


def test_no_paths_are_no_profits(port: Port) -> None:
    found = path_profits([[0.1]], [1.0], None, 0, 1, port=port)
    assert found.shape == (0,)
    assert found.dtype == np.float64
