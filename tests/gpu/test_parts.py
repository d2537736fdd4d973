"""A batch in parts through two slots: the bytes of the whole, whichever stream runs ahead.

Each choice of streams that run ahead is a device of another mood; a wait that host code forgot must
show under one of them, so the faults are planted here too.
"""

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from emu_port import EmuPort
from fake_cupy import FakeCupy

from tickpath.core.errors import BackendError
from tickpath.devices.gpu import parts, slots
from tickpath.devices.gpu.batch import Window, bank_rows, feature_rows
from tickpath.devices.gpu.batch_averages import averages
from tickpath.devices.gpu.batch_moments import window_correlations, window_moments
from tickpath.devices.gpu.cupy_port import CupyPort
from tickpath.devices.gpu.port import COPY, WORK, Buffer, Mark, Port, Stream
from tickpath.devices.gpu.selftest import bank_bytes
from tickpath.devices.gpu.slots import held_by

AHEAD: list[tuple[Stream, ...]] = [(WORK, COPY), (WORK,), (COPY,), ()]
WINDOWS = [Window(3), Window(9, 0.5)]
RANDOM = np.random.default_rng(6)
TABLE = bank_bytes(RANDOM, (3, 4, 2), 5)
PRICES, QUOTES = RANDOM.normal(100.0, 1.0, (20, 40)), RANDOM.uniform(1.0, 2.0, (4, 40))
OTHERS = RANDOM.normal(100.0, 1.0, (20, 2))


def rows(count: int, port: Port | None) -> Any:
    return feature_rows(PRICES[:, :count], QUOTES[:, :count], WINDOWS, port)


def votes(count: int, port: Port | None) -> Any:
    return bank_rows(TABLE, PRICES[:4, :count], port)


def moments(count: int, port: Port | None) -> Any:
    return window_moments(PRICES[:, :count], [4, 7], port)


def correlations(count: int, port: Port | None) -> Any:
    return window_correlations(PRICES[:, :count], OTHERS, 5, port)


def scans(count: int, port: Port | None) -> Any:
    return averages(PRICES[:, :count].T, "tema", 3, port)


BATCHES = [rows, votes, moments, correlations, scans]
Batch = Callable[[int, Port | None], Any]


def bits(found: Any) -> list[bytes]:
    parts_of = found if isinstance(found, tuple) else (found,)
    return [np.ascontiguousarray(part).tobytes() for part in parts_of]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column of feature rows, in and out, has 304 bytes: so 8 columns are a part of them."""
    monkeypatch.setattr(parts, "PART_BYTES", 2500)


def cupy_port(shim: Path, ahead: tuple[Stream, ...] = (WORK, COPY)) -> tuple[FakeCupy, CupyPort]:
    cupy = FakeCupy(EmuPort(shim, ahead=ahead))
    return cupy, CupyPort(lambda name: Path(f"{name}.cubin"), cupy)


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("ahead", AHEAD)
def test_parts_are_the_bytes_of_the_whole(
    shim: Path, ahead: tuple[Stream, ...], batch: Any
) -> None:
    """Of one column, of one part, of two, of many; again, so that graphs are used; and after
    another shape."""
    counts = (1, 3, 4, 3, 7) if batch is scans else (1, 2, 8, 16, 17, 40, 40, 3, 40)
    for port in (EmuPort(shim, ahead=ahead), cupy_port(shim, ahead)[1]):
        for count in counts:
            assert bits(batch(count, port)) == bits(batch(count, None)), (port.name, count)


def test_a_batch_is_cut() -> None:
    work = parts.Work("x", [], [PRICES], lambda n: [((n,), np.float64)], lambda n, buffers: [])
    assert work.width() == 2500 // (20 * 8 + 8)
    assert work.plan(7).inputs[0].shape == (20, 7)


class Forgetful(EmuPort):
    """Host code that left out a verb: `waits` of one stream, or reaching a mark."""

    forgets = ""

    def wait(self, stream: Stream, mark: Mark) -> None:
        if self.forgets != f"wait {stream}":
            super().wait(stream, mark)

    def reach(self, mark: Mark) -> None:
        if self.forgets != "reach":
            super().reach(mark)


@pytest.mark.parametrize("forgets", ["", f"wait {WORK}", f"wait {COPY}", "reach"])
def test_a_forgotten_wait_shows(shim: Path, forgets: str) -> None:
    expected = bits(rows(40, None))
    wrong = 0
    for ahead in AHEAD:
        port = Forgetful(shim, ahead=ahead)
        port.forgets = forgets
        wrong += bits(rows(40, port)) != expected
    assert (wrong > 0) == bool(forgets)


@pytest.mark.parametrize("fault", ["one slot", "stays", "answer stays"])
def test_a_pipeline_that_is_wrong_shows(
    shim: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Both parts in one memory; columns that stay as they were; answers that stay on the device."""
    wrong = 0
    for ahead in AHEAD:
        port = EmuPort(shim, ahead=ahead)
        rows(40, port)
        with monkeypatch.context() as patch:
            if fault == "one slot":
                for place, (slot, _) in held_by(port).pairs.items():
                    held_by(port).pairs[place] = (slot, slot)
            elif fault == "stays":
                patch.setattr(parts, "fill", lambda work, slot, first, fresh: None)
            else:
                patch.setattr(parts.Slot, "copies_out", lambda slot: [])
            prices = PRICES[:, ::-1]
            found, own = (feature_rows(prices, QUOTES, WINDOWS, where) for where in (port, None))
            wrong += bits(found) != bits(own)
    assert wrong > 0


class Written(EmuPort):
    """Writes down what it is asked for."""

    def __init__(self, shim: Path) -> None:
        super().__init__(shim, ahead=())
        self.calls: list[str] = []

    def send(self, array: npt.NDArray[Any], buffer: Buffer) -> None:
        self.calls.append("send")
        super().send(array, buffer)

    def fetch(self, buffer: Buffer, array: npt.NDArray[Any]) -> None:
        self.calls.append("fetch")
        super().fetch(buffer, array)

    def launch(self, *arguments: Any) -> None:
        self.calls.append("launch")
        super().launch(*arguments)


def test_a_copy_is_queued_before_the_kernel_in_front_is_waited_for(shim: Path) -> None:
    port = Written(shim)
    correlations(40, port)
    whole, cut = "send", "send"
    first, later = [whole, cut, "launch"], [cut, "launch", "fetch"]
    assert port.calls[:10] == [*first, *first, "fetch", *later]
    assert port.calls.count("launch") == port.calls.count("fetch") >= 3


def test_memory_is_bounded(shim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = EmuPort(shim)
    taken: weakref.WeakSet[Any] = weakref.WeakSet()
    empty = port.empty

    def counted(*given: Any) -> Buffer:
        found = empty(*given)
        taken.add(found.memory)
        return found

    monkeypatch.setattr(port, "empty", counted)
    monkeypatch.setattr(slots, "PAIRS_MAX", 3)
    for count in (1, 2, 3, 4, 5, 6, 1, 5, 1):
        assert bits(votes(count, port)) == bits(votes(count, None))
        gc.collect()
        assert len(held_by(port).pairs) <= 3
        assert len(taken) == 2 * 5 * len(held_by(port).pairs), "memory of a pair that left"
    monkeypatch.setattr(slots, "HELD_BYTES_MAX", sum(held_by(port).sizes.values()))
    assert bits(votes(7, port)) == bits(votes(7, None))
    assert len(held_by(port).pairs) < 3
    assert sum(held_by(port).sizes.values()) <= slots.HELD_BYTES_MAX


def test_a_shape_that_came_again_is_one_graph(shim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all launches of a slot; a batch of one part uses one slot."""
    monkeypatch.setattr(parts, "PART_BYTES", 2**20)
    cupy, port = cupy_port(shim)
    for times, (graphs, replayed) in enumerate([(0, 0), (1, 1), (1, 2), (1, 3)]):
        scans(4, port)
        assert (cupy.graphs, cupy.replayed, cupy.started) == (graphs, replayed, 3 * (times + 1))
    scans(5, port)
    assert (cupy.graphs, cupy.replayed) == (1, 3), "another shape begins one by one"
    scans(4, port)
    assert (cupy.graphs, cupy.replayed) == (1, 4)


def test_a_shape_that_left_begins_anew(shim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its graph went with its memory: addresses of neither are used again."""
    monkeypatch.setattr(parts, "PART_BYTES", 2**20)
    monkeypatch.setattr(slots, "PAIRS_MAX", 1)
    cupy, port = cupy_port(shim)
    for count in (4, 4, 5, 4, 4, 4):
        assert bits(scans(count, port)) == bits(scans(count, None))
    assert (cupy.graphs, cupy.replayed) == (2, 3)


@pytest.mark.parametrize("refused", ["begin_capture", "captured start", "end_capture"])
def test_without_graphs_kernels_are_started_one_by_one(shim: Path, refused: str) -> None:
    cupy, port = cupy_port(shim)
    cupy.refuses.add(refused)
    for _ in range(3):
        assert bits(scans(7, port)) == bits(scans(7, None))
    assert cupy.replayed == 0
    assert cupy.stream.started is None, "a capture was left open"


@pytest.mark.parametrize("refused", ["alloc_pinned_memory", "Event", "graph"])
def test_what_cupy_raises_lets_go_of_all_memory(shim: Path, refused: str) -> None:
    cupy, port = cupy_port(shim, ())
    cupy.refuses.add(refused)
    with pytest.raises(BackendError, match=r"\(.* is not to be had\): ask tickpath doctor"):
        rows(40, port)
    assert not held_by(port).pairs
    assert not any(cupy.device.streams.values()), "something is still under way"
    cupy.refuses.clear()
    assert bits(rows(40, port)) == bits(rows(40, None))
