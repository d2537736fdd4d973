"""A block of memory that threads or processes share: anonymous, a named file, or a descriptor.

Put named files under /dev/shm: on a disk file the kernel writes pages back and the next store to
one takes a minor fault. The file is never grown or shrunk after it was made, so a mapping stays
whole.
"""

import os
from pathlib import Path

from libc.errno cimport errno
from libc.stdint cimport int64_t
from libc.string cimport memset
from posix.fcntl cimport posix_fallocate
from posix.mman cimport (
    MAP_ANONYMOUS, MAP_FAILED, MAP_SHARED, PROT_READ, PROT_WRITE, mmap, munmap,
)

from tickpath.core.errors import CapacityError, DataError

_BYTES_MIN = 64


cdef Mapping _map(int fd, int64_t bytes, bint writable, str path):
    cdef Mapping self = Mapping.__new__(Mapping)
    cdef int flags = MAP_SHARED | (MAP_ANONYMOUS if fd < 0 else 0)
    cdef int protection = PROT_READ | (PROT_WRITE if writable else 0)
    cdef void* base
    with nogil:
        base = mmap(NULL, bytes, protection, flags, fd, 0)
    if base == MAP_FAILED:
        raise CapacityError(f"{path}: cannot map {bytes} bytes: {os.strerror(errno)}")
    self.base = <char*>base
    self.bytes = bytes
    self.writable = writable
    self.path = path
    return self


cdef class Mapping:
    """Shared memory. Lives as long as an object that uses it; `Mapping.unlink` removes the name."""

    def __dealloc__(self):
        if self.base != NULL:
            munmap(self.base, self.bytes)

    @staticmethod
    def anonymous(int64_t bytes):
        """For the threads of one process and what it forks."""
        cdef Mapping self = _map(-1, bytes, True, "anonymous")
        memset(self.base, 0, bytes)
        return self

    @staticmethod
    def create(path, int64_t bytes):
        """A new file of this size, readable by its owner only. Refuses an existing one."""
        cdef int failed
        cdef int fd
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError as error:
            raise DataError(f"{path}: is there already: attach to it or unlink it") from error
        try:
            with nogil:
                failed = posix_fallocate(fd, 0, bytes)
            if failed:
                os.unlink(path)
                raise CapacityError(f"{path}: no room for {bytes} bytes: {os.strerror(failed)}")
            return _map(fd, bytes, True, str(path))
        finally:
            os.close(fd)

    @staticmethod
    def attach(source, bint writable=True):
        """Map an existing file by its path or by an open descriptor."""
        if isinstance(source, int):
            return _attach_fd(source, writable, f"descriptor {source}")
        fd = os.open(source, (os.O_RDWR if writable else os.O_RDONLY) | os.O_CLOEXEC)
        try:
            return _attach_fd(fd, writable, str(source))
        finally:
            os.close(fd)

    def unlink(self) -> None:
        """Remove the file's name; mappings of it stay usable."""
        Path(self.path).unlink(missing_ok=True)


cdef Mapping _attach_fd(int fd, bint writable, str path):
    cdef int64_t bytes = os.fstat(fd).st_size
    if bytes < _BYTES_MIN:
        raise DataError(f"{path}: {bytes} bytes are no ring or slot")
    return _map(fd, bytes, writable, path)
