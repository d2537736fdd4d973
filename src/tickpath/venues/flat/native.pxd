"""The native decoder of flat frames as the engine takes it; the handle keeps `decoder` alive."""

from tickpath.core.arena cimport Arena
from tickpath.venues.flat.wire cimport FlatState
from tickpath.venues.text.decoder_face cimport DecoderFace

cdef class MarketDecoder(DecoderFace):
    cdef FlatState* state
    cdef Arena own
