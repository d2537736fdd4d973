"""A device for tests of host code: kernels by their twin on the CPU, and a fault at any call.

Fast to make, unlike EmuPort, which runs the kernels themselves (tests/gpu).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import BackendError
from tickpath.devices.gpu import layout, twin, twin_risk
from tickpath.devices.gpu.port import (
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

FAULTS = {
    "upload": "8 bytes cannot be sent (out of memory): ask tickpath doctor",
    "empty": "8 bytes cannot be had (out of memory): ask tickpath doctor",
    "launch": "a kernel cannot be started (launch failure): ask tickpath doctor",
    "sync": "a kernel failed (device lost): ask tickpath doctor",
    "download": "a buffer cannot be read (device lost): ask tickpath doctor",
    "pinned": "8 bytes cannot be pinned (out of memory): ask tickpath doctor",
    "send": "8 bytes cannot be sent (device lost): ask tickpath doctor",
    "fetch": "a buffer cannot be read (device lost): ask tickpath doctor",
    "mark": "a stream cannot be marked (device lost): ask tickpath doctor",
    "wait": "a stream cannot wait (device lost): ask tickpath doctor",
    "reach": "a kernel failed (device lost): ask tickpath doctor",
    "replay": "a graph cannot be started (device lost): ask tickpath doctor",
}


class PromptPort:
    """The verbs of streams for a port that does at once what it is asked for."""

    def pinned(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        return np.zeros(shape, dtype)

    def send(self, array: npt.NDArray[Any], buffer: Buffer) -> None:
        check_copy(array, buffer)
        np.copyto(buffer.memory, array)

    def fetch(self, buffer: Buffer, array: npt.NDArray[Any]) -> None:
        check_copy(array, buffer)
        np.copyto(array, buffer.memory)

    def mark(self, stream: Stream) -> Mark:
        return stream

    def wait(self, stream: Stream, mark: Mark) -> None:
        assert stream != mark

    def reach(self, mark: Mark) -> None:
        pass

    def capture(self, launches: Sequence[Launch]) -> Graph:
        return Graph(tuple(launches), None)

    def replay(self, graph: Graph) -> None:
        for launch in graph.launches:
            self.launch(launch.kernel, launch.grid, launch.block, *launch.arguments)

    def launch(self, kernel: str, grid: Dim, block: Dim, *arguments: Argument) -> None:
        """Of the port itself."""


class TwinPort(PromptPort):
    """`fail_at` is the call from which on every call fails; `calls` are the verbs so far. Graphs
    are refused without a fault."""

    name = "twin"

    def __init__(self, fail_at: int = 2**31, *, wrong: bool = False) -> None:
        self.fail_at, self.wrong = fail_at, wrong
        self.calls: list[str] = []

    def called(self, verb: str) -> None:
        self.calls.append(verb)
        if len(self.calls) > self.fail_at:
            raise BackendError(FAULTS[verb])

    def upload(self, array: npt.NDArray[Any]) -> Buffer:
        self.called("upload")
        return Buffer(memory=array.copy(), shape=array.shape, dtype=array.dtype)

    def empty(self, shape: Shape, dtype: npt.DTypeLike) -> Buffer:
        self.called("empty")
        return Buffer(memory=np.zeros(shape, dtype), shape=shape, dtype=np.dtype(dtype))

    def download(self, buffer: Buffer) -> npt.NDArray[Any]:
        self.called("download")
        found: npt.NDArray[Any] = buffer.memory.copy()
        if self.wrong:
            found.reshape(-1).view(np.uint8)[0] ^= 1
        return found

    def launch(self, kernel: str, grid: Dim, block: Dim, *arguments: Argument) -> None:
        self.called("launch")
        check_arguments(kernel, arguments)
        given = [a.memory if isinstance(a, Buffer) else a.item() for a in arguments]
        getattr(self, kernel)(*given)

    def sync(self) -> None:
        self.called("sync")

    def pinned(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        self.called("pinned")
        return super().pinned(shape, dtype)

    def send(self, array: npt.NDArray[Any], buffer: Buffer) -> None:
        self.called("send")
        super().send(array, buffer)

    def fetch(self, buffer: Buffer, array: npt.NDArray[Any]) -> None:
        self.called("fetch")
        super().fetch(buffer, array)
        if self.wrong:
            array.reshape(-1).view(np.uint8)[0] ^= 1

    def mark(self, stream: Stream) -> Mark:
        self.called("mark")
        return super().mark(stream)

    def wait(self, stream: Stream, mark: Mark) -> None:
        self.called("wait")
        super().wait(stream, mark)

    def reach(self, mark: Mark) -> None:
        self.called("reach")

    def replay(self, graph: Graph) -> None:
        self.called("replay")
        super().replay(graph)

    def rows(self, series: Any, quote: Any, plan: Any, times: int, symbols: int, n: int,
             out: Any) -> None:  # fmt: skip
        out[:] = twin.rows(series, quote, plan.view(layout.WINDOW))

    def bank(self, plan: Any, values: Any, count: int, *outs: Any) -> None:
        for out, found in zip(outs, twin.bank(plan, values), strict=True):
            out[:] = found

    def paths(self, factor: Any, exposures: Any, inverse: Any, assets: int, key: int, run: int,
              first: int, count: int, out: Any) -> None:  # fmt: skip
        seed, stream = (value % 2**64 for value in (key, run))
        out[:] = twin_risk.paths(factor, exposures, inverse, assets, seed, stream, first, count)
