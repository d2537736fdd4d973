"""Python handle of the native market decoder of Kraken: builds its state. No logic."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.records cimport tp_market_event
from tickpath.venues.kraken.wire cimport kraken_decode, kraken_decode_general
from tickpath.venues.text.decoder_face cimport symbols_bytes, symbols_fill

from tickpath.core.backend import Available
from tickpath.venues.base import source_symbols
from tickpath.venues.kraken.subscription import depth_of


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


cdef int32_t _decode(
        void* context, const char* data, int64_t bytes, tp_market_event* event) noexcept nogil:
    return kraken_decode(<KrakenState*>context, data, bytes, event)


cdef class MarketDecoder(DecoderFace):
    """Decodes the frames of one source; same interface as `wire.MarketDecoder`."""

    def __cinit__(self, config, int source):
        instruments = list(source_symbols(config, source).values())
        if not arena_init(&self.own, sizeof(KrakenState) + symbols_bytes(len(instruments)) + 64):
            raise MemoryError()
        self.state = <KrakenState*>arena_take(&self.own, sizeof(KrakenState))
        self.state.depth = depth_of(config, source)
        symbols_fill(&self.state.wire, self, &self.own, instruments)
        self.decoder.context = self.state
        self.decoder.decode = _decode

    def __dealloc__(self):
        arena_free(&self.own)

    def decode_general(self, bytes data):
        """`decode` without the fast scanner: for tests that compare the two."""
        cdef tp_market_event event
        cdef int32_t code = kraken_decode_general(self.state, self.place(data), len(data), &event)
        return self.answer(code, &event)
