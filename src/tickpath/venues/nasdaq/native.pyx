"""Python handle of the native market decoder of NASDAQ: builds its state. No logic."""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.records cimport tp_market_event
from tickpath.venues.nasdaq.native_l3 cimport L3Book
from tickpath.venues.nasdaq.wire cimport WireState, wire_decode, wire_next

from tickpath.core.backend import Available
from tickpath.venues.base import source_symbols
from tickpath.venues.nasdaq.wire import tick_units


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


cdef int32_t _decode(
        void* context, const char* data, int64_t bytes, tp_market_event* event) noexcept nogil:
    return wire_decode(<WireState*>context, data, bytes, event)


cdef int32_t _next(void* context, tp_market_event* event, int32_t* code) noexcept nogil:
    return wire_next(<WireState*>context, event, code)


cdef class MarketDecoder(DecoderFace):
    """Decodes the packets of one source; same interface as `wire.MarketDecoder`."""

    def __cinit__(self, config, int source):
        instruments = list(source_symbols(config, source).values())
        cdef WireState* s
        cdef int32_t k
        if not arena_init(&self.own, sizeof(WireState) + 64):
            raise MemoryError()
        s = self.state = <WireState*>arena_take(&self.own, sizeof(WireState))
        s.bids = self.bids
        s.asks = self.asks
        self.book = L3Book(len(instruments))
        s.book = self.book.state
        s.source = source
        s.blank.source = source
        s.blank.instrument = -1
        s.blank.bids = s.bids
        s.blank.asks = s.asks
        s.blank.trades = &s.trade
        s.instrument_count = len(instruments)
        s.next = 1
        for k, instrument in enumerate(instruments):
            s.units[k] = tick_units(instrument)
            s.index[k] = instrument.index
            symbol = instrument.symbol.encode().ljust(8)
            memcpy(&s.symbols[k], <const char*>symbol, 8)
        self.decoder.context = s
        self.decoder.decode = _decode
        self.decoder.next = _next

    def __dealloc__(self):
        arena_free(&self.own)

    @property
    def next(self):
        """Sequence of the next message."""
        return self.state.next

    @property
    def live(self):
        """Whether the book of each instrument of the source follows the venue's."""
        return [bool(self.state.live[k]) for k in range(self.state.instrument_count)]
