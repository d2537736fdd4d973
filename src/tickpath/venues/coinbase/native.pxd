"""The native market decoder as the engine takes it; the handle keeps `decoder` alive."""

from tickpath.core.arena cimport Arena
from tickpath.core.records cimport tp_decoder
from tickpath.venues.coinbase.wire_state cimport WireState

cdef class MarketDecoder:
    cdef tp_decoder decoder           # borrowed: valid while this object lives
    cdef WireState* state
    cdef Arena arena
    cdef char* frame                  # room for the longest frame and its padding
    cdef readonly int source

    cdef char* place(self, bytes data)
