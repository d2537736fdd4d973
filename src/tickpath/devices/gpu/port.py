"""The verbs of a device. Host code speaks to a Port and to nothing else.

A device has two streams. WORK has the launches and the plain copies, COPY the copies of pinned
memory. Work of one stream is in the order of the calls; the two go side by side, but where one
waits for a Mark of the other. A buffer lives as long as its Buffer, pinned memory as long as its
array: both must outlive what was queued with them. Arguments of a launch are those of
cuLaunchKernel, in the kernel's order: a Buffer for a pointer, a numpy scalar of the kernel's own
width for a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import ConfigError

Shape = tuple[int, ...]
Dim = tuple[int, int, int]
Stream = Literal["work", "copy"]
WORK: Stream = "work"
COPY: Stream = "copy"
Mark = Any
"""A place in a stream, the port's own: reached when all that was queued before it is done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Buffer:
    """Memory of a device that holds an array. `memory` is the port's own."""

    memory: Any
    shape: Shape
    dtype: np.dtype[Any]


Argument = Buffer | np.int32 | np.int64 | np.float64


class Launch(NamedTuple):
    """One start of a kernel."""

    kernel: str
    grid: Dim
    block: Dim
    arguments: tuple[Argument, ...]


class Graph(NamedTuple):
    """Launches that a device keeps as one, or None where it keeps none. The launches hold the
    buffers that the device knows by their address alone."""

    launches: tuple[Launch, ...]
    captured: Any


class Port(Protocol):
    """A device, or what stands in for one."""

    name: str

    def upload(self, array: npt.NDArray[Any]) -> Buffer:
        """A copy of the array on the device."""

    def empty(self, shape: Shape, dtype: npt.DTypeLike) -> Buffer:
        """Memory of any content."""

    def download(self, buffer: Buffer) -> npt.NDArray[Any]:
        """A copy of what the launches so far left in the buffer."""

    def launch(self, kernel: str, grid: Dim, block: Dim, *arguments: Argument) -> None:
        """Queue a kernel by its name. Raises BackendError when the device refuses it."""

    def sync(self) -> None:
        """Wait for both streams. Raises BackendError when a kernel failed."""

    def pinned(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Memory of the host, of any content, from and to which `send` and `fetch` copy."""

    def send(self, array: npt.NDArray[Any], buffer: Buffer) -> None:
        """Queue on COPY: pinned memory to a buffer of its shape. Do not write it before then."""

    def fetch(self, buffer: Buffer, array: npt.NDArray[Any]) -> None:
        """Queue on COPY: a buffer to pinned memory of its shape. Do not read it before then."""

    def mark(self, stream: Stream) -> Mark:
        """The place where a stream is now."""

    def wait(self, stream: Stream, mark: Mark) -> None:
        """What is queued on the stream from now on waits until the mark is reached."""

    def reach(self, mark: Mark) -> None:
        """Wait here until the mark is reached. Raises BackendError when a kernel failed."""

    def capture(self, launches: Sequence[Launch]) -> Graph:
        """Keep launches as one, without running them. Never raises for want of graphs."""

    def replay(self, graph: Graph) -> None:
        """Queue the launches of a graph on WORK. Raises BackendError as `launch` does."""


def check_arguments(kernel: str, arguments: tuple[Argument, ...]) -> None:
    """ConfigError for a number without a width: the kernel would read another one."""
    for place, argument in enumerate(arguments):
        if not isinstance(argument, Buffer | np.int32 | np.int64 | np.float64):
            raise ConfigError(
                f"kernel {kernel}, argument {place}: {type(argument).__name__} has no fixed "
                "width, give a Buffer or np.int32, np.int64, np.float64"
            )


def check_copy(array: npt.NDArray[Any], buffer: Buffer) -> None:
    """ConfigError for pinned memory and a buffer that are not of one shape and kind."""
    if (array.shape, array.dtype) != (buffer.shape, buffer.dtype) or not array.flags.c_contiguous:
        raise ConfigError(
            f"{array.dtype} {array.shape} cannot be copied to or from {buffer.dtype} "
            f"{buffer.shape}: give memory of the same shape, without gaps"
        )
