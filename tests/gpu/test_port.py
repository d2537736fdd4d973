"""What host code may expect of a port: the shim's, and CuPy's over a stand-in for CuPy."""

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emu_build import QUICK
from emu_port import EmuPort
from fake_cupy import FakeCupy

from tickpath.core.errors import BackendError, ConfigError
from tickpath.devices.gpu import kernels
from tickpath.devices.gpu.batch import BLOCK, Window, bank_rows, feature_rows
from tickpath.devices.gpu.batch_tail import BINS, DIRECT_MAX
from tickpath.devices.gpu.batch_var import monte_carlo_var, path_profits
from tickpath.devices.gpu.cupy_port import CupyPort
from tickpath.devices.gpu.layout import ROW
from tickpath.devices.gpu.port import COPY, WORK, Buffer, Launch, Port
from tickpath.devices.gpu.selftest import bank_bytes, self_test
from tickpath.hot.risk.portfolio.monte_carlo import simulate


@pytest.fixture
def library(shim: Path) -> Path:
    return shim


def cubin(name: str) -> Path:
    if name not in kernels.KERNELS:
        raise ConfigError(f"no kernel {name}")
    return Path(f"{name}.cubin")


@pytest.fixture(params=["emu", "cupy", "emu, late", "cupy, late"])
def port(request: pytest.FixtureRequest, library: Path) -> Port:
    """`late`: nothing is done before it is waited for."""
    device = EmuPort(library, ahead=() if "late" in request.param else (WORK, COPY))
    return device if "emu" in request.param else CupyPort(cubin, FakeCupy(device))


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


def test_pinned_memory_travels_both_ways(port: Port) -> None:
    there, back = port.pinned((2, 3), ROW), port.pinned((2, 3), ROW)
    assert (there.shape, there.dtype) == ((2, 3), ROW)
    assert port.pinned((0,), np.float64).shape == (0,)
    there["ema"] = np.arange(6).reshape(2, 3)
    buffer = port.empty((2, 3), ROW)
    port.send(there, buffer)
    port.fetch(buffer, back)
    port.reach(port.mark(COPY))
    assert back.tobytes() == there.tobytes()
    assert back["ema"][1, 2] == 5.0
    port.wait(WORK, port.mark(COPY))
    assert port.download(buffer).tobytes() == there.tobytes()


def test_a_copy_is_of_one_shape(port: Port) -> None:
    buffer = port.empty((2, 3), np.int64)
    for array in (
        port.pinned((3, 2), np.int64),
        port.pinned((2, 3), np.float64),
        port.pinned((3, 2), np.int64).T,
    ):
        with pytest.raises(ConfigError, match="give memory of the same shape, without gaps"):
            port.send(array, buffer)
        with pytest.raises(ConfigError, match="give memory of the same shape, without gaps"):
            port.fetch(buffer, array)


def counting(port: Port, numbers: Buffer, counts: Buffer) -> Launch:
    """Adds one to the bin of each number."""
    size = np.int32(numbers.shape[0])
    return Launch("tail_counts", (1, 1, 1), BLOCK, (numbers, size, counts))


def test_a_graph_is_its_launches_at_every_replay(port: Port) -> None:
    numbers, counts = port.upload(np.arange(5.0)), port.upload(np.zeros(BINS, np.int32))
    graph = port.capture([counting(port, numbers, counts)] * 2)
    assert port.download(counts).sum() == 0, "captured, not run"
    for times in (1, 2, 3):
        port.replay(graph)
        assert port.download(counts).sum() == 10 * times
    wrong: Any = 5.0
    with pytest.raises(ConfigError, match="float has no fixed width"):
        port.capture([Launch("tail_counts", (1, 1, 1), BLOCK, (numbers, wrong))])


def test_a_graph_reads_what_its_buffers_hold_then(port: Port) -> None:
    numbers, counts = port.empty((4,), np.float64), port.upload(np.zeros(BINS, np.int32))
    host, graph = port.pinned((4,), np.float64), port.capture([counting(port, numbers, counts)])
    for value in (1.0, -2.0):
        host[:] = value
        port.send(host, numbers)
        port.wait(WORK, port.mark(COPY))
        port.replay(graph)
        port.reach(port.mark(WORK))
    found = port.download(counts)
    assert sorted(found[found > 0]) == [4, 4]


def test_a_graph_holds_its_memory(port: Port) -> None:
    graph = port.capture([counting(port, port.upload(np.arange(5.0)), port.empty((BINS,), "i4"))])
    gc.collect()
    others = [port.upload(np.full(BINS, 7, np.int32)) for _ in range(3)]
    port.replay(graph)
    port.sync()
    assert all((port.download(other) == 7).all() for other in others)
    counted = graph.launches[0].arguments[-1]
    assert isinstance(counted, Buffer)
    assert port.download(counted).shape == (BINS,)


def test_an_address_without_memory_is_found(library: Path) -> None:
    """The stand-in's own check, which the tests of graphs lean on."""
    port = CupyPort(cubin, FakeCupy(EmuPort(library)))
    graph = port.capture([counting(port, port.upload(np.arange(5.0)), port.empty((BINS,), "i4"))])
    graph = graph._replace(launches=())
    gc.collect()
    with pytest.raises(BackendError, match="a stale pointer"):
        port.replay(graph)


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
