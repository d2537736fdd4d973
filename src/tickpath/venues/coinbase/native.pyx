"""Python handle of the native market decoder of Coinbase: builds its state. No logic."""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.instruments cimport instrument_fill
from tickpath.core.records cimport tp_instrument, tp_market_event
from tickpath.venues.coinbase.wire cimport wire_decode, wire_next
from tickpath.venues.coinbase.wire_state cimport WireName
from tickpath.venues.text.market_state cimport WIRE_SYMBOL_BYTES

from tickpath.core.backend import Available
from tickpath.venues.base import source_symbols
from tickpath.venues.coinbase.wire import market_symbols


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


cdef int32_t _decode(
        void* context, const char* data, int64_t bytes, tp_market_event* event) noexcept nogil:
    return wire_decode(<WireState*>context, data, bytes, event)


cdef int32_t _next(void* context, tp_market_event* event, int32_t* code) noexcept nogil:
    return wire_next(<WireState*>context, event, code)


cdef class MarketDecoder(DecoderFace):
    """Decodes the frames of one source; same interface as `wire.MarketDecoder`."""

    def __cinit__(self, config, int source):
        instruments = list(source_symbols(config, source).values())
        named = market_symbols(config, source)
        cdef size_t table = len(instruments) * sizeof(tp_instrument)
        cdef size_t names = len(named) * sizeof(WireName)
        cdef WireState* s
        cdef int32_t k
        if not arena_init(&self.own, sizeof(WireState) + table + names + 3 * 64):
            raise MemoryError()
        s = self.state = <WireState*>arena_take(&self.own, sizeof(WireState))
        s.instruments = <tp_instrument*>arena_take(&self.own, table)
        s.names = <WireName*>arena_take(&self.own, names)
        s.bids = self.bids
        s.asks = self.asks
        s.trades = self.trades
        s.source = source
        s.sequence = -1
        for k, instrument in enumerate(instruments):
            instrument_fill(&s.instruments[k], instrument)
        for k, (symbol, instrument) in enumerate(named.items()):
            text = symbol.encode()[:WIRE_SYMBOL_BYTES]
            s.names[k].instrument = instruments.index(instrument)
            s.names[k].bytes = <int32_t>len(text)
            memcpy(s.names[k].text, <const char*>text, len(text))
        s.name_count = len(named)
        self.decoder.context = s
        self.decoder.decode = _decode
        self.decoder.next = _next
        self.decoder.sequence = &s.sequence

    def __dealloc__(self):
        arena_free(&self.own)
