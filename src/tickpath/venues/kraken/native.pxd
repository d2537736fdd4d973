"""The native market decoder as the engine takes it; the handle keeps `decoder` alive."""

from tickpath.core.arena cimport Arena
from tickpath.core.records cimport tp_decoder
from tickpath.venues.kraken.wire_state cimport KrakenState

cdef class MarketDecoder:
    cdef tp_decoder decoder           # borrowed: valid while this object lives
    cdef KrakenState* state
    cdef Arena arena
    cdef char* frame                  # room for the longest frame and its padding
    cdef readonly int source

    cdef char* place(self, bytes data)
