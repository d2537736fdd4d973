"""The five verbs of a device. Host code speaks to a Port and to nothing else.

Work is in the order of the calls; a buffer lives as long as its Buffer. Arguments of a launch are
those of cuLaunchKernel, in the kernel's order: a Buffer for a pointer, a numpy scalar of the
kernel's own width for a number.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import ConfigError

Shape = tuple[int, ...]
Dim = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Buffer:
    """Memory of a device that holds an array. `memory` is the port's own."""

    memory: Any
    shape: Shape
    dtype: np.dtype[Any]


Argument = Buffer | np.int32 | np.int64 | np.float64


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
        """Wait for what was queued. Raises BackendError when a kernel failed."""


def check_arguments(kernel: str, arguments: tuple[Argument, ...]) -> None:
    """ConfigError for a number without a width: the kernel would read another one."""
    for place, argument in enumerate(arguments):
        if not isinstance(argument, Buffer | np.int32 | np.int64 | np.float64):
            raise ConfigError(
                f"kernel {kernel}, argument {place}: {type(argument).__name__} has no fixed "
                "width, give a Buffer or np.int32, np.int64, np.float64"
            )
