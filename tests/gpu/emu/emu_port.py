"""A Port whose device is the CPU shim. A buffer ends at a page that nobody may touch and begins
behind bytes that must not change; memory is never zero by luck."""

import ctypes
import mmap
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import BackendError
from tickpath.devices.gpu.port import Argument, Buffer, Dim, Shape, check_arguments

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


class EmuPort:
    """Kernels of a library that emu_build.py made."""

    def __init__(self, library: Path, order: str = "fwd") -> None:
        self.name = f"emu {order}"
        self.order = ORDERS[order]
        self.library = ctypes.CDLL(str(library))
        self.library.emu_error.restype = ctypes.c_char_p
        self.queue: list[str] = []
        self.held: list[Memory] = []

    def upload(self, array: npt.NDArray[Any]) -> Buffer:
        buffer = self.empty(array.shape, array.dtype)
        buffer.memory.data[:] = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        return buffer

    def empty(self, shape: Shape, dtype: npt.DTypeLike) -> Buffer:
        kind = np.dtype(dtype)
        memory = Memory(int(np.prod(shape, dtype=np.int64)) * kind.itemsize)
        return Buffer(memory=memory, shape=shape, dtype=kind)

    def download(self, buffer: Buffer) -> npt.NDArray[Any]:
        self.sync()
        copy: npt.NDArray[Any] = buffer.memory.data.copy()
        return copy.view(buffer.dtype).reshape(buffer.shape)

    def launch(self, kernel: str, grid: Dim, block: Dim, *arguments: Argument) -> None:
        check_arguments(kernel, arguments)
        try:
            entry = getattr(self.library, f"emu_{kernel}")
        except AttributeError as error:
            raise BackendError(f"kernel {kernel} is not in the library") from error
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
        held, self.held = self.held, []
        failed, self.queue = self.queue, []
        for memory in held:
            memory.check()
        if failed:
            raise BackendError(f"a kernel failed: {failed[0]}")
