"""The native market decoder as the engine takes it; the handle keeps `decoder` alive."""

from tickpath.core.arena cimport Arena
from tickpath.venues.kraken.wire_state cimport KrakenState
from tickpath.venues.text.decoder_face cimport DecoderFace

cdef class MarketDecoder(DecoderFace):
    cdef KrakenState* state
    cdef Arena own
