"""Handle of the native MoldUDP64 receiver; receivers that spin call `state` directly."""

from libc.stdint cimport int64_t
from tickpath.core.arena cimport Arena
from tickpath.venues.nasdaq.mold cimport MoldState

cdef struct Outbox:                # what the last call delivered: i32 size and bytes, each
    char* bytes
    int64_t used

cdef class MoldReceiver:
    cdef MoldState* state
    cdef Arena arena
    cdef Outbox* outbox
    cdef list out
    cdef list asked

    cdef void empty(self)
