"""The port of a CUDA device, by CuPy. Arrays travel as bytes, so records need no CuPy dtype.

Two streams of its own. Worst case: a download waits for all that was queued on WORK, and a graph
that the driver refuses costs its launches one by one, as if there were none.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
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
    Mark,
    Shape,
    Stream,
    check_arguments,
    check_copy,
)


def octets(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """The array's own memory as bytes."""
    found: npt.NDArray[np.uint8] = array.reshape(-1).view(np.uint8)
    return found


def size_of(shape: Shape, kind: np.dtype[Any]) -> int:
    """Bytes of an array."""
    return int(np.prod(shape, dtype=np.int64)) * kind.itemsize


class CupyPort:
    """A `port.Port` on the device that CuPy has chosen."""

    name = "cupy"

    def __init__(self, cubin: Callable[[str], Path], cupy: Any = None) -> None:
        """`cubin` gives the file of a kernel's name; `cupy` is the module, imported when None.
        Raises BackendError when the device cannot be opened."""
        self.cubin = cubin
        self.functions: dict[str, Any] = {}
        try:
            self.cupy = import_module("cupy") if cupy is None else cupy
            self.streams = {name: self.cupy.cuda.Stream(non_blocking=True) for name in (WORK, COPY)}
        except Exception as error:
            raise self.refusal("the device cannot be opened", error) from error
        self.stream = self.streams[WORK]

    def refusal(self, what: str, error: Exception) -> BackendError:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        return BackendError(f"{what} ({text}): ask tickpath doctor")

    def upload(self, array: npt.NDArray[Any]) -> Buffer:
        data = np.ascontiguousarray(array)
        try:
            with self.stream:
                memory = self.cupy.asarray(octets(data))
        except Exception as error:
            raise self.refusal(f"{data.nbytes} bytes cannot be sent", error) from error
        return Buffer(memory=memory, shape=data.shape, dtype=data.dtype)

    def empty(self, shape: Shape, dtype: npt.DTypeLike) -> Buffer:
        kind = np.dtype(dtype)
        size = size_of(shape, kind)
        try:
            with self.stream:
                memory = self.cupy.empty(size, np.uint8)
        except Exception as error:
            raise self.refusal(f"{size} bytes cannot be had", error) from error
        return Buffer(memory=memory, shape=shape, dtype=kind)

    def download(self, buffer: Buffer) -> npt.NDArray[Any]:
        try:
            data = self.cupy.asnumpy(buffer.memory, stream=self.stream)
        except Exception as error:
            raise self.refusal("a buffer cannot be read", error) from error
        self.sync()
        found: npt.NDArray[Any] = data.view(buffer.dtype).reshape(buffer.shape)
        return found

    def function(self, kernel: str) -> Any:
        """The loaded kernel."""
        if kernel not in self.functions:
            module = self.cupy.RawModule(path=str(self.cubin(kernel)))
            self.functions[kernel] = module.get_function(kernel)
        return self.functions[kernel]

    def launch(self, kernel: str, grid: Dim, block: Dim, *arguments: Argument) -> None:
        check_arguments(kernel, arguments)
        given = tuple(a.memory if isinstance(a, Buffer) else a for a in arguments)
        try:
            function = self.function(kernel)
            with self.stream:
                function(grid, block, given)
        except BackendError:
            raise
        except Exception as error:
            raise self.refusal(f"kernel {kernel} cannot be started", error) from error

    def sync(self) -> None:
        try:
            for stream in self.streams.values():
                stream.synchronize()
        except Exception as error:
            raise self.refusal("a kernel failed", error) from error

    def pinned(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        kind = np.dtype(dtype)
        size = size_of(shape, kind)
        try:
            memory = self.cupy.cuda.alloc_pinned_memory(max(size, 1))
        except Exception as error:
            raise self.refusal(f"{size} bytes cannot be pinned", error) from error
        whole: npt.NDArray[Any] = np.frombuffer(memory, np.uint8, size)
        return whole.view(kind).reshape(shape)

    def send(self, array: npt.NDArray[Any], buffer: Buffer) -> None:
        check_copy(array, buffer)
        try:
            buffer.memory.set(octets(array), stream=self.streams[COPY])
        except Exception as error:
            raise self.refusal(f"{array.nbytes} bytes cannot be sent", error) from error

    def fetch(self, buffer: Buffer, array: npt.NDArray[Any]) -> None:
        check_copy(array, buffer)
        try:
            buffer.memory.get(stream=self.streams[COPY], out=octets(array), blocking=False)
        except Exception as error:
            raise self.refusal("a buffer cannot be read", error) from error

    def mark(self, stream: Stream) -> Mark:
        try:
            event = self.cupy.cuda.Event(disable_timing=True)
            event.record(self.streams[stream])
        except Exception as error:
            raise self.refusal("a stream cannot be marked", error) from error
        return event

    def wait(self, stream: Stream, mark: Mark) -> None:
        try:
            self.streams[stream].wait_event(mark)
        except Exception as error:
            raise self.refusal("a stream cannot wait", error) from error

    def reach(self, mark: Mark) -> None:
        try:
            mark.synchronize()
        except Exception as error:
            raise self.refusal("a kernel failed", error) from error

    def capture(self, launches: Sequence[Launch]) -> Graph:
        kept = tuple(launches)
        for launch in kept:
            check_arguments(launch.kernel, launch.arguments)
        return Graph(kept, self.captured(kept))

    def captured(self, launches: tuple[Launch, ...]) -> Any:
        """The driver's graph, or None when it refuses; the stream is fit for use either way."""
        try:
            for launch in launches:
                self.function(launch.kernel)  # loading a module is no part of a graph
            self.stream.begin_capture()
        except Exception:
            return None
        whole = False
        with suppress(Exception):
            self.queue(launches)
            whole = True
        with suppress(Exception):
            found = self.stream.end_capture()
            return found if whole else None
        return None

    def queue(self, launches: Sequence[Launch]) -> None:
        for launch in launches:
            self.launch(launch.kernel, launch.grid, launch.block, *launch.arguments)

    def replay(self, graph: Graph) -> None:
        if graph.captured is None:
            self.queue(graph.launches)
            return
        try:
            graph.captured.launch(stream=self.stream)
        except Exception as error:
            raise self.refusal("a graph cannot be started", error) from error
