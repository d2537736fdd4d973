"""Handle of the native order book; `state` is what the market decoder writes."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.arena cimport Arena
from tickpath.venues.nasdaq.l3 cimport L3State

cdef class L3Book:
    cdef L3State* state
    cdef Arena arena
    cdef readonly int instrument_count

    cdef object answer(self, int32_t code)
