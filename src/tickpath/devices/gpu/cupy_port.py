"""The port of a CUDA device, by CuPy. Arrays travel as bytes, so records need no CuPy dtype.

One stream of its own for copies and kernels. Worst case: a download waits for all that was queued.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import BackendError
from tickpath.devices.gpu.port import Argument, Buffer, Dim, Shape, check_arguments


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
            self.stream = self.cupy.cuda.Stream(non_blocking=True)
        except Exception as error:
            raise self.refusal("the device cannot be opened", error) from error

    def refusal(self, what: str, error: Exception) -> BackendError:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        return BackendError(f"{what} ({text}): ask tickpath doctor")

    def upload(self, array: npt.NDArray[Any]) -> Buffer:
        data = np.ascontiguousarray(array)
        try:
            with self.stream:
                memory = self.cupy.asarray(data.reshape(-1).view(np.uint8))
        except Exception as error:
            raise self.refusal(f"{data.nbytes} bytes cannot be sent", error) from error
        return Buffer(memory=memory, shape=data.shape, dtype=data.dtype)

    def empty(self, shape: Shape, dtype: npt.DTypeLike) -> Buffer:
        kind = np.dtype(dtype)
        size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
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

    def launch(self, kernel: str, grid: Dim, block: Dim, *arguments: Argument) -> None:
        check_arguments(kernel, arguments)
        given = tuple(a.memory if isinstance(a, Buffer) else a for a in arguments)
        try:
            if kernel not in self.functions:
                module = self.cupy.RawModule(path=str(self.cubin(kernel)))
                self.functions[kernel] = module.get_function(kernel)
            with self.stream:
                self.functions[kernel](grid, block, given)
        except BackendError:
            raise
        except Exception as error:
            raise self.refusal(f"kernel {kernel} cannot be started", error) from error

    def sync(self) -> None:
        try:
            self.stream.synchronize()
        except Exception as error:
            raise self.refusal("a kernel failed", error) from error
