"""What the Python handles of all native market decoders share, see decoder_face.pyx."""

from libc.stdint cimport int32_t
from tickpath.core.arena cimport Arena
from tickpath.core.records cimport tp_decoder, tp_level, tp_market_event, tp_trade
from tickpath.venues.text.market_state cimport WireState

cdef class DecoderFace:
    cdef tp_decoder decoder           # filled in by the venue; borrowed: lives with this object
    cdef Arena arena
    cdef char* frame                  # room for the longest frame and its padding
    cdef tp_level* bids               # TP_LEVELS_PER_FRAME_MAX each
    cdef tp_level* asks
    cdef tp_trade* trades             # TP_TRADES_PER_FRAME_MAX
    cdef readonly int source

    cdef char* place(self, bytes data)
    cdef tuple answer(self, int32_t code, const tp_market_event* event)

cdef size_t symbols_bytes(int32_t count)
cdef int symbols_fill(WireState* s, DecoderFace face, Arena* arena, list instruments) except -1
