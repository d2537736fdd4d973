"""A block of memory that threads or processes share: anonymous, a named file, or a descriptor."""

from libc.stdint cimport int64_t

cdef class Mapping:
    cdef char* base
    cdef readonly int64_t bytes
    cdef readonly bint writable
    cdef readonly str path
