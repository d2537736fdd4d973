"""The native market decoder as the engine takes it; the handle keeps `decoder` alive."""

from tickpath.core.arena cimport Arena
from tickpath.core.records cimport tp_decoder
from tickpath.venues.nasdaq.native_l3 cimport L3Book
from tickpath.venues.nasdaq.wire cimport WireState

cdef class MarketDecoder:
    cdef tp_decoder decoder           # borrowed: valid while this object lives
    cdef WireState* state
    cdef Arena arena
    cdef bytes frame                  # the packet in hand, until the next one
    cdef readonly int source
    cdef readonly L3Book book
