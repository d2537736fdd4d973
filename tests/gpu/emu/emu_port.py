"""A Port whose device is the CPU shim. A buffer ends at a page that nobody may touch and begins
behind bytes that must not change; memory is never zero by luck."""

import ctypes
import mmap
from collections import deque
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import BackendError
from tickpath.devices.gpu.port import (
    COPY,
    WORK,
    Argument,
    Buffer,
    Dim,
    Graph,
    Launch,
    Shape,
    Stream,
    check_arguments,
    check_copy,
)

PAGE = mmap.PAGESIZE
POISON = 0xCD
ORDERS = {"fwd": 0, "rev": 1, "rnd": 2}
LIBC = ctypes.CDLL(None, use_errno=True)


class Memory:
    """Bytes between a poisoned head and a page without access; aligned to 16 bytes."""

    def __init__(self, size: int) -> None:
        pages = -(-(size + 16) // PAGE)
        self.map = mmap.mmap(-1, (pages + 1) * PAGE)
        whole = np.frombuffer(self.map, np.uint8)
        guard = ctypes.c_void_p(whole.ctypes.data + pages * PAGE)
        if LIBC.mprotect(guard, ctypes.c_size_t(PAGE), 0) != 0:
            raise OSError(ctypes.get_errno(), "mprotect")
        begin = (pages * PAGE - size) // 16 * 16
        self.head = whole[:begin]
        self.data = whole[begin : begin + size]
        self.slack = whole[begin + size : pages * PAGE]
        for part in (self.head, self.data, self.slack):
            part.fill(POISON)

    def check(self) -> None:
        """BackendError when something wrote around the buffer."""
        if not all((part == POISON).all() for part in (self.head, self.slack)):
            raise BackendError("a kernel wrote outside a buffer")


class Place:
    """A mark: reached when the stream has come by."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.reached = False


Op = Callable[[], None] | Place
"""Something to do, or a mark that must be reached first."""


class EmuPort:
    """Kernels of a library that emu_build.py made. `ahead` are the streams that do at once what is
    queued on them unless they have to wait; the others do nothing before somebody waits for it, as
    a device may. Host code that forgot to wait differs under one of the four choices."""

    def __init__(
        self, library: Path, order: str = "fwd", ahead: Collection[Stream] = (WORK, COPY)
    ) -> None:
        self.name = f"emu {order}"
        self.order = ORDERS[order]
        self.ahead = tuple(ahead)
        self.library = ctypes.CDLL(str(library))
        self.library.emu_error.restype = ctypes.c_char_p
        self.streams: dict[Stream, deque[Op]] = {WORK: deque(), COPY: deque()}
        self.queue: list[str] = []
        self.held: list[Memory] = []

    def put(self, stream: Stream, op: Op) -> None:
        """Queue, and let the eager streams go on as far as they come."""
        self.streams[stream].append(op)
        moved = True
        while moved:
            steps = [self.step(name, force=False) for name in self.ahead]
            moved = any(steps)

    def step(self, stream: Stream, *, force: bool) -> bool:
        """Do the first thing of a stream; what it waits for is done before where `force` is set."""
        ops = self.streams[stream]
        if not ops:
            return False
        op = ops[0]
        if isinstance(op, Place):
            if not op.reached and not force:
                return False
            self.run_to(op)
            ops.popleft()
            return True
        ops.popleft()
        op()
        return True

    def run_to(self, place: Place) -> None:
        while not place.reached:
            assert self.step(place.stream, force=True), "a mark that nobody set"

    def upload(self, array: npt.NDArray[Any]) -> Buffer:
        buffer, copy = self.empty(array.shape, array.dtype), np.array(array, order="C")
        self.put(WORK, lambda: self.copy_in(copy, buffer))
        return buffer

    def copy_in(self, array: npt.NDArray[Any], buffer: Buffer) -> None:
        buffer.memory.data[:] = array.reshape(-1).view(np.uint8)

    def empty(self, shape: Shape, dtype: npt.DTypeLike) -> Buffer:
        kind = np.dtype(dtype)
        memory = Memory(int(np.prod(shape, dtype=np.int64)) * kind.itemsize)
        return Buffer(memory=memory, shape=shape, dtype=kind)

    def download(self, buffer: Buffer) -> npt.NDArray[Any]:
        self.reach(self.mark(WORK))
        copy: npt.NDArray[Any] = buffer.memory.data.copy()
        return copy.view(buffer.dtype).reshape(buffer.shape)

    def launch(self, kernel: str, grid: Dim, block: Dim, *arguments: Argument) -> None:
        check_arguments(kernel, arguments)
        try:
            entry = getattr(self.library, f"emu_{kernel}")
        except AttributeError as error:
            raise BackendError(f"kernel {kernel} is not in the library") from error
        self.put(WORK, lambda: self.run(entry, grid, block, arguments))

    def run(self, entry: Any, grid: Dim, block: Dim, arguments: tuple[Argument, ...]) -> None:
        keep: list[Any] = []
        for argument in arguments:
            if isinstance(argument, Buffer):
                keep.append(ctypes.c_void_p(argument.memory.data.ctypes.data))
                self.held.append(argument.memory)
            else:
                keep.append(np.ctypeslib.as_ctypes_type(argument.dtype)(argument.item()))
        given = (ctypes.c_void_p * len(keep))(*(ctypes.addressof(k) for k in keep))
        self.library.emu_order(self.order)
        if entry((ctypes.c_uint * 3)(*grid), (ctypes.c_uint * 3)(*block), given):
            self.queue.append(self.library.emu_error().decode())

    def sync(self) -> None:
        for stream in self.streams:
            self.run_to(self.mark(stream))
        self.check()

    def check(self) -> None:
        """BackendError for what kernels did wrong so far."""
        held, self.held = self.held, []
        failed, self.queue = self.queue, []
        for memory in held:
            memory.check()
        if failed:
            raise BackendError(f"a kernel failed: {failed[0]}")

    def pinned(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        kind = np.dtype(dtype)
        size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
        return np.full(size, POISON, np.uint8).view(kind).reshape(shape)

    def send(self, array: npt.NDArray[Any], buffer: Buffer) -> None:
        check_copy(array, buffer)
        self.put(COPY, lambda: self.copy_in(array, buffer))

    def fetch(self, buffer: Buffer, array: npt.NDArray[Any]) -> None:
        check_copy(array, buffer)
        octets = array.reshape(-1).view(np.uint8)
        self.put(COPY, lambda: np.copyto(octets, buffer.memory.data))

    def mark(self, stream: Stream) -> Place:
        place = Place(stream)
        self.put(stream, lambda: setattr(place, "reached", True))
        return place

    def wait(self, stream: Stream, mark: Place) -> None:
        self.put(stream, mark)

    def reach(self, mark: Place) -> None:
        self.run_to(mark)
        self.check()

    def capture(self, launches: Sequence[Launch]) -> Graph:
        for launch in launches:
            check_arguments(launch.kernel, launch.arguments)
        return Graph(tuple(launches), True)

    def replay(self, graph: Graph) -> None:
        for launch in graph.launches:
            self.launch(launch.kernel, launch.grid, launch.block, *launch.arguments)
