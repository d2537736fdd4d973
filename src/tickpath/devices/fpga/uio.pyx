"""The fast host path: registers and memory of an overlay, mapped into this process.

A `Window` is a map of /dev/uioN (a device's registers), of /dev/mem at an address, or of any file,
which is how tests play a board. `FastRows` scores one row at a time over the AXI DMA: the row goes
into coherent memory, a doorbell register is rung, the result ring is polled; no interrupt, no
system call, no Python in between. Worst case: `polls_max` looks at memory, then DeviceLostError.

What it costs on a board was never measured by this project.
"""

from libc.errno cimport errno
from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t
from libc.string cimport strerror

from posix.fcntl cimport O_RDWR, O_SYNC, open as os_open
from posix.mman cimport MAP_FAILED, MAP_SHARED, PROT_READ, PROT_WRITE, mmap, munmap
from posix.unistd cimport close as os_close

from tickpath.core.errors import BackendError
from tickpath.devices.fpga.port import DeviceLostError

LANES_BYTES = 32
RESULT_BYTES = 16
ALIGN = 64


cdef class Window:
    """A mapped range of a file. `offset` and `length` in bytes, the offset a multiple of a page.

    BackendError, with the system's reason, when it cannot be mapped.
    """

    def __init__(self, path: str, offset: int = 0, length: int = 65536) -> None:
        cdef int handle = os_open(path.encode(), O_RDWR | O_SYNC)
        cdef void* found
        if handle < 0:
            raise BackendError(
                f"{path}: {strerror(errno).decode()}: load the overlay, and run as root or give "
                "the device's group to this user"
            )
        found = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, handle, offset)
        os_close(handle)
        if found == MAP_FAILED:
            reason = strerror(errno).decode()
            raise BackendError(f"{path}: {length} bytes at 0x{offset:x}: {reason}")
        self.base = <uint8_t*>found
        self.length = length
        self.path = path

    def read(self, offset: int) -> int:
        """A register."""
        self._check(offset)
        return uio_read(<const uint32_t*>self.base, offset)

    def write(self, offset: int, word: int) -> None:
        """Set a register."""
        self._check(offset)
        uio_write(<uint32_t*>self.base, offset, word & 0xFFFFFFFF)

    def close(self) -> None:
        """Give the map back. A second call does nothing."""
        if self.base != NULL:
            munmap(self.base, self.length)
            self.base = NULL

    def _check(self, offset: int) -> None:
        if self.base == NULL:
            raise DeviceLostError(f"{self.path} is closed: open another window")
        if offset % 4 or not 0 <= offset < self.length:
            raise BackendError(f"{self.path}: no register at 0x{offset:x}")

    def __dealloc__(self) -> None:
        if self.base != NULL:
            munmap(self.base, self.length)


cdef class FastRows:
    """Rows of `beats` beats, `results` results each. `dma` are the registers of the AXI DMA between
    memory and rows, `memory` is seen coherently by both sides, at `physical` by the fabric.

    Both windows must stay open. BackendError when the memory is too small or the DMA does not
    start.
    """

    def __init__(
        self,
        dma: Window,
        memory: Window,
        physical: int,
        beats: int,
        results: int,
        *,
        slots: int = 8,
        polls_max: int = 100_000_000,
    ) -> None:
        cdef uint32_t row_room = -(-beats * LANES_BYTES // ALIGN) * ALIGN
        cdef uint32_t slot_room = -(-results * RESULT_BYTES // ALIGN) * ALIGN
        if beats < 1 or results < 1 or slots < 1:
            raise BackendError(f"{beats} beats, {results} results, {slots} slots: 1 or more each")
        if row_room + slots * slot_room > memory.length or dma.length < 0x60:
            raise BackendError(f"{memory.path}: {row_room + slots * slot_room} bytes are needed")
        self._dma, self._memory = dma, memory
        self.beats, self.results = beats, results
        self.uio.dma = <uint32_t*>dma.base
        self.uio.memory = memory.base
        self.uio.physical = physical
        self.uio.results_at = row_room
        self.uio.slot_bytes = slot_room
        self.uio.result_bytes = results * RESULT_BYTES
        self.uio.slots = slots
        self.uio.polls_max = polls_max
        cdef int code
        with nogil:
            code = uio_start(&self.uio)
        self._refuse(code)

    def row(self, const int32_t[::1] row, uint64_t[:, ::1] out) -> None:
        """Score one row: int32 [8 * beats] in, uint64 [results, 2] out. Releases the GIL.

        DeviceLostError when the DMA refuses or no result comes.
        """
        cdef int code
        cdef uint32_t size = self.beats * LANES_BYTES
        if row.shape[0] * 4 != size or out.shape[0] != self.results or out.shape[1] != 2:
            raise BackendError(
                f"row of {row.shape[0]} inputs and {out.shape[0]} results: "
                f"{self.beats * 8} and {self.results} are set up"
            )
        if self._dma.base == NULL or self._memory.base == NULL:
            raise DeviceLostError("a window is closed: open them and set up anew")
        with nogil:
            code = uio_row(&self.uio, &row[0], size, &out[0, 0])
        self._refuse(code)

    def _refuse(self, code: int) -> None:
        if code == UIO_LOST:
            raise DeviceLostError(f"{self._dma.path}: no result: reset the overlay")
        if code != UIO_DONE:
            raise DeviceLostError(f"{self._dma.path}: the DMA halted: set up anew")
