"""Memory taken once at start: one zeroed block, cut from the front, freed as a whole.

A stage asks for its pieces while it is built; nothing is taken or given back on the walk.
"""

from libc.stddef cimport size_t
from libc.stdint cimport uintptr_t
from libc.stdlib cimport calloc, free

cdef struct Arena:
    char* block
    size_t bytes
    size_t used


cdef inline int arena_init(Arena* a, size_t bytes) noexcept nogil:
    """1 when the memory is there."""
    a.block = <char*>calloc(1, bytes + 64)
    a.bytes = bytes
    a.used = 0
    return a.block != NULL


cdef inline void* arena_take(Arena* a, size_t bytes) noexcept nogil:
    """A zeroed piece on its own 64-byte line, or NULL when the block is spent."""
    cdef size_t start = (a.used + 63) & ~<size_t>63
    cdef size_t lead = (64 - (<uintptr_t>a.block & 63)) & 63
    if start > a.bytes or bytes > a.bytes - start:
        return NULL
    a.used = start + bytes
    return a.block + lead + start


cdef inline void arena_free(Arena* a) noexcept nogil:
    free(a.block)
    a.block = NULL
    a.used = 0
