"""Python handle of the native market decoder: takes bytes, gives records. No logic."""

from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.codes cimport TP_OK
from tickpath.core.records cimport (
    TP_LEVELS_PER_FRAME_MAX,
    tp_level,
    tp_market_event,
    tp_trade,
)
from tickpath.venues.nasdaq.native_l3 cimport L3Book
from tickpath.venues.nasdaq.wire cimport WireState, wire_decode, wire_next

from tickpath.core.backend import Available
from tickpath.core.records import EventKind, Level, MarketEvent, Trade
from tickpath.venues.base import source_symbols
from tickpath.venues.nasdaq.wire import tick_units


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


cdef int32_t _decode(
        void* context, const char* data, int64_t size, tp_market_event* event) noexcept nogil:
    return wire_decode(<WireState*>context, data, size, event)


cdef int32_t _next(void* context, tp_market_event* event, int32_t* code) noexcept nogil:
    return wire_next(<WireState*>context, event, code)


cdef list _levels(const tp_level* items, int32_t count):
    return [Level(items[k].price_ticks, items[k].quantity_lots) for k in range(count)]


cdef object _trade(const tp_trade* t):
    return Trade(t.trade_id, t.price_ticks, t.quantity_lots, t.aggressor)


cdef object _answer(int32_t code, const tp_market_event* e):
    if code != TP_OK and e.instrument < 0 and not e.lost:
        return code, None
    return code, MarketEvent(
        kind=EventKind(e.kind),
        source=e.source,
        instrument=e.instrument,
        t_recv_ns=0,
        t_venue_ns=e.t_venue_ns,
        first_id=e.first_id,
        last_id=e.last_id,
        chained=e.chained,
        bids=_levels(e.bids, e.bid_count),
        asks=_levels(e.asks, e.ask_count),
        trades=[_trade(&e.trades[k]) for k in range(e.trade_count)],
        lost=e.lost,
    )


cdef class MarketDecoder:
    """Decodes the packets of one source; same interface as `wire.MarketDecoder`."""

    def __cinit__(self, config, int source):
        instruments = list(source_symbols(config, source).values())
        cdef size_t side = TP_LEVELS_PER_FRAME_MAX * sizeof(tp_level)
        cdef WireState* s
        cdef int32_t k
        if not arena_init(&self.arena, sizeof(WireState) + 2 * side + 4 * 64):
            raise MemoryError()
        s = <WireState*>arena_take(&self.arena, sizeof(WireState))
        s.bids = <tp_level*>arena_take(&self.arena, side)
        s.asks = <tp_level*>arena_take(&self.arena, side)
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
        self.source = source
        self.state = s
        self.decoder.context = s
        self.decoder.decode = _decode
        self.decoder.next = _next

    def __dealloc__(self):
        arena_free(&self.arena)

    def capsule(self):
        """The `tp_decoder` slot for the native feed, borrowed: valid while this object lives."""
        return PyCapsule_New(&self.decoder, b"tickpath.decoder", NULL)

    def decode(self, bytes data):
        """(0, event), or (code, None or an event of kind NONE that names what it is about)."""
        cdef tp_market_event event
        self.frame = data
        return _answer(wire_decode(self.state, data, len(data), &event), &event)

    def decode_next(self):
        """The next event of the packet decoded last, None: no more."""
        cdef tp_market_event event
        cdef int32_t code = TP_OK
        if not wire_next(self.state, &event, &code):
            return None
        return _answer(code, &event)

    @property
    def next(self):
        """Sequence of the next message."""
        return self.state.next

    @property
    def live(self):
        """Whether the book of each instrument of the source follows the venue's."""
        return [bool(self.state.live[k]) for k in range(self.state.instrument_count)]
