"""A stand-in for CuPy over EmuPort: the names that CupyPort uses, with what CuPy 14 documents.

Kernels run through the shim. A graph knows memory by its address alone, as the driver does: the
memory of a launch that is gone when the graph starts is an error here and a wrong answer there.
"""

from collections.abc import Callable
from typing import Any
from weakref import ref

import numpy as np
from emu_port import POISON, EmuPort

from tickpath.devices.gpu.port import COPY, WORK, Buffer
from tickpath.devices.gpu.port import Stream as Name


class Array:
    """Device memory as bytes."""

    def __init__(self, device: EmuPort, buffer: Buffer) -> None:
        self.device, self.buffer = device, buffer

    def set(self, array: np.ndarray, stream: "Stream") -> None:
        assert stream.name == COPY
        assert array.dtype == np.uint8
        self.device.send(array, self.buffer)

    def get(self, stream: "Stream", out: np.ndarray, blocking: bool) -> None:
        assert (stream.name, blocking) == (COPY, False)
        self.device.fetch(self.buffer, out)


class Event:
    """A place in a stream."""

    def __init__(self, device: EmuPort) -> None:
        self.device = device

    def record(self, stream: "Stream") -> None:
        self.mark = self.device.mark(stream.name)

    def synchronize(self) -> None:
        self.device.reach(self.mark)


class Stream:
    """`failure` is raised when it is waited for. What is started between begin and end of a capture
    is written down, not done."""

    failure: Exception | None = None

    def __init__(self, cupy: "FakeCupy", name: Name) -> None:
        self.cupy, self.name = cupy, name
        self.entered = False
        self.started: list[tuple[Any, ...]] | None = None

    def __enter__(self) -> "Stream":
        self.entered = True
        return self

    def __exit__(self, *_: object) -> None:
        self.entered = False

    def synchronize(self) -> None:
        if self.failure is not None:
            raise self.failure
        self.cupy.device.run_to(self.cupy.device.mark(self.name))
        self.cupy.device.check()

    def wait_event(self, event: Event) -> None:
        self.cupy.device.wait(self.name, event.mark)

    def begin_capture(self) -> None:
        self.cupy.refuse("begin_capture")
        assert self.started is None, "captured twice"
        self.started = []

    def end_capture(self) -> "FakeGraph":
        assert self.started is not None, "nothing is captured"
        started, self.started = self.started, None
        self.cupy.refuse("end_capture")
        self.cupy.graphs += 1
        return FakeGraph(self.cupy, started)


class FakeGraph:
    """Starts of kernels whose arrays are held by address alone."""

    def __init__(self, cupy: "FakeCupy", started: list[tuple[Any, ...]]) -> None:
        self.cupy = cupy
        self.nodes = [
            (head, [ref(a) if isinstance(a, Array) else a for a in given])
            for *head, given in started
        ]

    def launch(self, stream: Stream) -> None:
        self.cupy.refuse("graph")
        assert stream.name == WORK
        self.cupy.replayed += 1
        for head, given in self.nodes:
            alive = [a() if isinstance(a, ref) else a for a in given]
            assert None not in alive, "a stale pointer"
            self.cupy.start(*head, tuple(alive))


class FakeCupy:
    """The module, and its `cuda`. Memory is taken and kernels are started inside a stream's `with`;
    a word in `refuses` makes that call fail."""

    def __init__(self, device: EmuPort) -> None:
        self.device = device
        self.cuda = self
        self.loaded: list[str] = []
        self.streams: list[Stream] = []
        self.refuses: set[str] = set()
        self.graphs = self.replayed = self.started = 0

    def refuse(self, what: str) -> None:
        if what in self.refuses:
            raise RuntimeError(f"{what} is not to be had")

    def Stream(self, non_blocking: bool) -> Stream:  # noqa: N802
        assert non_blocking
        self.streams.append(Stream(self, (WORK, COPY)[len(self.streams)]))
        return self.streams[-1]

    @property
    def stream(self) -> Stream:
        return self.streams[0]

    def Event(self, disable_timing: bool) -> Event:  # noqa: N802
        assert disable_timing
        self.refuse("Event")
        return Event(self.device)

    def alloc_pinned_memory(self, size: int) -> bytearray:
        self.refuse("alloc_pinned_memory")
        return bytearray([POISON]) * size

    def asarray(self, array: np.ndarray) -> Array:
        assert self.stream.entered
        assert array.dtype == np.uint8
        return Array(self.device, self.device.upload(array))

    def empty(self, size: int, dtype: Any) -> Array:
        assert self.stream.entered
        if size > 2**40:
            raise MemoryError("out of memory allocating\nmany bytes")
        return Array(self.device, self.device.empty((size,), dtype))

    def asnumpy(self, memory: Array, stream: Stream) -> np.ndarray:
        assert stream is self.stream
        return self.device.download(memory.buffer)

    def RawModule(self, path: str) -> "FakeCupy":  # noqa: N802
        assert self.stream.started is None, "a module is loaded while a graph is captured"
        self.loaded.append(path)
        return self

    def get_function(self, name: str) -> Callable[..., None]:
        def function(grid: Any, block: Any, arguments: tuple[Any, ...]) -> None:
            assert self.stream.entered
            if self.stream.started is not None:
                self.refuse("captured start")
                self.stream.started.append((name, grid, block, arguments))
                return
            self.start(name, grid, block, arguments)

        return function

    def start(self, name: str, grid: Any, block: Any, arguments: tuple[Any, ...]) -> None:
        self.started += 1
        given = (a.buffer if isinstance(a, Array) else a for a in arguments)
        self.device.launch(name, grid, block, *given)
