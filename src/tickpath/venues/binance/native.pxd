"""The native market decoder as the engine takes it; the handle keeps `decoder` alive."""

from tickpath.core.arena cimport Arena
from tickpath.venues.text.decoder_face cimport DecoderFace
from tickpath.venues.text.market_state cimport WireState

cdef class MarketDecoder(DecoderFace):
    cdef WireState* state
    cdef Arena own
