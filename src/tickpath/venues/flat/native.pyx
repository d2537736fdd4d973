"""Python handle of the native decoder of flat frames: builds its state. No logic."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.records cimport TP_FRAME_BYTES_MAX, tp_market_event
from tickpath.venues.flat.wire cimport FlatState, flat_decode

from tickpath.core.backend import Available
from tickpath.venues.base import source_symbols


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


cdef int32_t _decode(
        void* context, const char* data, int64_t bytes, tp_market_event* event) noexcept nogil:
    return flat_decode(<FlatState*>context, data, bytes, event)


cdef class MarketDecoder(DecoderFace):
    """Decodes the flat frames of one source; same interface as `wire.MarketDecoder`."""

    def __cinit__(self, config, int source):
        instruments = list(source_symbols(config, source).values())
        cdef FlatState* s
        cdef int32_t k
        if not arena_init(&self.own, sizeof(FlatState) + TP_FRAME_BYTES_MAX + 128):
            raise MemoryError()
        s = self.state = <FlatState*>arena_take(&self.own, sizeof(FlatState))
        s.room = <char*>arena_take(&self.own, TP_FRAME_BYTES_MAX)
        s.source = source
        s.depth = config.sources[source].depth
        s.instrument_count = len(instruments)
        for k, instrument in enumerate(instruments):
            s.index[k] = instrument.index
        self.decoder.context = s
        self.decoder.decode = _decode

    def __dealloc__(self):
        arena_free(&self.own)
